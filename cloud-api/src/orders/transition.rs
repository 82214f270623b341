//! Locks an order, lets the domain decide, and writes every consequence in the same transaction.

use shared::id::{OrderId, StoreId};
use shared::log::{LogBody, Position, Subject};
use shared::order::{Actor, Context, Order, OrderCommand, OrderEvent, Refusal, decide};
use sqlx::{PgConnection, PgPool};

use super::effects;
use crate::clock::Clock;
use crate::db;
use crate::db::orders::LockedOrder;
use crate::failpoint;
use crate::log::append;
use crate::wake::{Wake, Work};

/// Something that somebody wants to happen to one order.
#[derive(Debug, Clone)]
pub struct Change {
    pub store_id: StoreId,
    pub order_id: OrderId,
    pub command: OrderCommand,
    pub by: Actor,
    /// The version it was decided on; another one refuses it.
    pub expected_version: Option<u32>,
}

/// What came of a change.
#[derive(Debug, Clone)]
pub struct Made {
    /// The order after it.
    pub order: Order,
    /// Empty when it was so already.
    pub events: Vec<OrderEvent>,
    /// The end of the store log after it; absent when nothing was appended.
    pub position: Option<Position>,
    /// Whom to wake after the commit.
    pub work: Work,
}

/// Why a change was not made; the transaction holds nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum TransitionError {
    #[error("there is no such order")]
    NotFound,
    #[error("the order is at another version")]
    Changed { current: u32 },
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("the store has no running business day")]
    NoBusinessDay,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Makes a change in a transaction of its own and wakes whoever has work from it.
pub async fn run(db: &PgPool, clock: &Clock, wake: &Wake, change: Change) -> Result<Made, TransitionError> {
    let made = db::in_time(async {
        let mut tx = db.begin().await?;
        let made = transition(&mut tx, clock, change).await?;
        failpoint::reach("order.before_commit").await?;
        tx.commit().await?;
        Ok::<_, TransitionError>(made)
    });
    let made = made.await?;
    failpoint::reach("order.after_commit").await?;
    wake.up(made.work);
    Ok(made)
}

/// Makes a change inside the caller's transaction. The caller commits, then calls `wake.up(made.work)`.
///
/// Lock order is order → counted items → points → store → business day → cursor; the cursor comes last and nothing here waits on a network
/// other than Postgres.
pub async fn transition(
    tx: &mut PgConnection,
    clock: &Clock,
    change: Change,
) -> Result<Made, TransitionError> {
    let locked = db::orders::lock(tx, change.store_id, change.order_id).await?;
    transition_locked(tx, clock, change, locked.ok_or(TransitionError::NotFound)?).await
}

/// The same for an order that this transaction has locked and not changed since: `locked` is what it is.
pub async fn transition_locked(
    tx: &mut PgConnection,
    clock: &Clock,
    change: Change,
    locked: LockedOrder,
) -> Result<Made, TransitionError> {
    let Change { store_id, order_id: _, command, by, expected_version } = change;
    let now = clock.now_ms();
    let default_prep_minutes = locked.promised_minutes(now);
    let mut order = locked.order;
    if expected_version.is_some_and(|expected| !order.is_as_seen(expected)) {
        return Err(TransitionError::Changed { current: order.version });
    }
    let context = Context { now, by, default_prep_minutes };
    let events = decide(&order, &command, &context)?;
    let mut made = Made { order: order.clone(), events: Vec::new(), position: None, work: Work::default() };
    for event in events {
        order.evolve(&event);
        made.work = made.work.and(effects::write(tx, now, &locked.context, &order, &event).await?);
        made.events.push(event);
    }
    if made.events.is_empty() {
        return Ok(made);
    }
    let day_id = db::days::running_or_last(tx, store_id, locked.context.day_id).await?;
    db::orders::update(tx, store_id, &order, day_id, now).await?;
    if order.ticket.is_some() {
        let day_id = day_id.ok_or(TransitionError::NoBusinessDay)?;
        let bodies = log_bodies(&order, &made.events, day_id, by, now);
        made.position = Some(append::append(tx, store_id, &bodies, now).await?);
        made.work.relay = true;
    }
    made.order = order;
    Ok(made)
}

/// An order that was never placed is no business of the store: only placed orders are in its log.
fn log_bodies(
    order: &Order,
    events: &[OrderEvent],
    day_id: shared::id::DayId,
    by: Actor,
    now: shared::TimeMs,
) -> Vec<LogBody> {
    let first = order.version + 1 - u32::try_from(events.len()).expect("a command makes at most five events");
    let body = |(version, event): (u32, &OrderEvent)| LogBody {
        v: shared::log::BODY_VERSION,
        at: now,
        day_id,
        by,
        subject: Subject::Order { order_id: order.id, order_version: version, event: event.clone() },
    };
    (first..).zip(events).map(body).collect()
}
