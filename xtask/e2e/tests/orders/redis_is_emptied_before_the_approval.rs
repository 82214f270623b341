use anyhow::{Result, ensure};
use e2e::customer::browse;
use e2e::ordering;

use crate::scene::Scene;

/// Redis is never the truth: the order session and every stream are lost between placement and approval, the order is not.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_survives_redis_being_emptied_before_its_approval() -> Result<()> {
    let scene = Scene::start("redis_is_emptied_before_the_approval").await?;
    let page = scene.order().await?;
    scene.world.redis.empty()?;
    let shown = browse(&page.confirm().await?).await?;
    ensure!(shown.status.is_success(), "after paying the customer sees {shown:?}");
    let order = scene.counter.wait_for_fresh().await?;
    ensure!(scene.world.only_order().await? == order, "the counter shows another order");
    scene.world.redis.empty()?;
    scene.counter.act(&order, serde_json::json!({ "kind": "accept", "prep_minutes": 15 })).await?;
    scene.counter.wait_for_state(&order, "accepted").await?;
    ensure!(
        scene.world.kept().await? == ordering::MANGWON.total,
        "the store keeps {} won",
        scene.world.kept().await?
    );
    scene.world.wait_for_messages(&scene.customer.id, &["SO_PLACED", "SO_ACCEPTED"]).await?;
    scene.close().await
}
