//! What a killed process held is taken up within seconds; what a living one holds is left to it, however slow KakaoPay is. The clock is the
//! real one here.

use std::time::{Duration, Instant};

use cloud_api::orders::{self, Change};
use serde_json::json;
use shared::order::{Actor, CancelReason, OrderCommand};

use crate::world::{TestOrder, World};

/// The end of a lease, the next look, and a busy machine.
const NOTICED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn money_that_a_killed_process_took_is_booked_within_seconds() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let stop = world.stop_at("pay.after_approve_before_commit");
    let browser = world.browse(&back);
    world.kill_at(stop).await;
    let killed = Instant::now();
    browser.await.unwrap();
    world.wait_for_phase(&order, "placed").await;
    noticed("an approval", killed);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inquiry_of_a_killed_process_is_made_again_within_seconds() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "drop_after_commit"})).await;
    let stop = world.stop_at("recon.after_inquiry");
    let browser = world.browse(&back);
    world.kill_at(stop).await;
    let killed = Instant::now();
    browser.await.unwrap();
    world.wait_for_phase(&order, "placed").await;
    noticed("an inquiry", killed);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_a_killed_process_is_finished_within_seconds() {
    for place in ["pay.refund_before_send", "pay.after_refund_before_commit"] {
        let mut world = World::start().await;
        let order = world.placed_order(&world.coffee, &[("ttok", &[], 2)]).await;
        let stop = world.stop_at(place);
        cancel(&world, &order).await;
        world.kill_at(stop).await;
        let killed = Instant::now();
        world.wait_for_refund(&order, "done").await;
        noticed(place, killed);
        world.assert_money_agrees().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_kakaopay_keeps_its_caller() {
    let world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "delay", "delay_ms": 7_500})).await;
    let browser = world.browse(&back);
    world.wait_for_phase(&order, "placed").await;
    browser.await.unwrap();
    assert_eq!(fence(&world, "payment_attempt", &order).await, 1, "nobody else took the approval");
    world.kakao.fault(json!({"target": "pay.cancel", "kind": "delay", "delay_ms": 7_500})).await;
    cancel(&world, &order).await;
    world.wait_for_refund(&order, "done").await;
    assert_eq!(fence(&world, "refund", &order).await, 1, "nor the refund");
    world.assert_money_agrees().await;
}

fn noticed(what: &str, killed: Instant) {
    let took = killed.elapsed();
    println!("{what} of a killed process was finished after {:.1} s", took.as_secs_f64());
    assert!(took < NOTICED_WITHIN, "{what}: {took:?}");
}

async fn cancel(world: &World, order: &TestOrder) {
    let app = world.app();
    let change = Change {
        store_id: order.store_id,
        order_id: order.order_id,
        command: OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind },
        by: Actor::Customer,
        expected_version: None,
    };
    orders::run(&app.db, &app.clock, &app.wake, change).await.unwrap();
}

/// How often somebody claimed the order's row in `table`.
async fn fence(world: &World, table: &str, order: &TestOrder) -> i64 {
    let sql = format!("select fence from {table} where order_id = $1");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(order.order_id.0).fetch_one(&world.db).await.unwrap()
}
