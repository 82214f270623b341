//! A database of its own on the development server.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, PgPool};
use tokio::sync::OnceCell;

/// Enough for a test that asks from many tasks at once.
const CONNECTIONS: u32 = 8;

/// Removed when dropped.
pub struct Database {
    admin: String,
    name: String,
    pub url: String,
}

impl Database {
    /// Creates it with the whole schema, as a copy of one that was migrated once.
    pub async fn create() -> Self {
        static MIGRATED: OnceCell<String> = OnceCell::const_new();
        let admin = admin_url();
        let template = MIGRATED.get_or_init(|| template(&admin)).await;
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        Self::of(&admin, &name, &format!(" template {template}")).await
    }

    async fn of(admin: &str, name: &str, like: &str) -> Self {
        let mut connection = PgConnection::connect(admin).await.expect("Postgres answers at PG_ADMIN_URL");
        connection
            .execute(sqlx::AssertSqlSafe(format!("create database {name}{like}")))
            .await
            .expect("a test database can be created");
        connection.close().await.expect("the admin connection closes");
        let mut url = reqwest::Url::parse(admin).expect("PG_ADMIN_URL is a URL");
        url.set_path(name);
        Self { admin: admin.to_owned(), name: name.to_owned(), url: url.to_string() }
    }

    /// Copies it as it is now; nobody may be connected to it.
    pub async fn copy(&self) -> Copied {
        let copy = Copied { admin: self.admin.clone(), name: format!("{}_copy", self.name) };
        self.lonely(&format!("create database {} template {}", copy.name, self.name)).await;
        copy
    }

    /// Puts the copy in its place; what it held is gone. The copy is used up.
    pub async fn put_back(&self, copy: &Copied) {
        self.lonely(&format!("drop database {} with (force)", self.name)).await;
        self.lonely(&format!("alter database {} rename to {}", copy.name, self.name)).await;
    }

    /// Something that only works while nobody is connected: a session that just ended may need a moment.
    async fn lonely(&self, statement: &str) {
        let mut admin = PgConnection::connect(&self.admin).await.expect("Postgres answers at PG_ADMIN_URL");
        let started = std::time::Instant::now();
        while let Err(error) = admin.execute(sqlx::AssertSqlSafe(statement.to_owned())).await {
            assert!(started.elapsed() < super::PATIENCE, "{statement}: {error}");
            tokio::time::sleep(super::POLL).await;
        }
        admin.close().await.expect("the admin connection closes");
    }

    /// A pool on it.
    pub async fn connect(&self) -> PgPool {
        let options = PgConnectOptions::from_str(&self.url).expect("the test's URL can be read");
        PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .connect_with(options)
            .await
            .expect("Postgres answers")
    }
}

/// A copy of a database; removed when dropped, unless it was put back.
pub struct Copied {
    admin: String,
    name: String,
}

impl Drop for Copied {
    fn drop(&mut self) {
        remove(&self.admin, &self.name);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        remove(&self.admin, &self.name);
    }
}

fn remove(admin: &str, name: &str) {
    let (admin, name) = (admin.to_owned(), name.to_owned());
    let shown = name.clone();
    // A thread, because a runtime cannot be waited for inside another one.
    let removed = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&admin).await.map_err(std::io::Error::other)?;
            let drop = sqlx::AssertSqlSafe(format!("drop database if exists {name} with (force)"));
            connection.execute(drop).await.map_err(std::io::Error::other).map(|_| ())
        })
    });
    if !matches!(removed.join(), Ok(Ok(()))) {
        eprintln!("the test database {shown} was left behind");
    }
}

/// A database with the whole schema and nothing in it, that every world of every run copies; the schema's checksums are its name. It stays.
async fn template(admin: &str) -> String {
    let mut hasher = DefaultHasher::new();
    cloud_api::MIGRATOR.iter().for_each(|step| step.checksum.hash(&mut hasher));
    let name = format!("test_schema_{:016x}", hasher.finish());
    let mut connection = PgConnection::connect(admin).await.expect("Postgres answers at PG_ADMIN_URL");
    // Test programs of one run may come at the same moment; the second finds what the first has made.
    connection.execute("select pg_advisory_lock(hashtext('test schema'))").await.expect("the lock is given");
    let there: bool = sqlx::query_scalar("select exists (select 1 from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .expect("databases are listed");
    if !there {
        // Under another name until it is whole; whoever died at this left half of one behind.
        let half = format!("{name}_new");
        remove(admin, &half);
        let new = Database::of(admin, &half, "").await;
        let db = new.connect().await;
        cloud_api::MIGRATOR.run(&db).await.expect("the schema fits an empty database");
        db.close().await;
        new.lonely(&format!("alter database {} rename to {name}", new.name)).await;
    }
    connection.close().await.expect("the admin connection closes");
    name
}

/// From the environment, else from `.env` in the repository's root.
fn admin_url() -> String {
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../.env")).unwrap_or_default();
    let read = |name: &str| {
        std::env::var(name).ok().or_else(|| {
            let line = file.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
            line.map(|value| value.trim().to_owned())
        })
    };
    read("PG_ADMIN_URL").or_else(|| read("DATABASE_URL")).expect("set PG_ADMIN_URL or DATABASE_URL")
}
