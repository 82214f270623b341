//! A person's eyes: a real browser on the chat page and the real window at the counter.

use anyhow::{Result, ensure};
use e2e::World;
use e2e::browser::Browser;
use e2e::counter::journal_equals_log;
use e2e::display::Display;
use e2e::ordering;
use e2e::pictures::Pictures;
use e2e::playing::{Players, play_one_order};
use e2e::window::{Setup, Window};
use e2e::world::{LOGIN, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_from_the_chat_page_to_the_window_and_back() -> Result<()> {
    let world = World::start("order_with_window_and_chat").await?;
    let data = world.folder("counter")?;
    let browser = Browser::start(&world.folder("browser")?, &world.log("chromedriver")).await?;
    let folder = world.folder("window")?;
    let setup = Setup { folder: &folder, data: &data, api: &world.api.url, logs: world.logs() };
    let display = Display::given_or_own(&folder, &world.log("xvfb")).await?;
    let window = Window::open(&setup, display).await?;
    let customer = world.new_customer().await?;
    let players = Players {
        chat_url: &world.sandbox.url,
        customer: &customer.id,
        phone: &customer.phone,
        api_url: &world.api.url,
        login: LOGIN,
        password: PASSWORD,
        browser: &browser,
        window: &window,
    };
    let pictures = Pictures::new("order-")?;
    play_one_order(&players, &pictures, &mut |korean, english, _| println!("{korean} / {english}")).await?;
    let order = world.only_order().await?;
    let story = world.story(&order).await?;
    ensure!(story == ordering::STORY_OF_SUCCESS, "the log tells {story:?}");
    world.wait_for_messages(&customer.id, &["SO_PLACED", "SO_ACCEPTED", "SO_READY"]).await?;
    ensure!(world.kept().await? == ordering::MANGWON.total, "the store keeps {} won", world.kept().await?);
    journal_equals_log(&data, &world.store.store_id, &world.database.pool).await?;
    drop(window);
    drop(browser);
    world.close().await
}
