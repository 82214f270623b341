//! What else an event of an order writes: timers, refunds, messages, stock.

use shared::id::{CustomerId, DayId, StoreId};
use shared::order::{CancelReason, Order, OrderEvent, RejectReason};
use shared::{TimeMs, Won};
use sqlx::PgConnection;

use super::messages;
use crate::db;
use crate::db::timers::TimerKind;
use crate::ledger;
use crate::points;
use crate::timers::unanswered;
use crate::wake::Work;

/// After hand-over an order counts as completed by itself.
const COMPLETE_AFTER_MINUTES: u32 = 60;

/// What the effects need to know beside the order.
#[derive(Debug, Clone)]
pub struct OrderContext {
    pub store_id: StoreId,
    pub store_name: String,
    pub customer_id: CustomerId,
    /// The day that the order belongs to, once placed.
    pub day_id: Option<DayId>,
}

/// Writes the consequences of `event`, which made `order` what it is now.
pub(super) async fn write(
    tx: &mut PgConnection,
    now: TimeMs,
    context: &OrderContext,
    order: &Order,
    event: &OrderEvent,
) -> Result<Work, sqlx::Error> {
    let (store_id, id) = (context.store_id, order.id);
    let mut work = Work::default();
    match event {
        OrderEvent::OrderPlaced { accept_by, .. } => {
            let waits = [
                (TimerKind::AcceptDeadline, *accept_by),
                (TimerKind::Unanswered, unanswered::first_look(now)),
            ];
            db::timers::pass_on(tx, store_id, id, TimerKind::PaymentExpiry, &waits, now).await?;
            db::stock::sell(tx, store_id, id).await?;
        }
        OrderEvent::OrderReserved { fires_at, .. } => {
            let waits = [(TimerKind::Reservation, *fires_at)];
            db::timers::pass_on(tx, store_id, id, TimerKind::PaymentExpiry, &waits, now).await?;
            db::stock::sell(tx, store_id, id).await?;
        }
        OrderEvent::ReservationFired { accept_by, .. } => {
            let waits = [
                (TimerKind::AcceptDeadline, *accept_by),
                (TimerKind::Unanswered, unanswered::first_look(now)),
            ];
            db::timers::pass_on(tx, store_id, id, TimerKind::Reservation, &waits, now).await?;
        }
        OrderEvent::OrderAccepted { .. } => {
            db::timers::finish_all(tx, store_id, id, now).await?;
        }
        OrderEvent::OrderHandedOver { at } => {
            let due = at.plus_minutes(COMPLETE_AFTER_MINUTES);
            db::timers::create(tx, store_id, id, TimerKind::Complete, due, now).await?;
        }
        OrderEvent::OrderCompleted { at } => {
            db::timers::finish(tx, store_id, id, TimerKind::Complete, now).await?;
            ledger::completed(tx, store_id, id, *at).await?;
        }
        OrderEvent::OrderRejected { refund, .. } | OrderEvent::OrderCancelled { refund, .. } => {
            db::timers::finish_all(tx, store_id, id, now).await?;
            if order.ticket.is_some() {
                db::stock::put_back(tx, store_id, id).await?;
            } else {
                db::stock::release(tx, store_id, id).await?;
            }
            work.refunds = give_back(tx, now, context, order, event, *refund).await?;
        }
        OrderEvent::RefundPromised { amount, .. } => {
            work.refunds = give_back(tx, now, context, order, event, *amount).await?;
        }
        OrderEvent::CookingStarted { .. }
        | OrderEvent::OrderReady { .. }
        | OrderEvent::RefundCompleted { .. }
        | OrderEvent::ConflictRaised { .. }
        | OrderEvent::ConflictSettled { .. } => {}
    }
    points::write(tx, now, context, order, event).await?;
    if let Some((template, variables)) = messages::message(context, order, event) {
        db::notifications::create(tx, context, order, template, &variables, now).await?;
        work.notifications = true;
    }
    Ok(work)
}

/// Money of the order's payment goes back, under a reason of its own. `false` when there is none to give back.
async fn give_back(
    tx: &mut PgConnection,
    now: TimeMs,
    context: &OrderContext,
    order: &Order,
    event: &OrderEvent,
    amount: Won,
) -> Result<bool, sqlx::Error> {
    let Some(reason) = refund_reason(event, order.version).filter(|_| !amount.is_zero()) else {
        return Ok(false);
    };
    db::refunds::create_for_order(tx, context.store_id, order.id, amount, &reason, now).await
}

/// The reason of the refund that an event causes, which with the attempt makes the refund unique. `version` is the order's after it: a
/// store may give back a part for the same reason twice.
pub fn refund_reason(event: &OrderEvent, version: u32) -> Option<String> {
    match event {
        OrderEvent::OrderRejected { reason, .. } => Some(rejected_text(*reason).to_owned()),
        OrderEvent::OrderCancelled { reason, .. } => Some(cancelled_text(*reason).to_owned()),
        OrderEvent::RefundPromised { .. } => Some(format!("part_{version}")),
        OrderEvent::OrderPlaced { .. }
        | OrderEvent::OrderReserved { .. }
        | OrderEvent::ReservationFired { .. }
        | OrderEvent::OrderAccepted { .. }
        | OrderEvent::CookingStarted { .. }
        | OrderEvent::OrderReady { .. }
        | OrderEvent::OrderHandedOver { .. }
        | OrderEvent::OrderCompleted { .. }
        | OrderEvent::RefundCompleted { .. }
        | OrderEvent::ConflictRaised { .. }
        | OrderEvent::ConflictSettled { .. } => None,
    }
}

/// The reason's stable name, which with the attempt makes the refund unique.
fn rejected_text(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::SoldOut
        | RejectReason::TooBusy
        | RejectReason::ClosingSoon
        | RejectReason::RequestImpossible
        | RejectReason::EquipmentTrouble
        | RejectReason::CustomerAsked
        | RejectReason::DuplicateOrder
        | RejectReason::Other => "order_rejected",
    }
}

fn cancelled_text(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::NotAccepted => "order_not_accepted",
        CancelReason::CustomerChangedMind => "cancelled_by_customer",
        CancelReason::SoldOut | CancelReason::StoreTrouble | CancelReason::CustomerAsked => {
            "cancelled_by_store"
        }
        CancelReason::Operator => "cancelled_by_operator",
        CancelReason::PaymentExpired
        | CancelReason::PaymentFailed
        | CancelReason::Replaced
        | CancelReason::NotOrderable => "order_not_placed",
    }
}
