//! Writing down that money was taken: the order is placed in the same transaction, or the money goes back.

use serde_json::json;
use shared::order::{Actor, CancelReason, OrderCommand, Phase};
use shared::{TimeMs, Won};

use super::desk::{Books, Desk};
use crate::db::attempts::{Attempt, AttemptState, Taken};
use crate::db::orders::LockedOrder;
use crate::orders::{Change, Template};
use crate::wake::Work;

/// What became of the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    /// The order is placed, or reserved.
    Placed,
    /// The order had ended, or could not be placed: it goes back.
    GoesBack,
    /// Somebody else has written it down.
    Already,
}

/// The money of an attempt whose approval we asked for. Placing takes the day's next number after the order's row and what the
/// order will change: order → counted items → points → day → cursor.
pub async fn capture(desk: &impl Desk, attempt: &Attempt, taken: &Taken) -> anyhow::Result<Booked> {
    let now = desk.now();
    let mut books = desk.begin().await?;
    let order = lock_order(&mut books, attempt).await?;
    if !books.taken(attempt, AttemptState::Approved, taken, None, now).await? {
        return Ok(Booked::Already);
    }
    let ticket = match order.order.phase {
        Phase::PendingPayment => books.next_ticket(attempt.store_id).await?,
        Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. }
        | Phase::Rejected { .. }
        | Phase::Cancelled { .. } => None,
    };
    let (booked, work) = match ticket {
        Some((_, number, call_name)) => {
            let place = match order.fires_at() {
                Some(fires_at) => OrderCommand::Reserve { number, call_name, fires_at },
                None => {
                    let accept_by = now.plus_minutes(order.accept_deadline_minutes);
                    OrderCommand::Place { number, call_name, accept_by }
                }
            };
            let made = books.transition(change(attempt, place)).await?;
            (Booked::Placed, made.work)
        }
        None => (Booked::GoesBack, give_back(&mut books, attempt, &order, "late_success", now).await?),
    };
    books.commit().await?;
    crate::failpoint::reach("pay.after_commit").await?;
    finish(desk, attempt, work);
    Ok(booked)
}

/// Money that was taken although we had given the attempt up. It goes back; the order never comes to life by it.
pub async fn late(desk: &impl Desk, attempt: &Attempt, taken: &Taken) -> anyhow::Result<Booked> {
    let now = desk.now();
    let mut books = desk.begin().await?;
    let order = lock_order(&mut books, attempt).await?;
    // An attempt whose money went back must not be approved any more.
    let abandon = attempt.state == AttemptState::ReadyOk;
    let state = if abandon { AttemptState::Abandoned } else { attempt.state };
    let written = books.taken(attempt, state, taken, Some("late_success"), now).await?;
    if !written {
        return Ok(Booked::Already);
    }
    tracing::error!(attempt_id = %attempt.attempt_id, "money was taken for a payment that had been given up; it goes back");
    let work = give_back(&mut books, attempt, &order, "late_success", now).await?;
    books.commit().await?;
    finish(desk, attempt, work);
    Ok(Booked::GoesBack)
}

/// Money was taken, but the answer does not fit what we asked for: a person looks at it, and everything goes back under KakaoPay's guard.
pub async fn quarantine(
    desk: &impl Desk,
    attempt: &Attempt,
    taken: &Taken,
    why: &'static str,
) -> anyhow::Result<Booked> {
    let now = desk.now();
    let mut books = desk.begin().await?;
    let order = lock_order(&mut books, attempt).await?;
    let written = books.taken(attempt, AttemptState::NeedsReview, taken, Some(why), now).await?;
    if !written {
        return Ok(Booked::Already);
    }
    let (store, id) = (attempt.store_id, attempt.attempt_id);
    books.dead_letter(store, "payment", id.0, why, now).await?;
    let mut work = Work { refunds: true, ..Work::default() };
    if order.order.phase == Phase::PendingPayment {
        let cancel = OrderCommand::Cancel { reason: CancelReason::PaymentFailed };
        work = work.and(books.transition(change(attempt, cancel)).await?.work);
    }
    books.refund(attempt, won(attempt.amount)?, why, now).await?;
    books.commit().await?;
    finish(desk, attempt, work);
    Ok(Booked::GoesBack)
}

