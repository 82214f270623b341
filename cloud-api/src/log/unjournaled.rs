//! Orders that were placed and are not on the disk of a counter that is connected: the one thing that must never happen quietly.

use std::collections::HashSet;
use std::time::Duration;

use crate::app::App;
use crate::db;
use crate::db::devices::Unjournaled;

/// How long a connected counter may take.
const PATIENCE_MS: i64 = 15_000;
/// A counter that was seen within this time counts as connected.
const CONNECTED_MS: i64 = 60_000;
/// Events of each store that are looked at, newest first.
const WINDOW: i64 = 5_000;
/// Orders of one look.
const LIMIT: i64 = 1_000;
/// Time between two looks.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until shutdown.
pub async fn work(app: App) {
    let mut told = HashSet::new();
    loop {
        match run_once(&app).await {
            Ok(found) => tell(&mut told, &found),
            Err(error) => tracing::warn!(%error, "orders that are not journaled could not be looked for"),
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Finds them and sets the gauge `orders_not_journaled`.
pub async fn run_once(app: &App) -> Result<Vec<Unjournaled>, sqlx::Error> {
    let now = app.clock.now_ms();
    let (placed_before, seen_since) = (now.plus_ms(-PATIENCE_MS), now.plus_ms(-CONNECTED_MS));
    let found = db::devices::unjournaled(&app.db, placed_before, seen_since, WINDOW, LIMIT).await?;
    metrics::gauge!("orders_not_journaled").set(f64::from(u32::try_from(found.len()).unwrap_or(u32::MAX)));
    Ok(found)
}

/// One line per order, not one per look.
fn tell(told: &mut HashSet<Unjournaled>, found: &[Unjournaled]) {
    for order in found.iter().filter(|order| !told.contains(order)) {
        tracing::warn!(store_id = %order.store_id, device_id = %order.device_id, seq = order.seq,
            "an order is placed but not on the disk of its connected counter");
    }
    *told = found.iter().copied().collect();
}
