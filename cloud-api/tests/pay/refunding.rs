//! Giving money back: rows P16 to P20.

use std::time::Duration;

use cloud_api::orders::{self, Change, Made, TransitionError};
use serde_json::{Value, json};
use shared::Won;
use shared::order::{Actor, CancelReason, OrderCommand};

use crate::world::{TestOrder, World};

async fn cancel(
    world: &World,
    order: &TestOrder,
    by: Actor,
    reason: CancelReason,
) -> Result<Made, TransitionError> {
    let app = world.app();
    let change = Change {
        store_id: order.store_id,
        order_id: order.order_id,
        command: OrderCommand::Cancel { reason },
        by,
        expected_version: None,
    };
    orders::run(&app.db, &app.clock, &app.wake, change).await
}

async fn placed(world: &World) -> TestOrder {
    world.placed_order(&world.coffee, &[("ttok", &[], 2)]).await
}

async fn cancelled(world: &World) -> TestOrder {
    let order = placed(world).await;
    cancel(world, &order, Actor::Customer, CancelReason::CustomerChangedMind).await.unwrap();
    order
}

async fn refunded_once(world: &World, order: &TestOrder) {
    world.wait_for_refund(order, "done").await;
    let page = world.order_page(order).await;
    assert!(page.body.contains("11,000원을 모두 환불했어요"), "{}", page.body);
    let (refunded, recorded): (i64, i64) = sqlx::query_as(
        "select o.refunded, (select count(*) from store_event e where e.order_id = o.order_id and e.kind = 'refund_completed')
         from orders o where o.order_id = $1",
    )
    .bind(order.order_id.0)
    .fetch_one(&world.db)
    .await
    .unwrap();
    assert_eq!((refunded, recorded), (order.total, 1));
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_a_cancelled_order_is_refunded() {
    let world = World::start().await;
    let order = cancelled(&world).await;
    refunded_once(&world, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_killed_before_the_refund_is_taken_up() {
    killed("pay.refund_before_row", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_killed_before_a_byte_leaves() {
    killed("pay.refund_before_send", 46).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_killed_with_the_answer_before_the_commit() {
    killed("pay.after_refund_before_commit", 46).await;
}

async fn killed(failpoint: &str, lease_s: u64) {
    let mut world = World::start().await;
    let order = placed(&world).await;
    let stop = world.stop_at(failpoint);
    cancel(&world, &order, Actor::Customer, CancelReason::CustomerChangedMind).await.unwrap();
    world.kill_at(stop).await;
    world.advance(Duration::from_secs(lease_s)).await;
    refunded_once(&world, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_the_answer_is_lost_after_the_money_went_back() {
    for fault in [
        json!({"target": "pay.cancel", "kind": "drop_after_commit"}),
        json!({"target": "pay.cancel", "kind": "internal", "captured": true}),
        json!({"target": "pay.cancel", "kind": "bank_unknown", "captured": true}),
    ] {
        let world = World::start().await;
        world.kakao.fault(fault).await;
        let order = cancelled(&world).await;
        refunded_once(&world, &order).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_refund_that_never_arrived_is_sent_again_under_the_same_guard() {
    let world = World::start().await;
    world.kakao.fault(json!({"target": "pay.cancel", "kind": "drop_before"})).await;
    let order = cancelled(&world).await;
    world.wait_for_refund(&order, "unknown").await;
    assert!(world.order_page(&order).await.body.contains("11,000원을 환불하고 있어요"));
    // A look that is under way when the clock moves plans the next one by the clock as it was.
    for _ in 0..4 {
        world.advance(Duration::from_secs(61)).await;
        let done = world.wait_for_refund(&order, "done");
        if tokio::time::timeout(Duration::from_secs(4), done).await.is_ok() {
            break;
        }
    }
    refunded_once(&world, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p18_a_refused_refund_is_tried_with_longer_and_longer_pauses() {
    let world = World::start_without_workers().await;
    let order =
        cancelled_by_steps(&world, json!({"target": "pay.cancel", "kind": "decline", "times": 20})).await;
    for minutes in [1, 5, 15].into_iter().chain([60; 16]) {
        assert_eq!(cloud_api::pay::refund::run_once(world.app()).await.unwrap(), 0, "it is not due yet");
        world.advance(Duration::from_secs(minutes * 60 + 1)).await;
        assert_eq!(cloud_api::pay::refund::run_once(world.app()).await.unwrap(), 1);
        assert_eq!(world.refunds(&order).await, ["unknown"]);
    }
    world.advance(Duration::from_secs(3_601)).await;
    cloud_api::pay::refund::run_once(world.app()).await.unwrap();
    refunded_once(&world, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_refund_that_kakaopay_does_not_answer_is_tried_every_minute() {
    let world = World::start_without_workers().await;
    let order =
        cancelled_by_steps(&world, json!({"target": "pay.cancel", "kind": "drop_before", "times": 4})).await;
    for _ in 0..3 {
        assert_eq!(cloud_api::pay::refund::run_once(world.app()).await.unwrap(), 0, "it is not due yet");
        world.advance(Duration::from_secs(61)).await;
        assert_eq!(cloud_api::pay::refund::run_once(world.app()).await.unwrap(), 1);
        assert_eq!(world.refunds(&order).await, ["unknown"]);
    }
    world.advance(Duration::from_secs(61)).await;
    cloud_api::pay::refund::run_once(world.app()).await.unwrap();
    refunded_once(&world, &order).await;
}

/// A cancelled order whose refund met this fault once, without workers.
async fn cancelled_by_steps(world: &World, fault: Value) -> TestOrder {
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let browser = world.browse(&back);
    world.wait_for_attempt(&order, "approve_requested").await;
    cloud_api::pay::worker::run_once(world.app()).await.unwrap();
    browser.await.unwrap();
    world.kakao.fault(fault).await;
    cancel(world, &order, Actor::Customer, CancelReason::CustomerChangedMind).await.unwrap();
    assert_eq!(cloud_api::pay::refund::run_once(world.app()).await.unwrap(), 1);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn p18_after_a_day_a_person_has_to_look() {
    let world = World::start_without_workers().await;
    let order =
        cancelled_by_steps(&world, json!({"target": "pay.cancel", "kind": "decline", "times": null})).await;
    world.advance(Duration::from_secs(25 * 60 * 60)).await;
    cloud_api::pay::refund::run_once(world.app()).await.unwrap();
    assert_eq!(world.refunds(&order).await, ["needs_review"]);
    assert_eq!(world.dead_letters("refund").await, 1);
    assert!(world.order_page(&order).await.body.contains("담당자가 직접 확인하고 있어요"));
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p19_a_hundred_cancellations_refund_once() {
    let world = World::start().await;
    let order = placed(&world).await;
    let asks = (0..100).map(|n| {
        let (by, reason) = match n % 3 {
            0 => (Actor::Timer, CancelReason::NotAccepted),
            1 => (Actor::Customer, CancelReason::CustomerChangedMind),
            _ => (Actor::Operator, CancelReason::Operator),
        };
        cancel(&world, &order, by, reason)
    });
    let made = futures_util::future::join_all(asks).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert_eq!(world.refunds(&order).await.len(), 1);
    refunded_once(&world, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_a_second_partial_refund_waits_for_the_first() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let browser = world.browse(&back);
    world.wait_for_attempt(&order, "approve_requested").await;
    cloud_api::pay::worker::run_once(world.app()).await.unwrap();
    browser.await.unwrap();
    world.kakao.fault(json!({"target": "pay.cancel", "kind": "drop_before"})).await;
    for (won, reason) in [(4_000, "first"), (5_000, "second"), (2_000, "third")] {
        let mut tx = world.db.begin().await.unwrap();
        let (store, now) = (order.store_id, world.clock.now_ms());
        let amount = Won::new(won).unwrap();
        assert!(
            cloud_api::db::refunds::create_for_order(&mut tx, store, order.order_id, amount, reason, now)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
    }
    cloud_api::pay::refund::run_once(world.app()).await.unwrap();
    assert_eq!(world.refunds(&order).await, ["unknown", "pending", "pending"]);
    assert_eq!(cloud_api::pay::refund::run_once(world.app()).await.unwrap(), 0);
    world.advance(Duration::from_secs(61)).await;
    for _ in 0..3 {
        cloud_api::pay::refund::run_once(world.app()).await.unwrap();
    }
    assert_eq!(world.refunds(&order).await, ["done", "done", "done"]);
    let refunded: i64 = sqlx::query_scalar("select refunded from orders where order_id = $1")
        .bind(order.order_id.0)
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(refunded, 11_000);
    world.assert_money_agrees().await;
}
