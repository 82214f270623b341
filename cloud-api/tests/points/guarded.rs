//! The database refuses what the rules would never ask for: points spent twice, earned twice, changed.

use futures_util::future::join_all;

use super::customer::{account, give};
use crate::world::World;

/// Sets points aside for an order, on a connection of its own.
async fn hold(world: &World, order: &crate::world::TestOrder, customer: uuid::Uuid, amount: i64) -> bool {
    let written = sqlx::query(
        "insert into points_entry (store_id, entry_id, order_id, customer_id, kind, order_version, amount, created_at)
         values ($1, gen_random_uuid(), $2, $3, 'held', 0, $4, now())",
    );
    let written = written.bind(order.store_id.0).bind(order.order_id.0).bind(customer).bind(amount);
    written.execute(&world.db).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_phones_that_spend_the_same_points_one_is_served() {
    let world = World::start_without_workers().await;
    let first = world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await;
    give(&world, first.store_id, first.customer_id, first.order_id, 1_000).await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders.push(world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await);
    }
    let held = join_all(orders.iter().map(|order| hold(&world, order, first.customer_id.0, 700))).await;
    assert_eq!(held.iter().filter(|held| **held).count(), 1, "{held:?}");
    assert_eq!(account(&world, first.customer_id).await, (300, 700));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_twice_for_an_order_and_nothing_is_rewritten() {
    let world = World::start_without_workers().await;
    let order = world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await;
    give(&world, order.store_id, order.customer_id, order.order_id, 1_000).await;
    assert!(hold(&world, &order, order.customer_id.0, 100).await);
    assert!(!hold(&world, &order, order.customer_id.0, 100).await, "set aside twice");
    for statement in [
        "insert into points_entry select store_id, gen_random_uuid(), order_id, customer_id, kind, order_version + 1, amount,
             permille, created_at from points_entry where kind = 'earned'",
        "update points_entry set amount = amount + 1",
        "delete from points_entry",
        "truncate points_entry",
        "update points_account set available = -1",
    ] {
        assert!(sqlx::raw_sql(statement).execute(&world.db).await.is_err(), "{statement}");
    }
    assert_eq!(account(&world, order.customer_id).await, (900, 100));
}
