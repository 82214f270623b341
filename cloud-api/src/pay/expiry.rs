//! An order that nobody paid ends. Called by the timers' worker.

use shared::id::{OrderId, StoreId};
use shared::order::{Actor, CancelReason, OrderCommand, Phase};

use crate::app::App;
use crate::db;
use crate::failpoint;
use crate::orders::{self, Change};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// The order has ended, now or before, or was paid.
    Done,
    /// Its money may be moving: ask again later.
    Later,
}

/// Ends an unpaid order, unless its money may be moving right now.
pub async fn expire(app: &App, store_id: StoreId, order_id: OrderId) -> anyhow::Result<Expiry> {
    let mut tx = app.db.begin().await?;
    let Some(locked) = db::orders::lock(&mut tx, store_id, order_id).await? else { return Ok(Expiry::Done) };
    if locked.order.phase != Phase::PendingPayment {
        return Ok(Expiry::Done);
    }
    if db::attempts::in_flight(&mut *tx, store_id, order_id).await? {
        return Ok(Expiry::Later);
    }
    let change = Change {
        store_id,
        order_id,
        command: OrderCommand::Cancel { reason: CancelReason::PaymentExpired },
        by: Actor::Timer,
        expected_version: None,
    };
    let made = orders::transition(&mut tx, &app.clock, change).await?;
    failpoint::reach("order.before_commit").await?;
    tx.commit().await?;
    failpoint::reach("order.after_commit").await?;
    app.wake.up(made.work);
    Ok(Expiry::Done)
}
