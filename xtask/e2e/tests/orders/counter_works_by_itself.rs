use anyhow::{Result, ensure};
use e2e::World;
use e2e::counter::{Working, journal_equals_log};
use e2e::customer::browse;
use e2e::ordering;

/// The whole way of an order, with `counter run --auto` as the store.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_through_with_a_counter_that_works_by_itself() -> Result<()> {
    let world = World::start("counter_works_by_itself").await?;
    let data = world.folder("counter")?;
    let mut counter = Working::sign_in(&world.api.url, &data, &world.log("counter")).await?;
    let customer = world.new_customer().await?;
    let pay_page = customer.open_pay_link(&customer.order().await?).await?;
    let page = browse(&pay_page.confirm().await?).await?;
    ensure!(page.status.is_success(), "after paying the customer sees {page:?}");
    let order = world.only_order().await?;
    world.wait_for_phase(&order, "handed_over").await?;
    counter.wait_until_all_sent().await?;
    journal_equals_log(&data, &world.store.store_id, &world.database.pool).await?;
    drop(counter);
    let story = world.story(&order).await?;
    ensure!(story == ordering::STORY_OF_SUCCESS, "the log tells {story:?}");
    ensure!(world.kept().await? == ordering::MANGWON.total, "the store keeps {} won", world.kept().await?);
    world.close().await
}
