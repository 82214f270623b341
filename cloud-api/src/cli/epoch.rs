//! `cloud-api epoch bump`: Postgres was restored from an older copy, or a standby that lagged behind took over. What it holds is the truth
//! from now on, and every counter has to begin again from it.

use anyhow::bail;
use serde::Serialize;
use sqlx::PgPool;

use crate::config::database_url_from_env;
use crate::db::{self, Db};

/// Longest reason.
const MAX_REASON: usize = 500;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bumped {
    /// Stores whose log is in a new epoch.
    pub stores: usize,
    /// The newest epoch of them.
    pub epoch: Option<i32>,
    pub reason: String,
}

/// Bumps the epoch of all stores and prints the result as JSON.
pub async fn run(reason: &str) -> anyhow::Result<()> {
    let url = database_url_from_env()?;
    let db = Db::connect(url.expose()).await?;
    let bumped = bump_epochs(&db, reason).await?;
    println!("{}", serde_json::to_string_pretty(&bumped)?);
    Ok(())
}

/// One statement for all stores: counters see the new epoch within a second, get `reset: epoch`, and keep what they have aside.
pub async fn bump_epochs(db: &PgPool, reason: &str) -> anyhow::Result<Bumped> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        bail!("--reason: say in 1 to {MAX_REASON} characters why");
    }
    let stores = db::epochs::bump(db).await?;
    let epoch = stores.iter().map(|(_, epoch)| *epoch).max();
    tracing::warn!(stores = stores.len(), epoch, reason, "the store logs are in a new epoch");
    Ok(Bumped { stores: stores.len(), epoch, reason: reason.to_owned() })
}
