//! `cloud-api read-models rebuild`: makes the read models anew from the store logs, while everything runs.

use anyhow::Context;
use shared::id::StoreId;

use crate::config::database_url_from_env;
use crate::db::Db;
use crate::read_models;

/// Rebuilds and prints the result as JSON.
pub async fn rebuild(store: Option<&str>) -> anyhow::Result<()> {
    let parsed = store.map(|text| {
        text.parse::<StoreId>().with_context(|| format!("--store: {text:?} is not a store's id"))
    });
    let only = parsed.transpose()?;
    let db = Db::connect(database_url_from_env()?.expose()).await?;
    let rebuilt = read_models::rebuild(&db, only).await?;
    println!("{}", serde_json::to_string_pretty(&rebuilt)?);
    Ok(())
}