/// Puts an attempt aside whose state nobody can explain. No money moves until a person has looked.
pub async fn review(desk: &impl Desk, attempt: &Attempt, why: &str) -> anyhow::Result<()> {
    let now = desk.now();
    let mut books = desk.begin().await?;
    lock_order(&mut books, attempt).await?;
    let written = books.ended(attempt, AttemptState::NeedsReview, why, None, now).await?;
    if written {
        let (store, id) = (attempt.store_id, attempt.attempt_id.0);
        books.dead_letter(store, "payment", id, why, now).await?;
        books.commit().await?;
        finish(desk, attempt, Work::default());
    }
    Ok(())
}

/// Asks no more about an attempt without money that KakaoPay never answers about. A person is told: money may be there.
pub async fn give_up(desk: &impl Desk, attempt: &Attempt, why: &str) -> anyhow::Result<()> {
    let now = desk.now();
    let mut books = desk.begin().await?;
    lock_order(&mut books, attempt).await?;
    if books.look_again(attempt, None, now).await? {
        let (store, id) = (attempt.store_id, attempt.attempt_id.0);
        books.dead_letter(store, "payment", id, why, now).await?;
        books.commit().await?;
    }
    Ok(())
}

/// Ends an attempt without money: its pieces are free again, and an unpaid order can be paid anew.
pub async fn end(
    desk: &impl Desk,
    attempt: &Attempt,
    state: AttemptState,
    why: &str,
    watch: Option<TimeMs>,
) -> anyhow::Result<bool> {
    let now = desk.now();
    let mut books = desk.begin().await?;
    let order = lock_order(&mut books, attempt).await?;
    let written = books.ended(attempt, state, why, watch, now).await?;
    if !written {
        return Ok(false);
    }
    let unpaid = order.order.phase == Phase::PendingPayment;
    if unpaid && !books.another_captures(attempt).await? {
        books.release_stock(attempt).await?;
    }
    books.commit().await?;
    finish(desk, attempt, Work::default());
    Ok(true)
}

async fn lock_order(books: &mut impl Books, attempt: &Attempt) -> anyhow::Result<LockedOrder> {
    let order = books.lock_order(attempt.store_id, attempt.order_id).await?;
    order.ok_or_else(|| anyhow::anyhow!("attempt {} has no order", attempt.attempt_id))
}

/// The whole attempt goes back, and the customer of an order that was never placed hears of it.
async fn give_back(
    books: &mut impl Books,
    attempt: &Attempt,
    locked: &LockedOrder,
    reason: &str,
    now: TimeMs,
) -> anyhow::Result<Work> {
    let amount = won(attempt.amount)?;
    books.refund(attempt, amount, reason, now).await?;
    let mut work = Work { refunds: true, ..Work::default() };
    let mut order = locked.order.clone();
    if order.phase == Phase::PendingPayment && attempt.state.is_in_flight() {
        // There is no business day any more to place it in.
        let cancel = OrderCommand::Cancel { reason: CancelReason::StoreTrouble };
        let made = books.transition(change(attempt, cancel)).await?;
        work = work.and(made.work);
        order = made.order;
    }
    if matches!(order.phase, Phase::Cancelled { .. }) && order.ticket.is_none() {
        let variables = json!({"매장명": locked.context.store_name, "주문번호": "접수되지 않음",
                               "사유": "주문이 끝난 뒤에 결제가 확인되었어요", "환불금액": amount.to_string()});
        books.notify(&locked.context, &order, Template::Cancelled, &variables, now).await?;
        work.notifications = true;
    }
    Ok(work)
}

fn change(attempt: &Attempt, command: OrderCommand) -> Change {
    Change {
        store_id: attempt.store_id,
        order_id: attempt.order_id,
        command,
        by: Actor::Payment,
        expected_version: None,
    }
}

fn won(amount: i64) -> anyhow::Result<Won> {
    Ok(Won::new(amount)?)
}

fn finish(desk: &impl Desk, attempt: &Attempt, work: Work) {
    desk.wake(work);
    desk.kakaopay().settle(attempt.order_id);
}
