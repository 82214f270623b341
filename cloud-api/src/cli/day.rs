//! `cloud-api day verify` and `cloud-api day key`: the proofs of a closed day, for an operator.

use anyhow::{Context, bail};
use serde_json::json;
use shared::id::{DayId, StoreId};
use shared::wire::{Difference, Verdict};

use crate::app::{App, AppState};
use crate::clock::Clock;
use crate::close::{self, Asking};
use crate::config::Config;

/// Compares a day now — E2, E3 and E4; the journal is the counter's own — and prints each difference as a line of JSON. Fails when there is
/// one, or when somebody did not answer.
pub async fn verify(store: &str, day: &str) -> anyhow::Result<()> {
    let store_id: StoreId =
        store.parse().with_context(|| format!("--store: {store:?} is not a store's id"))?;
    let day_id: DayId = day.parse().with_context(|| format!("--day: {day:?} is not a day's id"))?;
    let app = AppState::connect(Config::from_env()?, Clock::system()).await?;
    let differences = verify_day(&app, store_id, day_id).await?;
    for difference in &differences {
        println!("{}", serde_json::to_string(difference)?);
    }
    if !differences.is_empty() {
        bail!("{} differences; each line says whom to blame and what to do", differences.len());
    }
    eprintln!("the orders, the stream and the money of the day are equal");
    Ok(())
}

/// Every difference of a day, KakaoPay asked anew.
pub async fn verify_day(app: &App, store_id: StoreId, day_id: DayId) -> anyhow::Result<Vec<Difference>> {
    let checked = close::check(app, store_id, day_id, None, Asking::Everything).await?;
    let checked = checked.with_context(|| format!("store {store_id} has no day {day_id}"))?;
    for by_hand in &checked.by_hand {
        eprintln!("settled by hand: {}", serde_json::to_string(by_hand)?);
    }
    let report = &checked.report;
    tracing::info!(
        orders = report.order_count,
        events = report.event_count,
        payments = report.payment_count,
        "compared"
    );
    let verdicts = [report.orders, report.stream, report.money];
    if checked.differences.is_empty() && verdicts.iter().any(|verdict| *verdict != Verdict::Equal) {
        bail!("not everything could be compared: {verdicts:?}");
    }
    Ok(checked.differences)
}

/// Prints the key that certificates are verified with.
pub fn key() -> anyhow::Result<()> {
    let config = Config::from_env()?;
    let key = close::public_key(&config.signing_key);
    println!("{}", json!({"key_id": key.id(), "public_key": key.hex()}));
    Ok(())
}
