//! A store in its rush: its counter works order after order, so that its log grows while customers chat with the same server.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::http;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::load::Schedule;
use crate::shop::{Shop, number};

/// Presses of the counter's buttons per second; each is an event of the log.
pub const RATE: f64 = 40.0;
/// The copied store that is busy.
const STORE: u32 = 1;
/// What happens to an order, in turn.
const LIFE: [&str; 4] = ["accept", "cooking", "ready", "handed_over"];
/// Payers who return at once while everything is prepared.
const AT_ONCE: usize = 8;

pub struct BusyStore {
    commands: String,
    token: String,
    /// Orders of one round, and the number of the first.
    orders: u32,
}

impl BusyStore {
    /// Places as many orders as `rounds` loads need, each like `order`.
    pub async fn open(shop: &Shop, order: Uuid, schedule: Schedule, rounds: usize) -> Result<Self> {
        let orders = u32::try_from(schedule.count().div_ceil(LIFE.len() as u64))?;
        let numbers = 0..orders * u32::try_from(rounds)?;
        shop.copy_orders(order, numbers.clone(), STORE).await?;
        let payments = shop.prepare_payments(numbers).await?;
        stream::iter(payments.iter().map(|payment| async move {
            let answer = http::client().get(&payment.returns_to).send().await?;
            ensure!(answer.status() == StatusCode::SEE_OTHER, "a payer got {}", answer.status());
            Ok::<_, anyhow::Error>(())
        }))
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
        let token = sign_in(shop).await?;
        Ok(Self { commands: format!("{}/v1/store/commands", shop.api.url), token, orders })
    }

    /// The `press`-th press of a round: everybody's first step, then everybody's second …
    pub fn press(&self, round: usize, press: u64) -> impl Future<Output = Result<()>> + Send + use<> {
        let (url, token) = (self.commands.clone(), self.token.clone());
        let orders = u64::from(self.orders);
        let order = round as u64 * orders + press % orders;
        let kind = LIFE[(press / orders) as usize % LIFE.len()];
        async move {
            let mut command = json!({"key": Uuid::now_v7(), "device_seq": press, "made_at": 1, "kind": kind});
            command["order_id"] = json!(number(u32::try_from(order)?));
            if kind == "accept" {
                command["prep_minutes"] = json!(15);
            }
            let request = http::client().post(url).bearer_auth(token).json(&json!({ "commands": [command] }));
            let answer: Value = http::json(request).await?;
            let outcome = &answer["answers"][0]["outcome"];
            ensure!(outcome == "applied", "{kind} is answered {answer}");
            Ok(())
        }
    }
}

/// Signs a device in at the busy store.
async fn sign_in(shop: &Shop) -> Result<String> {
    sqlx::query("update claim_code set store_id = $1")
        .bind(number(STORE))
        .execute(&shop.database.pool)
        .await?;
    let claim = json!({"claim_code": shop.store.claim_code, "login_id": "bench", "password": "counter-of-the-bench",
        "device_id": Uuid::now_v7(), "device_name": "counter of the bench"});
    let signed_in = http::post(&format!("{}/v1/store/claim", shop.api.url), &claim).await?;
    Ok(signed_in["token"].as_str().context("claiming gave no token")?.to_owned())
}

/// Presses for as long as the chat is measured.
pub fn schedule(lasts: Duration, patience: Duration) -> Schedule {
    Schedule { per_second: RATE, lasts, patience }
}
