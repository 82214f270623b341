//! Outcomes that come late, or when nobody can be asked: rows P15, P21 and P22.

use std::time::Duration;

use serde_json::json;

use crate::world::{PAY_SECRET, World};

#[tokio::test(flavor = "multi_thread")]
async fn p15_money_that_was_taken_late_goes_back() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let browser = world.browse(&back);
    world.wait_for_attempt(&order, "approve_requested").await;
    browser.abort();
    world.advance(Duration::from_secs(6 * 60)).await;
    cloud_api::pay::worker::run_once(world.app()).await.unwrap();
    assert_eq!(world.attempts(&order).await, ["abandoned"]);
    // An approve of ours that had been stuck on its way arrives all the same.
    arrive(&world, &order, &back).await;
    world.advance(Duration::from_secs(10 * 60)).await;
    cloud_api::pay::reconciler::run_once(world.app()).await.unwrap();
    assert_eq!(world.refunds(&order).await, ["pending"]);
    cloud_api::pay::refund::run_once(world.app()).await.unwrap();
    assert_eq!(world.refunds(&order).await, ["done"]);
    assert_eq!(world.phase(&order).await, "pending_payment", "the order never comes to life by it");
    let page = world.order_page(&order).await;
    assert!(page.body.contains("11,000원을 모두 환불했어요"), "{}", page.body);
    world.assert_money_agrees().await;
}

/// An approval reaches KakaoPay, whatever we think of it. `back` is where the payer was sent.
pub async fn arrive(world: &World, order: &crate::world::TestOrder, back: &str) {
    let (_, pg_token) = back.split_once("pg_token=").unwrap();
    let body = json!({"cid": "TC0ONETIME", "tid": world.tid(order).await, "partner_order_id": order.order_id,
                      "partner_user_id": order.customer_id, "pg_token": pg_token});
    let request = world.http.post(format!("{}/online/v1/payment/approve", world.kakao.url())).json(&body);
    let answer =
        crate::world::answer(request.header("authorization", format!("SECRET_KEY {PAY_SECRET}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn p15_an_order_that_ended_while_its_money_was_taken_is_refunded() {
    let world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "delay", "delay_ms": 700})).await;
    let browser = world.browse(&back);
    world.wait_for_attempt(&order, "approve_sent").await;
    let change = cloud_api::orders::Change {
        store_id: order.store_id,
        order_id: order.order_id,
        command: shared::order::OrderCommand::Cancel { reason: shared::order::CancelReason::Operator },
        by: shared::order::Actor::Operator,
        expected_version: None,
    };
    let app = world.app();
    cloud_api::orders::run(&app.db, &app.clock, &app.wake, change).await.unwrap();
    browser.await.unwrap();
    world.wait_for_refund(&order, "done").await;
    assert_eq!(world.attempts(&order).await, ["approved"]);
    assert_eq!(world.phase(&order).await, "cancelled");
    let told: i64 = sqlx::query_scalar("select count(*) from notification where order_id = $1")
        .bind(order.order_id.0)
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(told, 1);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p21_nobody_can_be_asked_for_two_hours() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let browser = world.browse(&back);
    world.wait_for_attempt(&order, "approve_requested").await;
    browser.abort();
    let faults = json!([{"target": "pay.approve", "kind": "drop_after_commit"},
                        {"target": "pay.order", "kind": "maintenance", "times": null}]);
    world.kakao.fault(faults).await;
    cloud_api::pay::worker::run_once(world.app()).await.unwrap();
    for _ in 0..12 {
        world.advance(Duration::from_secs(10 * 60)).await;
        assert_eq!(cloud_api::pay::reconciler::run_once(world.app()).await.unwrap(), 1);
        assert_eq!(world.attempts(&order).await, ["approve_unknown"]);
        assert_eq!(world.open_payment(&order).await.status, 303, "no second payment meanwhile");
    }
    world.kakao.heal().await;
    world.advance(Duration::from_secs(61)).await;
    cloud_api::pay::reconciler::run_once(world.app()).await.unwrap();
    assert_eq!(world.phase(&order).await, "placed");
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p22_a_payment_that_a_restored_database_forgot_is_seen() {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.pay(&order).await;
    world.wait_for_phase(&order, "placed").await;
    // The older copy knows neither the payment nor what the ledger says of it.
    let forgets = "alter table ledger_line disable trigger all; alter table ledger_entry disable trigger all; \
                   delete from ledger_line; delete from ledger_entry; delete from payment_attempt";
    sqlx::raw_sql(forgets).execute(&world.db).await.unwrap();
    let differences = world.money_differences().await;
    assert!(differences.iter().any(|text| text.contains("we say None")), "{differences:?}");
}
