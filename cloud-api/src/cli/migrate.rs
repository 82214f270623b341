//! `cloud-api migrate`.

use anyhow::Context;
use sqlx::Executor;

use crate::config::database_url_from_env;
use crate::db::Db;

/// Applies what is missing; running it twice is running it once.
pub async fn run() -> anyhow::Result<()> {
    let url = database_url_from_env()?;
    let db = Db::connect(url.expose()).await?;
    let mut connection = db.acquire().await?;
    // A large index takes its time; waiting for a lock still has a bound, because everybody else would wait behind it.
    connection.execute("set statement_timeout = 0").await?;
    let migrated = crate::MIGRATOR.run(&mut *connection).await;
    migrated.context("the migration failed; nothing of the failed file was applied")?;
    println!("the database is at the newest schema");
    Ok(())
}
