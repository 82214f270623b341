//! Taking the money: rows P8 to P11, P13 and P14.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{TestOrder, World};

#[tokio::test(flavor = "multi_thread")]
async fn p8_killed_before_a_byte_leaves() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let stop = world.stop_at("pay.approve_before_send");
    let browser = world.browse(&back);
    world.kill_at(stop).await;
    browser.await.unwrap();
    assert_eq!(world.attempts(&order).await, ["approve_sent"]);
    world.advance(Duration::from_secs(31)).await;
    world.wait_for_attempt(&order, "approve_unknown").await;
    assert_eq!(world.open_payment(&order).await.status, 303, "no second payment meanwhile");
    world.advance(Duration::from_secs(120)).await;
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_a_customer_who_waited_too_long_is_not_charged() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let stop = world.stop_at("pay.approve_before_send");
    let browser = world.browse(&back);
    world.kill_at(stop).await;
    browser.await.unwrap();
    world.advance(Duration::from_secs(6 * 60)).await;
    world.wait_for_attempt(&order, "abandoned").await;
    let page = world.order_page(&order).await;
    assert!(page.body.contains("결제된 금액은 없어요"), "{}", page.body);
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_the_answer_is_lost_after_the_money_was_taken() {
    found_out(json!({"target": "pay.approve", "kind": "drop_after_commit"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_a_server_error_after_the_money_was_taken() {
    found_out(json!({"target": "pay.approve", "kind": "internal", "captured": true})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_the_bank_is_unknown_and_the_money_was_taken() {
    found_out(json!({"target": "pay.approve", "kind": "bank_unknown", "captured": true})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_already_paid_means_look() {
    found_out(json!({"target": "pay.approve", "kind": "error", "code": -702, "captured": true})).await;
}

/// The money moved although the answer does not say so: an inquiry finds out before the browser is told.
async fn found_out(fault: Value) {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.kakao.fault(fault).await;
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    assert_eq!(world.attempts(&order).await, ["approved"]);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_nothing_was_taken_and_nothing_arrives() {
    let world = World::start_without_workers().await;
    let order = requested(&world, json!({"target": "pay.approve", "kind": "drop_before"})).await;
    assert_eq!(world.attempts(&order).await, ["approve_unknown"]);
    for (advance, state) in [(60, "approve_unknown"), (59, "approve_unknown"), (2, "approve_requested")] {
        world.advance(Duration::from_secs(advance)).await;
        cloud_api::pay::reconciler::run_once(world.app()).await.unwrap();
        assert_eq!(world.attempts(&order).await, [state], "after {advance} s more");
    }
    cloud_api::pay::worker::run_once(world.app()).await.unwrap();
    assert_eq!(world.phase(&order).await, "placed");
    world.assert_money_agrees().await;
}

/// An approval that met this fault, by a worker that was stepped.
async fn requested(world: &World, fault: Value) -> TestOrder {
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let browser = world.browse(&back);
    world.wait_for_attempt(&order, "approve_requested").await;
    world.kakao.fault(fault).await;
    cloud_api::pay::worker::run_once(world.app()).await.unwrap();
    browser.abort();
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_money_that_is_taken_after_we_gave_up_asking_at_first() {
    let world = World::start_without_workers().await;
    let order = requested(&world, json!({"target": "pay.approve", "kind": "bank_unknown"})).await;
    world.advance(Duration::from_secs(121)).await;
    cloud_api::pay::reconciler::run_once(world.app()).await.unwrap();
    assert_eq!(world.attempts(&order).await, ["abandoned"], "a silent bank is never pressed");
    assert_eq!(world.phase(&order).await, "pending_payment");
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p10_killed_with_the_money_before_the_commit() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let stop = world.stop_at("pay.after_approve_before_commit");
    let browser = world.browse(&back);
    world.kill_at(stop).await;
    browser.await.unwrap();
    assert_eq!(world.kakao.ledger().await["totals"]["captures"], 1);
    assert_eq!(world.phase(&order).await, "pending_payment");
    world.advance(Duration::from_secs(31)).await;
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p10_killed_while_approve_is_on_its_way() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "delay", "delay_ms": 300})).await;
    let browser = world.browse(&back);
    world
        .until("approve is at KakaoPay", async || {
            world.kakao.get("/control/faults").await["faults"].as_array().is_some_and(Vec::is_empty)
        })
        .await;
    world.kill_api().await;
    browser.await.unwrap();
    world
        .until("KakaoPay took the money", async || world.kakao.ledger().await["totals"]["captures"] == 1)
        .await;
    world.restart_api().await;
    world.advance(Duration::from_secs(31)).await;
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_a_paused_worker_comes_back_too_late_to_write() {
    let world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "delay", "delay_ms": 1_500})).await;
    let browser = world.browse(&back);
    world.wait_for_attempt(&order, "approve_sent").await;
    // Its lease runs out while it waits: somebody else looks, and what it brings back later is not written a second time.
    world.clock.advance(Duration::from_secs(31));
    world.wait_for_attempt(&order, "approve_unknown").await;
    browser.await.unwrap();
    world.clock.advance(Duration::from_secs(61));
    world.wait_for_phase(&order, "placed").await;
    let placed: i64 = sqlx::query_scalar("select count(*) from store_event where kind = 'order_placed'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(placed, 1);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_every_definite_no_leaves_the_order_payable() {
    let world = World::start().await;
    for code in [-701, -703, -704, -705, -706, -707, -708, -721, -722, -723, -724, -725, -726, -761, -797] {
        let order = world.unpaid_order(&world.coffee, &[("croissant", &["warm:y"], 1)]).await;
        world.kakao.fault(json!({"target": "pay.approve", "kind": "error", "code": code})).await;
        assert_eq!(world.pay(&order).await.status, 303, "{code}");
        assert_eq!(world.attempts(&order).await, ["failed"], "{code}");
        assert_eq!(world.phase(&order).await, "pending_payment", "{code}");
        assert!(world.order_page(&order).await.body.contains("결제된 금액은 없어요"), "{code}");
    }
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_a_refusing_card_ends_the_attempt() {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "decline"})).await;
    assert_eq!(world.pay(&order).await.status, 303);
    assert_eq!(world.attempts(&order).await, ["failed"]);
    let left: i32 = sqlx::query_scalar("select remaining - held from item_stock where item_key = 'ttok'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(left, 10, "its pieces are free again");
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_a_locked_customer_is_tried_again_soon() {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "user_locked"})).await;
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_a_code_that_nobody_knows_is_unknown() {
    let world = World::start_without_workers().await;
    let order = requested(&world, json!({"target": "pay.approve", "kind": "error", "code": -98_765})).await;
    assert_eq!(world.attempts(&order).await, ["approve_unknown"]);
    assert_eq!(world.open_payment(&order).await.status, 303, "no second payment meanwhile");
    let later = cloud_api::pay::expiry::expire(world.app(), order.store_id, order.order_id).await.unwrap();
    assert_eq!(later, cloud_api::pay::expiry::Expiry::Later, "nor does the order end");
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_an_answer_about_another_sum_is_put_aside_and_given_back() {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "tamper_amount"})).await;
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_refund(&order, "done").await;
    assert_eq!(world.attempts(&order).await, ["needs_review"]);
    assert_eq!(world.phase(&order).await, "cancelled");
    assert_eq!(world.dead_letters("payment").await, 1);
    let page = world.order_page(&order).await;
    assert!(page.body.contains("11,000원을 모두 환불했어요"), "{}", page.body);
    world.assert_money_agrees().await;
}
