//! Kakao's own books, as the sandbox keeps them: payments, messages, customers.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// Long enough for the books of many thousand payments.
const LIMIT: Duration = Duration::from_secs(60);

/// `None` where nobody was asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Books {
    pub ledger: Ledger,
    pub messages: Messages,
    pub customers: Customers,
}

#[derive(Debug, Default, Deserialize)]
pub struct Ledger {
    pub payments: Vec<Payment>,
    #[serde(default)]
    pub double_captures: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Payment {
    pub tid: String,
    pub partner_order_id: String,
    pub partner_user_id: String,
    pub status: String,
    pub method: Option<String>,
    pub total: i64,
    pub captured: i64,
    pub refunded: i64,
    pub actions: Vec<Action>,
}

/// A movement of money.
#[derive(Debug, Deserialize)]
pub struct Action {
    pub aid: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub amount: i64,
    /// `yyyy-MM-ddTHH:mm:ss` in Korea.
    pub at: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Messages {
    pub messages: Vec<Message>,
}

/// An AlimTalk that was accepted.
#[derive(Debug, Deserialize)]
pub struct Message {
    pub request_id: String,
    pub to: String,
    pub template: String,
    pub variables: Value,
    pub idempotency_key: Option<String>,
    pub customer: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Customers {
    pub customers: Vec<Person>,
}

#[derive(Debug, Deserialize)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub phone: String,
    #[serde(rename = "botUserKey")]
    pub user_key: String,
}

/// What the sandbox at `url` knows, as JSON: `ledger`, `messages`, `customers`.
pub async fn ask(url: &str) -> Result<Value> {
    // Err: another part of this process installed one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(LIMIT).build()?;
    let get = async |what: &str| -> Result<Value> {
        let answer = client.get(format!("{url}/control/{what}")).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    };
    let (ledger, messages, customers) = tokio::try_join!(get("ledger"), get("messages"), get("customers"))
        .context("the sandbox does not show its books")?;
    Ok(json!({ "ledger": ledger, "messages": messages, "customers": customers }))
}

pub fn read(books: &Value) -> Result<Books> {
    Books::deserialize(books).context("the sandbox's books are not understood")
}
