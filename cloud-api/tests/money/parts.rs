//! Parts of the money go back while the order goes on.

use serde_json::{Value, json};
use shared::Code;
use shared::wire::{CommandAnswer, Outcome};

use crate::close::day::{LivedDay, begun};
use crate::store::orders::{command, send_one};
use crate::world::{TestOrder, World};

async fn part(day: &LivedDay, order: &TestOrder, amount: i64) -> CommandAnswer {
    let action = json!({"kind": "refund_part", "amount": amount, "reason": "sold_out"});
    send_one(&day.counter, &command(order.order_id, action)).await
}

async fn given_back(day: &LivedDay, order: &TestOrder) -> Vec<(i64, i64, i64, i64, String)> {
    sqlx::query_as(
        "select amount, tax_free, vat, expected_remaining, reason from refund where order_id = $1 order by created_at, refund_id",
    )
    .bind(order.order_id.0)
    .fetch_all(&day.world.db)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_than_was_captured_and_the_rest_at_the_end() {
    let day = begun(World::start().await).await;
    let order = day.placed(2).await;
    for (amount, code) in [(0, Code::RefundTooLarge), (11_001, Code::RefundTooLarge)] {
        let answer = part(&day, &order, amount).await;
        assert_eq!((answer.outcome, answer.code), (Outcome::Refused, Some(code)), "{amount}");
    }
    assert_eq!(part(&day, &order, 4_000).await.outcome, Outcome::Applied);
    // While the first is under way, its money cannot be given back again.
    assert_eq!(part(&day, &order, 7_001).await.code, Some(Code::RefundTooLarge));
    assert_eq!(part(&day, &order, 4_000).await.outcome, Outcome::Applied);
    day.order(&order, json!({"kind": "reject", "reason": "sold_out"})).await;
    day.world
        .until("all of it is back", async || {
            let refunds = day.world.refunds(&order).await;
            refunds.len() == 3 && refunds.iter().all(|refund| refund == "done")
        })
        .await;
    let back = given_back(&day, &order).await;
    let vat: i64 = back.iter().map(|refund| refund.2).sum();
    assert_eq!(vat, 1_000, "the parts sum up to the payment's VAT");
    let shown: Vec<(i64, i64)> = back.iter().map(|refund| (refund.0, refund.3)).collect();
    assert_eq!(shown, [(4_000, 11_000), (4_000, 7_000), (3_000, 3_000)]);
    // Each part has a reason of its own, so that none is taken for another.
    assert!(
        back[..2].iter().all(|refund| refund.4.starts_with("part_")) && back[0].4 != back[1].4,
        "{back:?}"
    );
    assert_eq!(back[2].4, "order_rejected");
    day.world
        .until("the order says so", async || {
            let refunded: i64 = sqlx::query_scalar("select refunded from orders where order_id = $1")
                .bind(order.order_id.0)
                .fetch_one(&day.world.db)
                .await
                .unwrap();
            refunded == 11_000
        })
        .await;
    day.world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_press_gives_back_once() {
    let day = begun(World::start().await).await;
    let order = day.placed(2).await;
    let press =
        command(order.order_id, json!({"kind": "refund_part", "amount": 2_000, "reason": "sold_out"}));
    assert_eq!(send_one(&day.counter, &press).await.outcome, Outcome::Applied);
    assert_eq!(send_one(&day.counter, &press).await.outcome, Outcome::AlreadyApplied);
    day.world.wait_for_refund(&order, "done").await;
    assert_eq!(given_back(&day, &order).await.len(), 1);
    day.world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_gives_back_a_part() {
    let day = begun(World::start().await).await;
    let order = day.placed(2).await;
    sqlx::query("update staff set role = 'staff'").execute(&day.world.db).await.unwrap();
    let answer = part(&day, &order, 1_000).await;
    assert_eq!((answer.outcome, answer.code), (Outcome::Refused, Some(Code::OwnerOnly)));
    assert_eq!(day.world.refunds(&order).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_gives_back_once() {
    let day = begun(World::start().await).await;
    let order = day.placed(2).await;
    day.world.kakao.fault(json!({"target": "pay.cancel", "kind": "drop_after_commit"})).await;
    assert_eq!(part(&day, &order, 1_234).await.outcome, Outcome::Applied);
    day.world.wait_for_refund(&order, "done").await;
    let ledger: Value = day.world.kakao.ledger().await;
    assert_eq!(ledger["totals"]["refunded"], 1_234);
    day.world.assert_money_agrees().await;
}
