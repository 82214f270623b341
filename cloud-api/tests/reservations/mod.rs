//! Orders for a later time: chosen in the chat, paid now, fired by the server once, and in nobody's way when the day is closed.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod choosing;
mod closing;
mod firing;

use crate::chat::bot::{Bot, Said};
use crate::chat::first_order::{newest_order, with_cake, with_phone};
use crate::world::{TestOrder, World};

/// The server's failpoints that only a reservation reaches.
pub const NAMES: &[&str] = &["reservation.before_commit", "reservation.after_commit"];

/// The coffee shop at noon, in the middle of its hours; its usual prep time is 8 minutes.
pub async fn at_noon(world: &World) {
    world.until_clock("12:00").await;
}

/// A session with a cake for this time.
async fn with_time(bot: &Bot<'_>, clock: &str) -> Said {
    let session = with_cake(bot).await;
    bot.pick(&session, "예약하기").await;
    let chosen = bot.say(clock).await;
    assert!(chosen.says("에 찾아가는 예약"), "{}", chosen.text());
    chosen
}

/// An unpaid reservation, with the card that it is paid from.
pub async fn unpaid(world: &World, bot: &Bot<'_>, clock: &str) -> (TestOrder, Said) {
    let chosen = with_time(bot, clock).await;
    let card = bot.pick(&chosen, "주문하기").await;
    let card = with_phone(bot, card).await;
    let url = card.pay_url().unwrap_or_else(|| panic!("there is no button to pay: {}", card.text()));
    let order = newest_order(world, url.rsplit('/').next().unwrap()).await;
    (order, card)
}

/// A paid reservation of a new customer.
async fn reserved(world: &World, clock: &str) -> TestOrder {
    let (order, _) = unpaid(world, &Bot::new(world), clock).await;
    let paid = world.pay(&order).await;
    assert_eq!(paid.status, 303, "{}", paid.body);
    world.wait_for_phase(&order, "reserved").await;
    order
}

/// The kinds of an order's events, oldest first.
async fn kinds(world: &World, order: &TestOrder) -> Vec<String> {
    sqlx::query_scalar("select kind from store_event where order_id = $1 order by seq")
        .bind(order.order_id.0)
        .fetch_all(&world.db)
        .await
        .unwrap()
}
