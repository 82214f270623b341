//! A database of its own on the development server.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, PgPool};

/// Enough for a test that asks from many tasks at once.
const CONNECTIONS: u32 = 8;

/// Removed when dropped.
pub struct Database {
    admin: String,
    name: String,
    pub url: String,
}

impl Database {
    /// Creates it with the whole schema.
    pub async fn create() -> Self {
        let admin = admin_url();
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&admin).await.expect("Postgres answers at PG_ADMIN_URL");
        connection
            .execute(sqlx::AssertSqlSafe(format!("create database {name}")))
            .await
            .expect("a test database can be created");
        connection.close().await.expect("the admin connection closes");
        let mut url = reqwest::Url::parse(&admin).expect("PG_ADMIN_URL is a URL");
        url.set_path(&name);
        let database = Self { admin, name, url: url.to_string() };
        let db = database.connect().await;
        cloud_api::MIGRATOR.run(&db).await.expect("the schema fits an empty database");
        db.close().await;
        database
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

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
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
            eprintln!("the test database {} was left behind", self.name);
        }
    }
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
