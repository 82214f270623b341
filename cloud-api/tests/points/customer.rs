//! A customer with a chat who pays, and what the database says of their points.

use std::time::Duration;

use shared::id::{CustomerId, OrderId, StoreId};
use uuid::Uuid;

use crate::chat::bot::{Bot, Said};
use crate::chat::first_order::{with_cake, with_phone};
use crate::close::day::LivedDay;
use crate::world::{TestOrder, World};

/// After hand-over an order completes by itself.
const COMPLETES: Duration = Duration::from_secs(60 * 60 + 1);

/// The card of an order of so many rice cakes, 5,500 won each, that waits for its payment.
pub async fn ordered(bot: &Bot<'_>, pieces: u32) -> Said {
    let session = with_cake(bot).await;
    let session = match pieces {
        1 => session,
        more => {
            let line = bot.pick(&session, "똠방각하").await;
            bot.pick(&line, &format!("{more}개")).await
        }
    };
    let card = bot.pick(&session, "주문하기").await;
    with_phone(bot, card).await
}

/// The order that a card leads to.
pub async fn order_of(world: &World, card: &Said) -> TestOrder {
    let url = card.pay_url().unwrap_or_else(|| panic!("there is no button to pay: {}", card.text()));
    let token = url.rsplit('/').next().unwrap().to_owned();
    let target = cloud_api::db::pay_links::find_with_payer(&world.db, &token).await.unwrap();
    let (target, payer) = target.expect("the card's link leads to an order");
    let total: i64 = sqlx::query_scalar("select total from orders where order_id = $1")
        .bind(target.order_id.0)
        .fetch_one(&world.db)
        .await
        .unwrap();
    TestOrder { store_id: target.store_id, order_id: target.order_id, customer_id: payer, token, total }
}

/// Pays a card's order and waits until the store has it.
pub async fn paid(world: &World, card: &Said) -> TestOrder {
    let order = order_of(world, card).await;
    let answer = world.pay(&order).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    world.wait_for_phase(&order, "placed").await;
    order
}

/// Handed over; an hour later it is complete.
pub async fn completed(day: &LivedDay, order: &TestOrder) {
    day.work(order, &["accept", "cooking", "ready", "handed_over"]).await;
    day.world.advance(COMPLETES).await;
    day.world.wait_for_phase(order, "completed").await;
}

/// What a customer can use, and what is set aside.
pub async fn account(world: &World, customer: CustomerId) -> (i64, i64) {
    let found = sqlx::query_as("select available, held from points_account where customer_id = $1");
    found.bind(customer.0).fetch_optional(&world.db).await.unwrap().unwrap_or_default()
}

/// Movements of an order, as (kind, points).
pub async fn moved(world: &World, order: &TestOrder) -> Vec<(String, i64)> {
    let found = sqlx::query_as(
        "select kind, amount from points_entry where order_id = $1 order by created_at, entry_id",
    );
    found.bind(order.order_id.0).fetch_all(&world.db).await.unwrap()
}

/// Points of nobody's order, as if an old one had earned them: written as the program writes them.
pub async fn give(world: &World, store: StoreId, customer: CustomerId, order: OrderId, amount: i64) {
    sqlx::query(
        "insert into points_entry (store_id, entry_id, order_id, customer_id, kind, order_version, amount, permille, created_at)
         values ($1, $2, $3, $4, 'earned', 1, $5, 10, now())",
    )
    .bind(store.0)
    .bind(Uuid::now_v7())
    .bind(order.0)
    .bind(customer.0)
    .bind(amount)
    .execute(&world.db)
    .await
    .unwrap();
}
