//! A private Postgres database on the server that `PG_ADMIN_URL` or `DATABASE_URL` names, or `.env` in the repository's root.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::programs;

/// Test databases are called this, the process that made them, and a random part.
const PREFIX: &str = "e2e_";
const MOST_CONNECTIONS: u32 = 4;
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Dropped with this value.
pub struct Database {
    /// For the environment of our programs.
    pub url: String,
    pub pool: PgPool,
    name: String,
    admin: PgConnectOptions,
}

impl Database {
    /// Creates an empty database, and drops those that killed tests left behind.
    pub async fn create() -> Result<Self> {
        let url = server_url()?;
        let admin = PgConnectOptions::from_str(&url).context("the database server's address is not one")?;
        let name =
            format!("{PREFIX}{}_{}", std::process::id(), &uuid::Uuid::new_v4().simple().to_string()[..8]);
        let mut connection = PgConnection::connect_with(&admin)
            .await
            .context("no database server answers; start one with `cargo xtask stack --keep`")?;
        drop_leftovers(&mut connection).await?;
        sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await?;
        connection.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(MOST_CONNECTIONS)
            .acquire_timeout(CONNECT_LIMIT)
            .connect_lazy_with(admin.clone().database(&name));
        let mut own = reqwest::Url::parse(&url)?;
        own.set_path(&name);
        Ok(Self { url: own.into(), pool, name, admin })
    }
}

/// Databases of processes that no longer run.
async fn drop_leftovers(connection: &mut PgConnection) -> Result<()> {
    let names: Vec<String> = sqlx::query_scalar("select datname from pg_database where datname like $1")
        .bind(format!("{PREFIX}%"))
        .fetch_all(&mut *connection)
        .await?;
    for name in names {
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next());
        let process = process.and_then(|number| number.parse::<i32>().ok());
        let runs =
            process.is_none_or(|id| nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), None).is_ok());
        if !runs {
            // Another test may be dropping it at this moment.
            let _ = drop_database(connection, &name).await;
        }
    }
    Ok(())
}

async fn drop_database(connection: &mut PgConnection, name: &str) -> Result<()> {
    let statement = format!("drop database if exists {name} with (force)");
    sqlx::query(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        // A runtime of its own: the test's may be on its way out.
        let dropping = std::thread::spawn(move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&admin).await?;
                drop_database(&mut connection, &name).await
            })
        });
        match dropping.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("the database {} was not dropped: {error:#}", self.name),
            Err(_) => eprintln!("the database {} was not dropped", self.name),
        }
    }
}

fn server_url() -> Result<String> {
    const NAMES: [&str; 2] = ["PG_ADMIN_URL", "DATABASE_URL"];
    if let Some(url) = NAMES.iter().find_map(|name| std::env::var(name).ok()) {
        return Ok(url);
    }
    let file = programs::repository().join(".env");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    NAMES
        .iter()
        .find_map(|name| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')))
        .map(|url| url.trim().trim_matches('"').to_owned())
        .with_context(|| {
            format!(
                "no database server is named: set PG_ADMIN_URL or write it into {}; `cargo xtask stack --keep` \
                 starts one and prints the line",
                file.display()
            )
        })
}
