//! What stands in the way of a closing, and that it goes away.

use std::time::Duration;

use serde_json::json;
use shared::wire::{BlockerAction, BlockerCode, CloseAnswer};

use super::day::{LivedDay, SETTLED, begun};
use crate::world::World;

fn codes(blockers: &[shared::wire::Blocker]) -> Vec<BlockerCode> {
    blockers.iter().map(|blocker| blocker.code).collect()
}

async fn closing() -> LivedDay {
    let day = begun(World::start().await).await;
    day.begin_closing().await;
    day
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_takes_orders_is_not_cut() {
    let day = begun(World::start().await).await;
    assert_eq!(codes(&day.try_cut().await.blockers), [BlockerCode::NotClosing]);
    assert_eq!(codes(&day.status().await.blockers), [BlockerCode::NotClosing]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_order_is_finished_first() {
    let day = begun(World::start().await).await;
    let order = day.placed(1).await;
    let handed = day.placed(1).await;
    day.work(&handed, &["accept", "cooking", "ready", "handed_over"]).await;
    day.begin_closing().await;
    day.world.advance(SETTLED).await;
    let answer = day.try_cut().await;
    assert_eq!(codes(&answer.blockers), [BlockerCode::OpenOrder]);
    assert_eq!((&answer.blockers[0].orders, answer.blockers[0].count), (&vec![order.order_id], 1));
    assert_eq!(day.world.phase(&handed).await, "completed", "what was handed over is not waited for");
    day.order(&order, json!({"kind": "reject", "reason": "closing_soon"})).await;
    day.world.wait_for_refund(&order, "done").await;
    day.cut().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_at_kakaopay_is_waited_for_and_honoured() {
    let day = begun(World::start().await).await;
    let order = day.world.unpaid_order(&day.world.coffee, &[("ttok", &[], 1)]).await;
    let back = day.world.authenticate(&order).await;
    day.begin_closing().await;
    day.world.advance(SETTLED).await;
    let answer = day.try_cut().await;
    assert_eq!(codes(&answer.blockers), [BlockerCode::ClosingTooFresh]);
    assert!(answer.blockers[0].until.is_some_and(|until| until > day.world.clock.now_ms()));
    day.world.get(&back).await;
    day.world.wait_for_phase(&order, "placed").await;
    assert_eq!(codes(&day.try_cut().await.blockers), [BlockerCode::OpenOrder]);
    day.work(&order, &["accept", "handed_over"]).await;
    day.cut().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_never_comes_back_is_waited_for_no_longer_than_a_payment_lives() {
    let day = begun(World::start().await).await;
    let order = day.world.unpaid_order(&day.world.coffee, &[("ttok", &[], 1)]).await;
    day.world.open_payment(&order).await;
    day.begin_closing().await;
    day.world.advance(Duration::from_secs(14 * 60)).await;
    assert_eq!(codes(&day.try_cut().await.blockers), [BlockerCode::ClosingTooFresh]);
    day.world.advance(Duration::from_secs(2 * 60)).await;
    day.cut().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_under_way_and_one_that_nobody_knows_are_waited_for() {
    let day = begun(World::start().await).await;
    let order = day.world.unpaid_order(&day.world.coffee, &[("ttok", &[], 1)]).await;
    day.world.kakao.fault(json!({"target": "pay.approve", "kind": "drop_after_commit"})).await;
    day.world.kakao.fault(json!({"target": "pay.order", "kind": "error", "times": 100})).await;
    let back = day.world.authenticate(&order).await;
    let browser = day.world.browse(&back);
    day.world.wait_for_attempt(&order, "approve_unknown").await;
    day.begin_closing().await;
    day.world.advance(SETTLED).await;
    let answer = day.try_cut().await;
    assert_eq!(codes(&answer.blockers), [BlockerCode::PaymentUnknown]);
    assert_eq!(answer.blockers[0].action, BlockerAction::Wait);
    day.world.kakao.heal().await;
    day.world.advance(Duration::from_secs(61)).await;
    day.world.wait_for_phase(&order, "placed").await;
    day.order(&order, json!({"kind": "reject", "reason": "closing_soon"})).await;
    day.world.wait_for_refund(&order, "done").await;
    let _ = browser.await;
    day.cut().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_on_its_way_is_waited_for() {
    let day = begun(World::start().await).await;
    let order = day.placed(1).await;
    day.world.kakao.fault(json!({"target": "pay.cancel", "kind": "decline"})).await;
    day.order(&order, json!({"kind": "reject", "reason": "sold_out"})).await;
    day.world.wait_for_refund(&order, "unknown").await;
    day.begin_closing().await;
    day.world.advance(SETTLED).await;
    assert_eq!(codes(&day.try_cut().await.blockers), [BlockerCode::RefundPending]);
    day.world.advance(Duration::from_secs(61)).await;
    day.world.wait_for_refund(&order, "done").await;
    day.cut().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_person_is_said_to_one() {
    let day = closing().await;
    let order = day.world.unpaid_order(&day.world.coffee, &[("ttok", &[], 1)]).await;
    sqlx::query(
        "insert into payment_attempt (store_id, attempt_id, order_id, state, amount, tax_free, vat, ready_at, expires_at, created_at, updated_at)
         values ($1, gen_random_uuid(), $2, 'needs_review', 5500, 0, 500, now(), now(), now(), now())",
    )
    .bind(order.store_id.0)
    .bind(order.order_id.0)
    .execute(&day.world.db)
    .await
    .unwrap();
    day.world.advance(SETTLED).await;
    let answer = day.try_cut().await;
    assert_eq!(codes(&answer.blockers), [BlockerCode::PaymentNeedsReview]);
    assert_eq!(answer.blockers[0].action, BlockerAction::AskOperator);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_moves_after_the_cut_makes_another_cut_necessary() {
    let day = begun(World::start().await).await;
    let order = day.placed(2).await;
    day.work(&order, &["accept", "cooking", "ready", "handed_over"]).await;
    day.begin_closing().await;
    day.world.advance(SETTLED).await;
    let cut = day.cut().await;
    let proof = day.proof(&cut).await;
    day.order(&order, json!({"kind": "refund_part", "amount": 1_000, "reason": "customer_asked"})).await;
    day.world.wait_for_refund(&order, "done").await;
    day.world
        .until("the order says so", async || {
            let refunded: i64 = sqlx::query_scalar("select refunded from orders where order_id = $1")
                .bind(order.order_id.0)
                .fetch_one(&day.world.db)
                .await
                .unwrap();
            refunded == 1_000
        })
        .await;
    let CloseAnswer::NotYet { blockers } = day.close(&proof).await else { panic!("closed at an old cut") };
    assert_eq!(codes(&blockers), [BlockerCode::NotCut]);
    let again = day.cut().await;
    assert!(again.upto.seq > cut.upto.seq);
    let proof = day.proof(&again).await;
    assert!(matches!(day.close(&proof).await, CloseAnswer::Closed { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_that_go_on_after_the_cut_are_not_closed() {
    let day = closing().await;
    day.world.advance(SETTLED).await;
    let proof = day.proof(&day.cut().await).await;
    day.store(json!({"kind": "closing_resume"})).await;
    let CloseAnswer::NotYet { blockers } = day.close(&proof).await else { panic!("closed an open store") };
    assert_eq!(codes(&blockers)[0], BlockerCode::NotClosing);
    day.begin_closing().await;
    day.world.advance(SETTLED).await;
    let CloseAnswer::NotYet { blockers } = day.close(&proof).await else { panic!("closed at an old cut") };
    assert_eq!(codes(&blockers), [BlockerCode::NotCut]);
    let proof = day.proof(&day.cut().await).await;
    assert!(matches!(day.close(&proof).await, CloseAnswer::Closed { .. }));
}
