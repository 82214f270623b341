//! The real window where something goes wrong: orders that end early, and an internet cut.

use anyhow::{Result, ensure};
use e2e::World;
use e2e::counter::journal_equals_log;
use e2e::counter_page::{CounterPage, Lane};
use e2e::customer::browse;
use e2e::display::Display;
use e2e::ordering;
use e2e::pictures::Pictures;
use e2e::wait::wait_until;
use e2e::window::{Setup, Window};
use e2e::world::{LOGIN, PASSWORD};

/// A window that is signed in at `server`.
async fn open(world: &World, server: &str) -> Result<Window> {
    let (folder, data) = (world.folder("window")?, world.folder("counter")?);
    let setup = Setup { folder: &folder, data: &data, api: server, logs: world.logs() };
    let display = Display::given_or_own(&folder, &world.log("xvfb")).await?;
    let window = Window::open(&setup, display).await?;
    CounterPage::new(window.client()).sign_in(server, LOGIN, PASSWORD).await?;
    Ok(window)
}

/// Somebody new orders and pays.
async fn order(world: &World) -> Result<()> {
    let customer = world.new_customer().await?;
    let link = customer.order().await?;
    browse(&customer.open_pay_link(&link).await?.confirm().await?).await.map(drop)
}

async fn close(world: World, window: Window) -> Result<()> {
    journal_equals_log(&window.data, &world.store.store_id, &world.database.pool).await?;
    drop(window);
    world.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_rejected_and_cancelled_in_the_window_are_refunded() -> Result<()> {
    let world = World::start("window_rejects_and_cancels").await?;
    let window = open(&world, &world.api.url).await?;
    let page = CounterPage::new(window.client());
    let pictures = Pictures::new("early-end-")?;
    order(&world).await?;
    order(&world).await?;
    page.wait_for_card(Lane::Fresh, "1").await?;
    page.wait_for_card(Lane::Fresh, "2").await?;
    page.ask_to_reject("1", "sold_out").await?;
    page.settle().await?;
    pictures.take(window.client(), "rejecting").await?;
    page.confirm_reject().await?;
    page.wait_for_state(Lane::Done, "1", "rejected").await?;
    page.accept("2", 30).await?;
    page.wait_for_state(Lane::Cooking, "2", "accepted").await?;
    page.ask_to_cancel("2", "store_trouble").await?;
    page.settle().await?;
    pictures.take(window.client(), "cancelling").await?;
    page.confirm_cancel().await?;
    page.wait_for_state(Lane::Done, "2", "cancelled").await?;
    wait_until("all the money went back", async || Ok(world.kept().await? == 0)).await?;
    wait_until("the window tells of the refund", async || {
        Ok(page.open(Lane::Done, "2").await?.contains("환불 완료"))
    })
    .await?;
    page.settle().await?;
    pictures.take(window.client(), "refunded").await?;
    let lanes = page.lanes().await?;
    ensure!(lanes.fresh.is_empty() && lanes.cooking.is_empty() && lanes.done.len() == 2, "{lanes:?}");
    close(world, window).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_works_through_an_internet_cut() -> Result<()> {
    let world = World::start("window_works_offline").await?;
    let wire = world.wire()?;
    let window = open(&world, &wire.url()).await?;
    let page = CounterPage::new(window.client());
    let pictures = Pictures::new("offline-")?;
    order(&world).await?;
    page.wait_for_card(Lane::Fresh, "1").await?;
    wire.cut();
    page.wait_until_offline().await?;
    page.settle().await?;
    pictures.take(window.client(), "cut").await?;
    page.accept("1", 15).await?;
    page.wait_for_prediction(Lane::Cooking, "1", "accepted").await?;
    page.start_cooking("1").await?;
    page.wait_for_prediction(Lane::Cooking, "1", "cooking").await?;
    page.settle().await?;
    pictures.take(window.client(), "predicted").await?;
    let order = world.only_order().await?;
    ensure!(world.phase(&order).await? == "placed", "the server knows what it cannot know");
    wire.mend();
    page.wait_for_state(Lane::Cooking, "1", "cooking").await?;
    page.wait_until_connected().await?;
    page.settle().await?;
    pictures.take(window.client(), "mended").await?;
    page.ready("1").await?;
    page.wait_for_state(Lane::Ready, "1", "ready").await?;
    page.hand_over("1").await?;
    page.wait_for_state(Lane::Done, "1", "handed_over").await?;
    let story = world.story(&order).await?;
    ensure!(story == ordering::STORY_OF_SUCCESS, "the log tells {story:?}");
    close(world, window).await
}
