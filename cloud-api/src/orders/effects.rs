//! What else an event of an order writes: timers, refunds, messages, stock.

use shared::id::{CustomerId, DayId, StoreId};
use shared::order::{CancelReason, Order, OrderEvent, RejectReason};
use shared::{TimeMs, Won};
use sqlx::PgConnection;

use super::messages;
use crate::db;
use crate::db::timers::TimerKind;
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
            let kinds = (TimerKind::PaymentExpiry, TimerKind::AcceptDeadline);
            db::timers::pass_on(tx, store_id, id, kinds, *accept_by, now).await?;
        }
        OrderEvent::OrderAccepted { .. } => {
            db::timers::finish(tx, store_id, id, TimerKind::AcceptDeadline, now).await?;
        }
        OrderEvent::OrderHandedOver { at } => {
            let due = at.plus_minutes(COMPLETE_AFTER_MINUTES);
            db::timers::create(tx, store_id, id, TimerKind::Complete, due, now).await?;
        }
        OrderEvent::OrderCompleted { .. } => {
            db::timers::finish(tx, store_id, id, TimerKind::Complete, now).await?;
        }
        OrderEvent::OrderRejected { refund, reason, .. } => {
            work.refunds = end(tx, now, context, order, *refund, rejected_text(*reason)).await?;
        }
        OrderEvent::OrderCancelled { refund, reason, .. } => {
            work.refunds = end(tx, now, context, order, *refund, cancelled_text(*reason)).await?;
        }
        OrderEvent::CookingStarted { .. }
        | OrderEvent::OrderReady { .. }
        | OrderEvent::RefundCompleted { .. }
        | OrderEvent::ConflictRaised { .. } => {}
    }
    if let Some((template, variables)) = messages::message(context, order, event) {
        db::notifications::create(tx, context, order, template, &variables, now).await?;
        work.notifications = true;
    }
    Ok(work)
}

/// An order that ends early frees its timers and stock, and its money goes back.
async fn end(
    tx: &mut PgConnection,
    now: TimeMs,
    context: &OrderContext,
    order: &Order,
    refund: Won,
    reason: &str,
) -> Result<bool, sqlx::Error> {
    db::timers::finish_all(tx, context.store_id, order.id, now).await?;
    db::stock::release(tx, context.store_id, order.id).await?;
    if refund == Won::ZERO {
        return Ok(false);
    }
    db::refunds::create_for_order(tx, context.store_id, order.id, refund, reason, now).await
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
