use anyhow::{Result, ensure};
use serde_json::json;

use crate::scene::Scene;

/// A rejected order gives all the money back, and the customer reads why.
#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_order_is_refunded() -> Result<()> {
    let scene = Scene::start("store_rejects").await?;
    scene.order_and_pay().await?;
    let order = scene.counter.wait_for_fresh().await?;
    scene.counter.act(&order, json!({ "kind": "reject", "reason": "sold_out" })).await?;
    scene.counter.wait_for_state(&order, "rejected").await?;
    scene.world.wait_for_messages(&scene.customer.id, &["SO_PLACED", "SO_REJECTED"]).await?;
    e2e::wait::wait_until("the refund is in the log", async || {
        Ok(scene.world.story(&order).await? == ["order_placed", "order_rejected", "refund_completed"])
    })
    .await?;
    ensure!(scene.world.kept().await? == 0, "the store keeps {} won", scene.world.kept().await?);
    scene.close().await
}
