use anyhow::{Result, ensure};
use e2e::World;
use e2e::ordering;
use serde_json::json;

use crate::scene::Scene;

/// The internet is cut after the order arrived: it is accepted, cooked and made ready offline, then everything is applied in order.
#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_was_offline_while_cooking_catches_up_in_order() -> Result<()> {
    let world = World::start("counter_is_offline_while_cooking").await?;
    let wire = world.wire()?;
    let scene = Scene::with_server(world, &wire.url()).await?;
    scene.order_and_pay().await?;
    let order = scene.counter.wait_for_fresh().await?;
    wire.cut();
    scene.counter.wait_until_offline().await?;
    for (action, state) in [
        (json!({ "kind": "accept", "prep_minutes": 15 }), "accepted"),
        (json!({ "kind": "cooking" }), "cooking"),
        (json!({ "kind": "ready" }), "ready"),
    ] {
        scene.counter.act(&order, action).await?;
        scene.counter.wait_for_prediction(&order, state).await?;
    }
    ensure!(scene.world.phase(&order).await? == "placed", "the server knows what it cannot know");
    wire.mend();
    scene.counter.wait_for_state(&order, "ready").await?;
    scene.counter.wait_until_connected().await?;
    scene.counter.act(&order, json!({ "kind": "handed_over" })).await?;
    scene.counter.wait_for_state(&order, "handed_over").await?;
    let story = scene.world.story(&order).await?;
    ensure!(story == ordering::STORY_OF_SUCCESS, "the log tells {story:?}");
    scene.close().await
}
