use anyhow::{Result, ensure};
use e2e::customer::browse;
use serde_json::json;

use crate::scene::Scene;

/// Killed and deployed under a connected counter: it resumes from its journal, without a gap and without a second sign-in.
#[tokio::test(flavor = "multi_thread")]
async fn a_connected_counter_survives_restarts_of_the_api() -> Result<()> {
    let mut scene = Scene::start("api_restarts_under_a_connected_counter").await?;
    scene.order_and_pay().await?;
    let first = scene.counter.wait_for_fresh().await?;
    scene.world.api.kill();
    scene.counter.act(&first, json!({ "kind": "accept", "prep_minutes": 20 })).await?;
    scene.world.api.serve().await?;
    scene.counter.wait_for_state(&first, "accepted").await?;
    scene.world.api.stop().await?;
    scene.world.api.serve().await?;
    let other = scene.world.new_customer().await?;
    let link = other.order().await?;
    browse(&other.open_pay_link(&link).await?.confirm().await?).await?;
    let second = scene.counter.wait_for_fresh().await?;
    ensure!(second != first, "the first order is fresh again");
    scene.counter.wait_until_connected().await?;
    ensure!(scene.world.story(&first).await? == ["order_placed", "order_accepted"]);
    ensure!(scene.world.story(&second).await? == ["order_placed"]);
    scene.close().await
}
