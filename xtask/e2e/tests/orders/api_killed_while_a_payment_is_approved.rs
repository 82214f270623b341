use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::customer::browse;
use e2e::ordering;
use e2e::wait::{wait_until, wait_until_within};
use serde_json::{Value, json};

use crate::scene::Scene;

/// The lease of the worker that was killed, and the inquiry after it.
const INQUIRED: Duration = Duration::from_secs(60);
/// How long an approval may still arrive before it is sent once more, and the inquiry after that.
const SENT_AGAIN: Duration = Duration::from_secs(120 + 60);
/// How long KakaoPay thinks about the approval: long enough to kill the API meanwhile.
const APPROVAL_MS: u64 = 3_000;

/// Kakao captured, and nobody of us heard of it: the order is there once, and the customer's page says so.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_answered_after_the_api_was_killed_becomes_one_order() -> Result<()> {
    let mut scene = Scene::start("api_killed_while_a_payment_is_approved").await?;
    let slow = json!({ "target": "pay.approve", "kind": "delay", "delay_ms": APPROVAL_MS });
    let (order, callback) = killed_during_approval(&mut scene, slow).await?;
    wait_until("Kakao has captured the money", async || {
        Ok(scene.world.kept().await? == ordering::MANGWON.total)
    })
    .await?;
    scene.world.api.serve().await?;
    ensure!(scene.counter.wait_for_fresh_within(INQUIRED).await? == order, "the counter shows another order");
    let page = browse(&callback).await?;
    ensure!(page.status.is_success(), "a reload of the return page shows {page:?}");
    ends_as_one_order(scene, &order).await
}

/// The approval was lost on its way to Kakao: nothing is captured before that is known, and then the order is there once.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_lost_while_the_api_was_killed_becomes_one_order() -> Result<()> {
    let mut scene = Scene::start("approval_lost_while_the_api_was_killed").await?;
    let lost = json!({ "target": "pay.approve", "kind": "drop_before", "delay_ms": APPROVAL_MS });
    let (order, callback) = killed_during_approval(&mut scene, lost).await?;
    ensure!(scene.world.kept().await? == 0, "Kakao captured what it never heard of");
    scene.world.api.serve().await?;
    wait_until_within(SENT_AGAIN, "the payment's outcome is known", async || {
        let attempts = scene.world.attempts(&order).await?;
        ensure!(attempts == ["approved"] || attempts == ["abandoned"], "the attempt is {attempts:?}");
        Ok(true)
    })
    .await?;
    if scene.world.phase(&order).await? == "pending_payment" {
        // Told that nothing was paid, the customer pays again.
        let page = browse(&callback).await?;
        ensure!(page.status.is_success(), "a reload of the return page shows {page:?}");
        scene.customer.pay_from_status().await?;
    }
    ensure!(scene.counter.wait_for_fresh().await? == order, "the counter shows another order");
    ends_as_one_order(scene, &order).await
}

/// Kills the API while Kakao has its approval in hand. The order, and where the browser was sent.
async fn killed_during_approval(scene: &mut Scene, fault: Value) -> Result<(String, String)> {
    let callback = scene.order().await?.confirm().await?;
    let order = scene.world.only_order().await?;
    scene.world.sandbox.fault(fault).await?;
    let returning = tokio::spawn({
        let callback = callback.clone();
        async move { browse(&callback).await }
    });
    wait_until("the approval has reached Kakao", async || Ok(!scene.world.faults_wait().await?)).await?;
    ensure!(
        scene.world.attempts(&order).await? == ["approve_sent"],
        "the attempt does not say that it was sent"
    );
    scene.world.api.kill();
    ensure!(returning.await?.is_err(), "the browser got an answer from an API that was killed");
    Ok((order, callback))
}

async fn ends_as_one_order(scene: Scene, order: &str) -> Result<()> {
    ensure!(scene.world.story(order).await? == ["order_placed"], "the order appears more than once");
    ensure!(
        scene.world.kept().await? == ordering::MANGWON.total,
        "the store keeps {} won",
        scene.world.kept().await?
    );
    scene.world.wait_for_messages(&scene.customer.id, &["SO_PLACED"]).await?;
    scene.close().await
}
