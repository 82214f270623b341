//! An order explains its money at every step.

use std::time::Duration;

use serde_json::json;
use shared::ledger::{Account, Source};
use shared::wire::OrderMoney;

use crate::close::day::{LivedDay, begun};
use crate::world::{TestOrder, World};

async fn money(day: &LivedDay, order: &TestOrder) -> OrderMoney {
    let answer = day.counter.get(&format!("/v1/store/orders/{}/money", order.order_id)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_payment_to_the_pay_out() {
    let day = begun(World::start().await).await;
    let order = day.placed(2).await;
    let paid = money(&day, &order).await;
    assert_eq!((paid.paid.get(), paid.payable.get(), paid.fee.get()), (11_000, 0, 0));
    assert_eq!((paid.points.get(), paid.payout_date, paid.entries.len()), (0, None, 1));

    day.work(&order, &["accept", "cooking", "ready", "handed_over"]).await;
    day.world.advance(Duration::from_secs(60 * 60 + 1)).await;
    day.world.wait_for_phase(&order, "completed").await;
    let earned = money(&day, &order).await;
    assert_eq!((earned.fee_basis_points, earned.fee.get(), earned.payable.get()), (330, 363, 10_637));
    assert!(earned.payout_date.is_some());

    day.order(&order, json!({"kind": "refund_part", "amount": 3_000, "reason": "customer_asked"})).await;
    let asked = money(&day, &order).await;
    assert_eq!((asked.refunded.get() + asked.refund_pending.get(), asked.fee.get()), (3_000, 264));
    day.world.wait_for_refund(&order, "done").await;
    let back = money(&day, &order).await;
    assert_eq!((back.refunded.get(), back.refund_pending.get()), (3_000, 0));
    assert_eq!((back.fee.get(), back.payable.get()), (264, 7_736));
    assert_eq!(back.payout_date, earned.payout_date);
    let sources: Vec<Source> = back.entries.iter().map(|entry| entry.source).collect();
    let order_of_causes = [
        Source::Capture,
        Source::Completed,
        Source::PointsEarned,
        Source::RefundRequested,
        Source::PointsReversed,
        Source::RefundDone,
    ];
    assert!(order_of_causes.iter().all(|source| sources.contains(source)), "{sources:?}");
    assert_eq!(sources.len(), order_of_causes.len());
    for entry in &back.entries {
        assert_eq!(entry.lines.iter().map(|line| line.amount).sum::<i64>(), 0);
    }
    day.world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_never_was_explains_where_its_money_went() {
    let day = begun(World::start().await).await;
    let order = day.placed(1).await;
    day.order(&order, json!({"kind": "reject", "reason": "sold_out"})).await;
    day.world.wait_for_refund(&order, "done").await;
    let money = money(&day, &order).await;
    assert_eq!(
        (money.paid.get(), money.refunded.get(), money.payable.get(), money.fee.get()),
        (5_500, 5_500, 0, 0)
    );
    let at_kakaopay: i64 = money
        .entries
        .iter()
        .flat_map(|e| &e.lines)
        .filter(|l| l.account == Account::Kakaopay)
        .map(|l| l.amount)
        .sum();
    assert_eq!(at_kakaopay, 0);
    let nobody = day.counter.get("/v1/store/orders/not-an-id/money").await;
    assert_eq!(nobody.status, 404);
}
