//! What KakaoPay says when a day is closed: in the shape of real answers, too late, about another day, or against what a person decided.

use std::time::Duration;

use cloud_api::cli::{Settle, settle_refund, verify_day};
use serde_json::{Value, json};
use shared::id::{AttemptId, RefundId};
use shared::wire::{Blamed, CloseAnswer, Repair, Verdict};

use super::day::{LivedDay, begun, live, wake_batch};
use crate::pay::unknown::arrive;
use crate::world::{TestOrder, World};

async fn closes(day: &LivedDay) {
    let proof = day.proof(&day.cut().await).await;
    let report = day.check(Some(&proof)).await;
    assert!(report.holds(), "{report:?}");
    let answer = day.close(&proof).await;
    assert!(matches!(answer, CloseAnswer::Closed { .. }), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_refunds_closes_though_kakaopay_lists_no_amounts() {
    let mut day = begun(World::start().await).await;
    day.world.kakao.post("/control/config", &json!({"order_shape": "sparse"})).await;
    live(&mut day).await;
    closes(&day).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_a_close_finds_too_late_goes_back_at_once_and_the_day_closes() {
    let day = begun(World::start().await).await;
    let order = day.world.unpaid_order(&day.world.coffee, &[("ttok", &[], 1)]).await;
    let back = day.world.authenticate(&order).await;
    // The last look at a payment that was given up is a day away.
    sqlx::query(
        "update payment_attempt set state = 'abandoned', failure_code = 'too_late', next_check_at = $1",
    )
    .bind(day.world.clock.now() + Duration::from_secs(24 * 60 * 60))
    .execute(&day.world.db)
    .await
    .unwrap();
    day.begin_closing().await;
    day.settle().await;
    let proof = day.proof(&day.cut().await).await;
    arrive(&day.world, &order, &back).await;
    let report = day.check(Some(&proof)).await;
    assert_eq!((report.orders, report.money), (Verdict::Equal, Verdict::NotKnown), "{report:?}");
    let [late] = report.differences.as_slice() else { panic!("{report:?}") };
    assert_eq!((late.blamed, late.repair), (Blamed::Payments, Repair::CheckAgain));
    day.world.wait_for_refund(&order, "done").await;
    day.world.assert_money_agrees().await;
    closes(&day).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_paid_for_on_the_next_day_is_that_days_business() {
    let mut day = begun(World::start().await).await;
    let order = day.left().await;
    day.begin_closing().await;
    day.settle().await;
    closes(&day).await;
    day.store(json!({"kind": "day_open"})).await;
    let paid = day.world.pay(&order).await;
    assert_eq!(paid.status, 303, "{}", paid.body);
    day.world.wait_for_phase(&order, "placed").await;
    let (app, store_id) = (day.world.app(), day.world.coffee.store_id);
    assert_eq!(verify_day(app, store_id, day.day_id).await.unwrap(), []);
    let next = cloud_api::db::days::latest(&day.world.db, store_id).await.unwrap().unwrap();
    assert_ne!(next.day.id, day.day_id);
    day.day_id = next.day.id;
    day.work(&order, &["accept", "cooking", "ready", "handed_over"]).await;
    day.begin_closing().await;
    day.settle().await;
    closes(&day).await;
}

/// A refund that waits for a person. KakaoPay has done it or not, and says nothing of it.
async fn put_aside(day: &LivedDay, happened: bool) -> (TestOrder, AttemptId, RefundId) {
    let order = day.placed(1).await;
    let fault = if happened { "bank_unknown" } else { "decline" };
    day.world.kakao.fault(json!({"target": "pay.cancel", "kind": fault, "captured": happened})).await;
    day.world.kakao.fault(json!({"target": "pay.order", "kind": "error", "times": 50})).await;
    day.order(&order, json!({"kind": "reject", "reason": "sold_out"})).await;
    day.world.wait_for_refund(&order, "unknown").await;
    let (attempt, refund): (uuid::Uuid, uuid::Uuid) = sqlx::query_as(
        "update refund set state = 'needs_review', lease_until = null, next_try_at = null, fence = fence + 1
         where order_id = $1 returning attempt_id, refund_id",
    )
    .bind(order.order_id.0)
    .fetch_one(&day.world.db)
    .await
    .unwrap();
    (order, AttemptId(attempt), RefundId(refund))
}

/// What `POST …/check` says beside the report.
async fn by_hand(day: &LivedDay) -> Value {
    let path = format!("/v1/store/days/{}/check", day.day_id);
    let answer = day.counter.post(&path, &json!({})).await;
    serde_json::from_str::<Value>(&answer.body).unwrap()["settled_by_hand"].clone()
}

async fn forced(happened: bool) {
    let day = begun(World::start().await).await;
    let (order, attempt_id, refund) = put_aside(&day, happened).await;
    // Where it did not happen the store has given the money back by bank transfer, whatever KakaoPay says.
    if !happened {
        day.world.kakao.heal().await;
    }
    let store_id = order.store_id;
    let settle = Settle { store_id, attempt_id, by: "mina", reason: "by bank transfer", force: true };
    settle_refund(day.world.app(), &settle, refund, true).await.unwrap();
    day.world.kakao.heal().await;
    day.begin_closing().await;
    day.world.advance(super::day::SETTLED).await;
    day.cut().await;
    let named = by_hand(&day).await;
    if happened {
        assert!(named.is_null(), "KakaoPay says the same: {named}");
    } else {
        assert_eq!(named[0]["attempt_id"], json!(attempt_id), "{named}");
        let found = named[0]["found"].as_str().unwrap();
        assert!(found.contains("(5500, 0)") && found.contains("mina"), "{found}");
        // Nobody's word but a person's makes it equal.
        set_forced(&day, false).await;
        let report = day.check(None).await;
        assert_eq!((report.money, report.differences[0].blamed), (Verdict::Different, Blamed::Payments));
        set_forced(&day, true).await;
    }
    closes(&day).await;
    wake_batch(&day.world, Duration::from_secs(10 * 60 + 1)).await;
    day.world.until("the day is verified", async || is_verified(&day.world).await).await;
    assert_eq!(day.world.dead_letters("accounting").await, 0);
}

async fn set_forced(day: &LivedDay, forced: bool) {
    sqlx::query("update settlement set forced = $1").bind(forced).execute(&day.world.db).await.unwrap();
}

async fn is_verified(world: &World) -> bool {
    sqlx::query_scalar("select verified_at is not null from day_close").fetch_one(&world.db).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_a_person_settled_without_kakaopays_word_closes_when_kakaopay_did_it() {
    forced(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_a_person_settled_against_kakaopays_word_is_named_and_the_day_closes() {
    forced(false).await;
}
