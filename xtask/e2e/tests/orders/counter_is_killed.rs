use anyhow::{Result, ensure};
use e2e::ordering;
use serde_json::json;

use crate::scene::Scene;

/// The power fails at the counter right after a press, again and again: the journal is whole and nothing happens twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_is_killed_after_every_press_does_nothing_twice() -> Result<()> {
    let mut scene = Scene::start("counter_is_killed").await?;
    scene.order_and_pay().await?;
    let order = scene.counter.wait_for_fresh().await?;
    for (action, state) in [
        (json!({ "kind": "accept", "prep_minutes": 15 }), "accepted"),
        (json!({ "kind": "cooking" }), "cooking"),
        (json!({ "kind": "ready" }), "ready"),
        (json!({ "kind": "handed_over" }), "handed_over"),
    ] {
        scene.counter.act(&order, action).await?;
        scene.counter.kill();
        scene.counter.start().await?;
        scene.counter.wait_for_state(&order, state).await?;
    }
    let story = scene.world.story(&order).await?;
    ensure!(story == ordering::STORY_OF_SUCCESS, "the log tells {story:?}");
    scene.close().await
}
