//! The transaction that accepts an order is undone at its very end; the counter's command comes again.

use serde_json::json;

use super::stage::Stage;
use crate::Checked;

pub async fn play() -> Checked {
    let stage = Stage::set("answer_rolled_back").await?;
    let order = stage.order().await?;
    // The answer is written last: the event is there by then.
    let mut lock = stage.lock("command").await?;
    stage.counter.act(&order, json!({"kind": "accept", "prep_minutes": 15})).await?;
    lock.until_somebody_gave_up().await?;
    lock.release().await?;
    stage.counter.wait_until_all_sent().await?;
    stage.check().await
}
