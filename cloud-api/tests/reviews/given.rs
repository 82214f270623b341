//! Orders that were completed, and stars for them, without a chat.

use cloud_api::reviews::{ByAuthor, Outcome, author};
use shared::order::{Actor, OrderCommand};
use shared::review::Stars;

use crate::world::{Store, TestOrder, World};

pub fn stars(number: u8) -> Stars {
    Stars::try_from(number).unwrap()
}

/// An order that its customer has eaten.
pub async fn eaten(world: &World, store: &Store, items: &[&str]) -> TestOrder {
    let wishes: Vec<_> = items.iter().map(|item| (*item, &[] as &[&str], 1)).collect();
    let order = world.unpaid_order(store, &wishes).await;
    world.pay_by_steps(&order).await;
    for command in [
        OrderCommand::Accept { prep_minutes: 5 },
        OrderCommand::StartCooking,
        OrderCommand::MarkReady,
        OrderCommand::HandOver,
        OrderCommand::Complete,
    ] {
        world.change_order(&order, command, Actor::Operator).await;
    }
    order
}

/// What its customer does about an order.
pub async fn by_author(world: &World, order: &TestOrder, wanted: ByAuthor) -> Outcome {
    let key = (order.store_id, order.order_id);
    author(world.app(), key, order.customer_id, wanted).await.unwrap()
}

/// An order with so many stars, and a text.
pub async fn reviewed(world: &World, store: &Store, items: &[&str], given: u8, text: &str) -> TestOrder {
    let order = eaten(world, store, items).await;
    let outcome = by_author(world, &order, ByAuthor::Give(stars(given))).await;
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    if !text.is_empty() {
        let outcome = by_author(world, &order, ByAuthor::Tell(text.to_owned())).await;
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    }
    order
}

/// The trail of an order's review.
pub async fn trail(world: &World, order: &TestOrder) -> Vec<String> {
    let found = sqlx::query_scalar("select kind from review_step where order_id = $1 order by step");
    found.bind(order.order_id.0).fetch_all(&world.db).await.unwrap()
}
