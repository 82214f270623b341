use anyhow::{Result, ensure};
use e2e::customer::browse;
use e2e::ordering;

use crate::scene::Scene;

/// The customer confirmed at KakaoPay and the phone's battery died: nothing is captured. Later they pay the same order.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_never_comes_back_costs_nothing_and_may_pay_later() -> Result<()> {
    let scene = Scene::start("browser_never_comes_back").await?;
    scene.order().await?.confirm().await?;
    let order = scene.world.only_order().await?;
    ensure!(scene.world.kept().await? == 0, "money moved before the browser came back");
    ensure!(scene.world.phase(&order).await? == "pending_payment", "an unpaid order left its phase");
    ensure!(scene.world.story(&order).await?.is_empty(), "the store sees an order that nobody paid");
    let link = scene.customer.link(ordering::PAY).await?;
    let callback = scene.customer.open_pay_link(&link).await?.confirm().await?;
    let page = browse(&callback).await?;
    ensure!(page.status.is_success(), "after paying later the customer sees {page:?}");
    ensure!(scene.counter.wait_for_fresh().await? == order, "the counter shows another order");
    ensure!(
        scene.world.kept().await? == ordering::MANGWON.total,
        "the store keeps {} won",
        scene.world.kept().await?
    );
    scene.close().await
}

/// Nothing is captured, and nobody waits, when they never return at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_never_comes_back_leaves_no_trace_at_the_store() -> Result<()> {
    let scene = Scene::start("browser_never_comes_back_at_all").await?;
    scene.order().await?.confirm().await?;
    let other = scene.world.new_customer().await?;
    let link = other.order().await?;
    browse(&other.open_pay_link(&link).await?.confirm().await?).await?;
    // The other customer's order is number one: the unpaid one took no number.
    let order = scene.counter.wait_for_fresh().await?;
    let card = scene.counter.wait_for_state(&order, "placed").await?;
    ensure!(card["order"]["ticket"]["number"] == 1, "the first paid order is {}", card["order"]["ticket"]);
    ensure!(
        scene.world.kept().await? == ordering::MANGWON.total,
        "the store keeps {} won",
        scene.world.kept().await?
    );
    scene.close().await
}
