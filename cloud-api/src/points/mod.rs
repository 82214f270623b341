//! Points of customers: what each event of an order does to them, in the event's transaction. The rules are [`shared::points`]; the ledger
//! is told of everything that is owed or paid by it.

use shared::grade::{Grade, PERIOD_DAYS};
use shared::id::CustomerId;
use shared::ledger::Source;
use shared::order::{Order, OrderEvent};
use shared::{TimeMs, Won, points};
use sqlx::{PgConnection, PgExecutor};

use crate::db::points::{self as table, NewPoints, PointsKind};
use crate::failpoint;
use crate::ledger;
use crate::orders::OrderContext;

/// What `event`, which made `order` what it is now, does to the customer's points.
pub async fn write(
    tx: &mut PgConnection,
    now: TimeMs,
    context: &OrderContext,
    order: &Order,
    event: &OrderEvent,
) -> Result<(), sqlx::Error> {
    let total = order.details.total.get();
    let promised = order.refund_promised.get();
    match event {
        OrderEvent::OrderPlaced { .. } | OrderEvent::OrderReserved { .. } => {
            let used = order.details.points.get();
            move_some(tx, context, order, PointsKind::Used, used, now).await
        }
        OrderEvent::OrderRejected { .. } | OrderEvent::OrderCancelled { .. } => match order.ticket {
            None => {
                let held = order.details.points.get();
                move_some(tx, context, order, PointsKind::Released, held, now).await
            }
            Some(_) => give_back(tx, context, order, (promised, total), now).await,
        },
        OrderEvent::RefundPromised { amount, .. } => {
            give_back(tx, context, order, (promised - amount.get(), promised), now).await?;
            reverse(tx, context, order, now).await
        }
        OrderEvent::OrderCompleted { .. } => earn(tx, context, order, now).await,
        OrderEvent::OrderAccepted { .. }
        | OrderEvent::ReservationFired { .. }
        | OrderEvent::CookingStarted { .. }
        | OrderEvent::OrderReady { .. }
        | OrderEvent::OrderHandedOver { .. }
        | OrderEvent::RefundCompleted { .. }
        | OrderEvent::ConflictRaised { .. }
        | OrderEvent::ConflictSettled { .. } => Ok(()),
    }
}

/// Points come back in the share of the money that goes back, from `before` won of it to `after`.
async fn give_back(
    tx: &mut PgConnection,
    context: &OrderContext,
    order: &Order,
    (before, after): (i64, i64),
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let more = points::returned(&order.details, after) - points::returned(&order.details, before);
    move_some(tx, context, order, PointsKind::Returned, more, now).await
}

/// Earned once: by what KakaoPay took and the order keeps, at the rate of the customer's grade before it.
async fn earn(
    tx: &mut PgConnection,
    context: &OrderContext,
    order: &Order,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    // An order without a payment is one of a test.
    if !ledger::is_paid(tx, context.store_id, order.id).await? {
        return Ok(());
    }
    let permille = grade(&mut *tx, context.customer_id, now).await?.0.earn_permille();
    let amount = points::earned(order.refundable().get(), permille);
    let new = NewPoints { permille: Some(permille), ..entry(context, order, PointsKind::Earned, amount) };
    post(tx, &new, now).await
}

/// What a part that goes back after completion had earned is given up, as far as the customer still has it.
async fn reverse(
    tx: &mut PgConnection,
    context: &OrderContext,
    order: &Order,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let Some((had, permille)) = table::earned_by(tx, context.store_id, order.id).await? else {
        return Ok(());
    };
    let available = table::hold_account(tx, context.customer_id).await?;
    let amount = points::reversal(had, order.refundable().get(), permille, available);
    move_some(tx, context, order, PointsKind::Reversed, amount, now).await
}

/// A customer's grade at a moment, and the completed orders that made it.
pub async fn grade(
    db: impl PgExecutor<'_>,
    customer: CustomerId,
    now: TimeMs,
) -> Result<(Grade, i64), sqlx::Error> {
    let since = now.plus_ms(-PERIOD_DAYS * 24 * 60 * 60 * 1_000);
    let completed = table::completed_since(db, customer, since).await?;
    Ok((Grade::of(completed), completed))
}

async fn move_some(
    tx: &mut PgConnection,
    context: &OrderContext,
    order: &Order,
    kind: PointsKind,
    amount: i64,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    if amount == 0 {
        return Ok(());
    }
    post(tx, &entry(context, order, kind, amount), now).await
}

/// Writes a movement, and into the ledger what it means for what we owe.
async fn post(tx: &mut PgConnection, new: &NewPoints, now: TimeMs) -> Result<(), sqlx::Error> {
    failpoint::reach("points.before_entry").await?;
    let entry_id = table::write(tx, new, now).await?;
    failpoint::reach("points.after_entry").await?;
    let source = match new.kind {
        // They stay the customer's until the order is paid.
        PointsKind::Held | PointsKind::Released => return Ok(()),
        PointsKind::Used => Source::PointsUsed,
        PointsKind::Returned => Source::PointsReturned,
        PointsKind::Earned => Source::PointsEarned,
        PointsKind::Reversed => Source::PointsReversed,
    };
    let amount = Won::new(new.amount).map_err(|error| sqlx::Error::Encode(error.into()))?;
    ledger::points(tx, source, (new.store_id, new.order_id), entry_id, amount, now).await
}

fn entry(context: &OrderContext, order: &Order, kind: PointsKind, amount: i64) -> NewPoints {
    NewPoints {
        store_id: context.store_id,
        order_id: order.id,
        customer_id: context.customer_id,
        kind,
        order_version: order.version,
        amount,
        permille: None,
    }
}
