//! Writing the ledger: each entry in the transaction that makes it true. The rules are [`shared::ledger`].

mod explain;
mod payout;

use shared::id::{AttemptId, OrderId, RefundId, StoreId};
use shared::ledger::{self, Source};
use shared::{TimeMs, Won};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::clock::to_utc;
use crate::db::ledger::{self as table, Credited, NewEntry, Stands};
use crate::db::refunds::ClaimedRefund;

pub use explain::explain;
pub use payout::payout_date;

/// KakaoPay took the money of an attempt, which says so already.
pub async fn captured(
    tx: &mut PgConnection,
    store_id: StoreId,
    attempt_id: AttemptId,
) -> Result<(), sqlx::Error> {
    let Some(payment) = table::captured_payment(tx, store_id, attempt_id).await? else { return Ok(()) };
    let entry = NewEntry {
        store_id,
        source: Source::Capture,
        source_id: attempt_id.0,
        order_id: payment.order_id,
        attempt_id,
        credited: None,
        aid: payment.aid.as_deref(),
        lines: &ledger::captured(won(payment.amount)?),
        at: payment.approved_at,
    };
    table::write(tx, &entry).await
}

/// A refund, as far as the ledger needs it.
#[derive(Debug, Clone, Copy)]
pub struct Refund {
    pub store_id: StoreId,
    pub refund_id: RefundId,
    pub order_id: OrderId,
    pub attempt_id: AttemptId,
    /// Won.
    pub amount: i64,
}

impl From<&ClaimedRefund> for Refund {
    fn from(refund: &ClaimedRefund) -> Self {
        Self {
            store_id: refund.store_id,
            refund_id: refund.refund_id,
            order_id: refund.order_id,
            attempt_id: refund.attempt_id,
            amount: refund.amount,
        }
    }
}

/// A refund was written down.
pub async fn refund_requested(tx: &mut PgConnection, refund: Refund, now: TimeMs) -> Result<(), sqlx::Error> {
    let stands = stands(tx, refund.store_id, refund.attempt_id).await?;
    let rate = match stands.fee_basis_points {
        Some(rate) => rate,
        None => table::rate(&mut *tx, refund.store_id).await?,
    };
    match ledger::refund_requested(stands.standing, won(refund.amount)?, rate.unsigned_abs()) {
        Ok(lines) => write_refund(tx, refund, Source::RefundRequested, None, &lines, now).await,
        Err(error) => {
            // The customer gets the money; a person finds the ledger's difference at the closing.
            tracing::error!(refund_id = %refund.refund_id, %error, "the ledger does not know the money that goes back");
            metrics::counter!("ledger_not_enough").increment(1);
            Ok(())
        }
    }
}

/// KakaoPay gave a refund back, as `aid`.
pub async fn refund_done(
    tx: &mut PgConnection,
    refund: Refund,
    aid: Option<&str>,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let lines = ledger::refund_done(won(refund.amount)?);
    write_refund(tx, refund, Source::RefundDone, aid, &lines, now).await
}

/// An order is completed: the store is credited what its payment keeps, less our fee.
pub async fn completed(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    at: TimeMs,
) -> Result<(), sqlx::Error> {
    // An order without a payment is one of a test.
    let Some((attempt_id, rate)) = table::paid_by(tx, store_id, order_id).await? else { return Ok(()) };
    let stands = stands(tx, store_id, attempt_id).await?;
    let entry = NewEntry {
        store_id,
        source: Source::Completed,
        source_id: order_id.0,
        order_id,
        attempt_id,
        credited: Some(Credited { fee_basis_points: rate, payout_date: payout_date(at) }),
        aid: None,
        lines: &ledger::completed(stands.standing, rate.unsigned_abs()),
        at: to_utc(at),
    };
    table::write(tx, &entry).await
}

/// Whether an order has a payment of its own.
pub async fn is_paid(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<bool, sqlx::Error> {
    Ok(table::paid_by(tx, store_id, order_id).await?.is_some())
}

/// Points moved, as the entry `id` of an order's points says; `source` is why.
pub async fn points(
    tx: &mut PgConnection,
    source: Source,
    (store_id, order_id): (StoreId, OrderId),
    id: Uuid,
    amount: Won,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let Some((attempt_id, rate)) = table::paid_by(tx, store_id, order_id).await? else {
        return Err(sqlx::Error::Protocol(format!(
            "points move for the order {order_id}, which was never paid"
        )));
    };
    let stands = stands(tx, store_id, attempt_id).await?;
    let rate = stands.fee_basis_points.unwrap_or(rate).unsigned_abs();
    let lines = match source {
        Source::PointsUsed => ledger::points_used(amount),
        Source::PointsEarned => ledger::points_earned(amount),
        Source::PointsReversed => ledger::points_reversed(amount),
        Source::PointsReturned => ledger::points_returned(stands.standing, amount, rate)
            .map_err(|error| sqlx::Error::Encode(error.into()))?,
        Source::Capture | Source::RefundRequested | Source::RefundDone | Source::Completed => Vec::new(),
    };
    let entry = NewEntry {
        store_id,
        source,
        source_id: id,
        order_id,
        attempt_id,
        credited: None,
        aid: None,
        lines: &lines,
        at: to_utc(now),
    };
    table::write(tx, &entry).await
}

/// How a payment stands. A payment that an older version of the program captured gets its entry now.
async fn stands(
    tx: &mut PgConnection,
    store_id: StoreId,
    attempt_id: AttemptId,
) -> Result<Stands, sqlx::Error> {
    let stands = table::standing(tx, store_id, attempt_id).await?;
    if stands.standing != ledger::Standing::default() {
        return Ok(stands);
    }
    captured(tx, store_id, attempt_id).await?;
    table::standing(tx, store_id, attempt_id).await
}

async fn write_refund(
    tx: &mut PgConnection,
    refund: Refund,
    source: Source,
    aid: Option<&str>,
    lines: &[ledger::Line],
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let entry = NewEntry {
        store_id: refund.store_id,
        source,
        source_id: refund.refund_id.0,
        order_id: refund.order_id,
        attempt_id: refund.attempt_id,
        credited: None,
        aid,
        lines,
        at: to_utc(now),
    };
    table::write(tx, &entry).await
}

fn won(amount: i64) -> Result<Won, sqlx::Error> {
    Won::new(amount).map_err(|error| sqlx::Error::Decode(error.into()))
}
