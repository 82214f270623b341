//! `cloud-api migrate`.

use anyhow::Context;

use crate::config::database_url_from_env;
use crate::db::Db;

/// Applies what is missing; running it twice is running it once.
pub async fn run() -> anyhow::Result<()> {
    let url = database_url_from_env()?;
    let db = Db::connect(url.expose()).await?;
    crate::MIGRATOR
        .run(&*db)
        .await
        .context("the migration failed; nothing of the failed file was applied")?;
    println!("the database is at the newest schema");
    Ok(())
}
