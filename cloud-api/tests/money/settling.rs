//! `cloud-api payments settle`: a person decides, after KakaoPay was asked.

use std::time::Duration;

use cloud_api::cli::{Settle, settle_attempt, settle_refund};
use serde_json::json;
use shared::id::{AttemptId, RefundId};

use crate::close::day::begun;
use crate::world::{TestOrder, World};

/// A payment whose outcome nobody could explain: KakaoPay knew nothing of it, and now it does.
async fn put_aside(captured: bool) -> (World, TestOrder, AttemptId) {
    let world = World::start().await;
    let order = world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await;
    world.open_payment(&order).await;
    let tid = world.tid(&order).await;
    if captured {
        let body = json!({"tid": tid, "field": "status", "to": "SUCCESS_PAYMENT"});
        world.kakao.post("/control/damage", &body).await;
    }
    let attempt: uuid::Uuid = sqlx::query_scalar(
        "update payment_attempt set state = 'needs_review', next_check_at = null where order_id = $1 returning attempt_id",
    )
    .bind(order.order_id.0)
    .fetch_one(&world.db)
    .await
    .unwrap();
    sqlx::query(
        "insert into dead_letter values (gen_random_uuid(), $1, 'payment', $2, 'strange_status', now())",
    )
    .bind(order.store_id.0)
    .bind(attempt)
    .execute(&world.db)
    .await
    .unwrap();
    (world, order, AttemptId(attempt))
}

fn decision<'a>(order: &TestOrder, attempt_id: AttemptId, force: bool) -> Settle<'a> {
    Settle { store_id: order.store_id, attempt_id, by: "mina", reason: "seen in the partner admin", force }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_was_taken_goes_back() {
    let (world, order, attempt) = put_aside(true).await;
    let wrong = settle_attempt(world.app(), &decision(&order, attempt, false), false).await.unwrap_err();
    assert!(wrong.to_string().contains("the opposite"), "{wrong}");
    let settled = settle_attempt(world.app(), &decision(&order, attempt, false), true).await.unwrap();
    assert_eq!(settled.kakaopay, Some((5_500, 0)));
    world.wait_for_refund(&order, "done").await;
    assert_eq!(
        (world.phase(&order).await.as_str(), world.attempts(&order).await[0].as_str()),
        ("cancelled", "abandoned")
    );
    world.assert_money_agrees().await;
    let kept: (String, String, bool, Option<i64>) =
        sqlx::query_as("select settled_by, reason, forced, captured from settlement")
            .fetch_one(&world.db)
            .await
            .unwrap();
    assert_eq!(kept, ("mina".to_owned(), "seen in the partner admin".to_owned(), false, Some(5_500)));
    let open: i64 = sqlx::query_scalar("select count(*) from dead_letter where settled_at is null")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(open, 0);
    let again = settle_attempt(world.app(), &decision(&order, attempt, false), true).await.unwrap_err();
    assert!(again.to_string().contains("does not wait"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_without_money_ends_and_the_order_can_be_paid_anew() {
    let (world, order, attempt) = put_aside(false).await;
    let wrong = settle_attempt(world.app(), &decision(&order, attempt, false), true).await.unwrap_err();
    assert!(wrong.to_string().contains("the opposite"), "{wrong}");
    settle_attempt(world.app(), &decision(&order, attempt, false), false).await.unwrap();
    assert_eq!(world.attempts(&order).await, ["failed"]);
    let paid = world.pay(&order).await;
    assert_eq!(paid.status, 303, "{}", paid.body);
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_settled_as_not_taken_frees_its_pieces_and_is_watched() {
    let (world, order, attempt) = put_aside(false).await;
    let mut tx = world.db.begin().await.unwrap();
    assert!(cloud_api::db::stock::reserve(&mut tx, order.store_id, order.order_id).await.unwrap());
    tx.commit().await.unwrap();
    settle_attempt(world.app(), &decision(&order, attempt, false), false).await.unwrap();
    let held: i32 =
        sqlx::query_scalar("select held from item_stock where store_id = $1 and item_key = 'ttok'")
            .bind(order.store_id.0)
            .fetch_one(&world.db)
            .await
            .unwrap();
    assert_eq!(held, 0);
    // What KakaoPay took all the same goes back.
    let body = json!({"tid": world.tid(&order).await, "field": "status", "to": "SUCCESS_PAYMENT"});
    world.kakao.post("/control/damage", &body).await;
    world.advance(Duration::from_secs(16 * 60)).await;
    world.wait_for_refund(&order, "done").await;
    assert_eq!(world.attempts(&order).await, ["failed"]);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_kakaopays_word_only_by_force() {
    let (world, order, attempt) = put_aside(false).await;
    world.kakao.fault(json!({"target": "pay.order", "kind": "error", "times": 10})).await;
    let silent = settle_attempt(world.app(), &decision(&order, attempt, false), false).await.unwrap_err();
    assert!(silent.to_string().contains("does not say"), "{silent}");
    settle_attempt(world.app(), &decision(&order, attempt, true), false).await.unwrap();
    let forced: bool =
        sqlx::query_scalar("select forced from settlement").fetch_one(&world.db).await.unwrap();
    assert!(forced);
    let reason = Settle { reason: " ", ..decision(&order, attempt, true) };
    assert!(settle_attempt(world.app(), &reason, false).await.unwrap_err().to_string().contains("--reason"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_done_or_sent_once_more() {
    for happened in [true, false] {
        let day = begun(World::start().await).await;
        let order = day.placed(1).await;
        let fault = if happened { "bank_unknown" } else { "decline" };
        day.world.kakao.fault(json!({"target": "pay.cancel", "kind": fault, "captured": happened})).await;
        day.world.kakao.fault(json!({"target": "pay.order", "kind": "error", "times": 50})).await;
        day.order(&order, json!({"kind": "reject", "reason": "sold_out"})).await;
        day.world.wait_for_refund(&order, "unknown").await;
        day.world.advance(Duration::from_secs(25 * 60 * 60)).await;
        day.world.wait_for_refund(&order, "needs_review").await;
        day.world.kakao.heal().await;
        let (attempt, refund): (uuid::Uuid, uuid::Uuid) =
            sqlx::query_as("select attempt_id, refund_id from refund where order_id = $1")
                .bind(order.order_id.0)
                .fetch_one(&day.world.db)
                .await
                .unwrap();
        let (attempt, refund) = (AttemptId(attempt), RefundId(refund));
        let settle = decision(&order, attempt, false);
        let wrong = settle_refund(day.world.app(), &settle, refund, !happened).await.unwrap_err();
        assert!(wrong.to_string().contains("the opposite"), "{wrong}");
        settle_refund(day.world.app(), &settle, refund, happened).await.unwrap();
        day.world.wait_for_refund(&order, "done").await;
        day.world
            .until("the order says so", async || {
                let refunded: i64 = sqlx::query_scalar("select refunded from orders where order_id = $1")
                    .bind(order.order_id.0)
                    .fetch_one(&day.world.db)
                    .await
                    .unwrap();
                refunded == 5_500
            })
            .await;
        day.world.assert_money_agrees().await;
    }
}
