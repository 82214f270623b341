//! Whether the money is where the books say, and how long that took.

use anyhow::ensure;
use cloud_api::clock::to_ms;
use cloud_api::db::attempts::AttemptState;
use cloud_api::db::refunds::RefundState;
use shared::order::{Phase, PhaseName};

use super::desk::World;
use crate::Facts;

/// No approval or refund is under way, and none is unknown.
pub fn nothing_unknown(world: &World) -> anyhow::Result<()> {
    let rows = world.database.rows();
    for row in rows.attempts.values() {
        let moving = matches!(
            row.attempt.state,
            AttemptState::ApproveRequested | AttemptState::ApproveSent | AttemptState::ApproveUnknown
        );
        ensure!(!moving, "{row:?}");
    }
    for row in rows.refunds.values() {
        ensure!(!row.is_open(), "the refund {} is {}", row.refund.refund_id, row.refund.state.as_str());
    }
    Ok(())
}

/// KakaoPay's ledger and the books say the same of every order.
pub fn money_agrees(world: &World) -> anyhow::Result<()> {
    let (rows, payments) = (world.database.rows(), world.kakao.payments());
    for (tid, payment) in payments.iter() {
        ensure!(payment.captures <= 1, "{tid} was captured {} times", payment.captures);
    }
    let reviewed = |order_id| {
        rows.attempts
            .values()
            .any(|row| row.attempt.order_id == order_id && row.attempt.state == AttemptState::NeedsReview)
    };
    for row in rows.orders.values() {
        let order = &row.order;
        let id = order.id.to_string();
        let kept: Vec<i64> = payments
            .values()
            .filter(|payment| payment.order_id == id)
            .map(|payment| payment.remaining)
            .filter(|left| *left > 0)
            .collect();
        ensure!(kept.len() <= 1, "{id} was paid {} times and not given back", kept.len());
        let total = order.details.total.get();
        let wanted = match order.phase.name() {
            PhaseName::PendingPayment | PhaseName::Cancelled | PhaseName::Rejected => 0,
            PhaseName::Reserved
            | PhaseName::Placed
            | PhaseName::Accepted
            | PhaseName::Cooking
            | PhaseName::Ready
            | PhaseName::HandedOver
            | PhaseName::Completed => total,
        };
        let kept: i64 = kept.iter().sum();
        ensure!(kept == wanted, "{id} is {:?}; KakaoPay keeps {kept} won of it", order.phase.name());
        ensure!(order.phase != Phase::PendingPayment || reviewed(order.id), "{id} waits for ever");
        let given_back: i64 = rows
            .refunds
            .values()
            .filter(|refund| refund.refund.order_id == order.id && refund.refund.state == RefundState::Done)
            .filter(|refund| {
                let attempt = &rows.attempts[&refund.refund.attempt_id].attempt;
                attempt.state == AttemptState::Approved
            })
            .map(|refund| refund.refund.amount)
            .sum();
        ensure!(
            order.refunded.get() == given_back,
            "{id} says that {} won went back, its refunds {given_back}",
            order.refunded.get()
        );
    }
    for row in rows.refunds.values() {
        let payment = &payments[&row.refund.tid];
        let gone = payment.amount.total - payment.remaining;
        ensure!(row.refund.state != RefundState::Done || gone > 0, "{} did not go back", row.refund.tid);
    }
    Ok(())
}

/// How long an outcome that KakaoPay knew was unknown to us, by what had gone wrong.
pub fn measure(world: &World, facts: &mut Facts) {
    let (rows, payments) = (world.database.rows(), world.kakao.payments());
    for row in rows.attempts.values() {
        let Some(payment) = row.attempt.tid.as_ref().and_then(|tid| payments.get(tid)) else { continue };
        let (Some(settled), Some(_)) = (row.settled, row.attempt.requested_at) else { continue };
        facts.count("payments: asked for");
        let fault = payment.fault.unwrap_or("nothing");
        facts.count(format!("payments: approve met {fault}"));
        facts.add("payments: captured", u64::from(payment.captures));
        match (payment.decided, payment.ended) {
            (Some(decided), Some(ended)) => {
                // Nobody can know it earlier than KakaoPay, and while the call is under way nothing is wrong yet.
                let known = decided.max(ended);
                let took = settled.saturating_duration_since(known);
                facts.took(format!("payments: unknown, {fault}"), took);
                if payment.fault.is_some() {
                    facts.took("payments: unknown, all faults", took);
                }
            }
            (Some(_) | None, Some(_) | None) => {
                let asked = row.attempt.requested_at.map_or(world.now(), to_ms);
                let began = world.now().ms_since(asked).unsigned_abs();
                let took = std::time::Duration::from_millis(began).saturating_sub(settled.elapsed());
                facts.took(format!("payments: never decided, {fault}"), took);
            }
        }
    }
    for row in rows.refunds.values() {
        if let Some(done) = row.done {
            facts.took("payments: refunds", done.duration_since(row.asked));
        }
        if row.refund.state == RefundState::NeedsReview {
            facts.count("payments: refunds for a person");
        }
    }
    for (source, _, why) in &rows.dead_letters {
        facts.count(format!("payments: dead letter of a {source}, {why}"));
    }
}
