use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::wait::wait_until_within;
use e2e::world::Options;

use crate::scene::Scene;

/// The shortest deadline that a store may have, and what a busy machine adds.
const DEADLINE: Duration = Duration::from_secs(60 + 40);

/// An order that nobody answers is cancelled at its deadline and refunded.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nobody_accepts_is_cancelled_and_refunded() -> Result<()> {
    let options = Options { accept_deadline_minutes: Some(1), ..Options::default() };
    let scene = Scene::start_with("nobody_accepts", options).await?;
    scene.order_and_pay().await?;
    let order = scene.counter.wait_for_fresh().await?;
    wait_until_within(DEADLINE, "the order is cancelled at its deadline and refunded", async || {
        let story = scene.world.story(&order).await?;
        ensure!(story == ["order_placed", "order_cancelled", "refund_completed"], "the log tells {story:?}");
        Ok(true)
    })
    .await?;
    scene.counter.wait_for_state(&order, "cancelled").await?;
    scene.world.wait_for_messages(&scene.customer.id, &["SO_PLACED", "SO_CANCELLED"]).await?;
    ensure!(scene.world.kept().await? == 0, "the store keeps {} won", scene.world.kept().await?);
    scene.close().await
}
