//! `cloud-api customer erase`: what a customer asked us to forget.

use anyhow::Context;
use serde_json::json;
use shared::id::CustomerId;

use crate::config::database_url_from_env;
use crate::db::{self, Db};

/// Erases a customer's personal data and prints how much it was, as JSON. Orders, stars and money stay, without a person.
pub async fn erase(customer: &str) -> anyhow::Result<()> {
    let id: CustomerId =
        customer.parse().with_context(|| format!("--customer: {customer:?} is not a customer's id"))?;
    let db = Db::connect(database_url_from_env()?.expose()).await?;
    let erased = db::personal::erase_customer(&*db, id).await?;
    println!("{}", json!({"erased": erased}));
    Ok(())
}
