use anyhow::{Result, ensure};
use e2e::ordering;
use serde_json::json;

use crate::scene::Scene;

/// The customer changes their mind after the store accepted and before it cooks: refunded, and the counter is told.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_cancelled_before_cooking_is_refunded_and_the_counter_is_told() -> Result<()> {
    let scene = Scene::start("customer_cancels_before_cooking").await?;
    scene.order_and_pay().await?;
    let order = scene.counter.wait_for_fresh().await?;
    scene.counter.act(&order, json!({ "kind": "accept", "prep_minutes": 20 })).await?;
    scene.counter.wait_for_state(&order, "accepted").await?;
    scene.world.wait_for_messages(&scene.customer.id, &["SO_PLACED", "SO_ACCEPTED"]).await?;
    ordering::cancel(&scene.customer).await?;
    scene.counter.wait_for_state(&order, "cancelled").await?;
    e2e::wait::wait_until("the refund is in the log", async || {
        let story = scene.world.story(&order).await?;
        Ok(story == ["order_placed", "order_accepted", "order_cancelled", "refund_completed"])
    })
    .await?;
    ensure!(scene.world.kept().await? == 0, "the store keeps {} won", scene.world.kept().await?);
    scene.world.wait_for_messages(&scene.customer.id, &["SO_PLACED", "SO_ACCEPTED", "SO_CANCELLED"]).await?;
    scene.close().await
}
