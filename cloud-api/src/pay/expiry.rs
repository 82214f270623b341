//! An order that nobody paid ends. Called by the timers' worker.

use shared::id::{OrderId, StoreId};
use shared::order::{Actor, CancelReason, OrderCommand, Phase};

use super::desk::{Books, Desk};
use crate::failpoint;
use crate::orders::Change;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// The order has ended, now or before, or was paid.
    Done,
    /// Its money may be moving: ask again later.
    Later,
}

/// Ends an unpaid order, unless its money may be moving right now.
pub async fn expire(desk: &impl Desk, store_id: StoreId, order_id: OrderId) -> anyhow::Result<Expiry> {
    let mut books = desk.begin().await?;
    let Some(locked) = books.lock_order(store_id, order_id).await? else { return Ok(Expiry::Done) };
    if locked.order.phase != Phase::PendingPayment {
        return Ok(Expiry::Done);
    }
    if books.in_flight(store_id, order_id).await? {
        return Ok(Expiry::Later);
    }
    let change = Change {
        store_id,
        order_id,
        command: OrderCommand::Cancel { reason: CancelReason::PaymentExpired },
        by: Actor::Timer,
        expected_version: None,
    };
    let made = books.transition(change).await?;
    failpoint::reach("order.before_commit").await?;
    books.commit().await?;
    failpoint::reach("order.after_commit").await?;
    desk.wake(made.work);
    Ok(Expiry::Done)
}
