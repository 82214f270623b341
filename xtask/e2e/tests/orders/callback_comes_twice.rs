use anyhow::{Result, ensure};
use e2e::customer::browse;
use e2e::ordering;
use serde_json::json;

use crate::scene::Scene;

/// The browser comes back three times at once, and once more later: one order, one capture.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_comes_twice_makes_one_order() -> Result<()> {
    let scene = Scene::start("callback_comes_twice").await?;
    let page = scene.order().await?;
    scene.world.sandbox.fault(json!({ "target": "pay.approve", "kind": "duplicate_callback" })).await?;
    let callback = page.confirm().await?;
    let (first, second) = tokio::join!(browse(&callback), browse(&callback));
    for page in [first?, second?, browse(&callback).await?] {
        ensure!(page.status.is_success(), "one of the returns shows {page:?}");
    }
    let order = scene.counter.wait_for_fresh().await?;
    ensure!(scene.world.only_order().await? == order, "the counter shows another order");
    ensure!(scene.world.story(&order).await? == ["order_placed"], "the order appears more than once");
    ensure!(
        scene.world.kept().await? == ordering::MANGWON.total,
        "the store keeps {} won",
        scene.world.kept().await?
    );
    scene.world.wait_for_messages(&scene.customer.id, &["SO_PLACED"]).await?;
    scene.close().await
}
