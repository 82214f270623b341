//! Timers: every order that waits for someone has one, made in the transaction that made it wait.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::{OrderId, StoreId, TimerId};
use sqlx::{PgConnection, PgPool};

use super::dead_letters;
use crate::clock::{to_ms, to_utc};

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// An unpaid order ends.
    PaymentExpiry,
    /// A placed order that nobody accepted is cancelled and refunded.
    AcceptDeadline,
    /// A placed order that nobody has answered yet: the customer is told, then the owner is called.
    Unanswered,
    /// The time of a reservation has come.
    Reservation,
    /// A handed-over order counts as completed.
    Complete,
}

impl TimerKind {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaymentExpiry => "payment_expiry",
            Self::AcceptDeadline => "accept_deadline",
            Self::Unanswered => "unanswered",
            Self::Reservation => "reservation",
            Self::Complete => "complete",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::PaymentExpiry, Self::AcceptDeadline, Self::Unanswered, Self::Reservation, Self::Complete]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// A timer that is due.
#[derive(Debug, Clone)]
pub struct DueTimer {
    pub store_id: StoreId,
    pub timer_id: TimerId,
    pub kind: TimerKind,
    pub order_id: OrderId,
    pub due_at: TimeMs,
}

/// Sets a timer; a second one of the same kind for the same order takes the place of the first.
pub async fn create(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    kind: TimerKind,
    due: TimeMs,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into timer (store_id, timer_id, kind, order_id, due_at, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (store_id, order_id, kind) do update set due_at = excluded.due_at, done_at = null",
        store_id.0,
        TimerId::fresh().0,
        kind.as_str(),
        order_id.0,
        to_utc(due),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks an order's timer of this kind as done.
pub async fn finish(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    kind: TimerKind,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update timer set done_at = $4 where store_id = $1 and order_id = $2 and kind = $3 and done_at is null",
        store_id.0,
        order_id.0,
        kind.as_str(),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// One wait of an order ends and others begin: marks the first kind's timer as done and sets the others'.
pub async fn pass_on(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    ends: TimerKind,
    begin: &[(TimerKind, TimeMs)],
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let ids: Vec<uuid::Uuid> = begin.iter().map(|_| TimerId::fresh().0).collect();
    let kinds: Vec<String> = begin.iter().map(|(kind, _)| kind.as_str().to_owned()).collect();
    let dues: Vec<DateTime<Utc>> = begin.iter().map(|(_, due)| to_utc(*due)).collect();
    sqlx::query!(
        "with ended as (
             update timer set done_at = $7 where store_id = $1 and order_id = $2 and kind = $3 and done_at is null)
         insert into timer (store_id, order_id, timer_id, kind, due_at, created_at)
         select $1, $2, timer_id, kind, due_at, $7
         from unnest($4::uuid[], $5::text[], $6::timestamptz[]) as given (timer_id, kind, due_at)
         on conflict (store_id, order_id, kind) do update set due_at = excluded.due_at, done_at = null",
        store_id.0,
        order_id.0,
        ends.as_str(),
        &ids,
        &kinds,
        &dues,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks all timers of an order as done.
pub async fn finish_all(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update timer set done_at = $3 where store_id = $1 and order_id = $2 and done_at is null",
        store_id.0,
        order_id.0,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Timers that are due, oldest first.
pub async fn due(
    db: impl sqlx::PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DueTimer>, sqlx::Error> {
    let rows = sqlx::query!(
        "select store_id, timer_id, kind, order_id, due_at from timer
         where done_at is null and due_at <= $1 order by due_at limit $2",
        now,
        limit
    )
    .fetch_all(db)
    .await?;
    let timers = rows.into_iter().map(|row| {
        let kind = TimerKind::from_name(&row.kind)
            .ok_or_else(|| sqlx::Error::Decode(format!("unknown timer kind {:?}", row.kind).into()))?;
        Ok(DueTimer {
            store_id: StoreId(row.store_id),
            timer_id: TimerId(row.timer_id),
            kind,
            order_id: OrderId(row.order_id),
            due_at: to_ms(row.due_at),
        })
    });
    timers.collect()
}

/// Marks a fired timer as done.
pub async fn done(
    db: impl sqlx::PgExecutor<'_>,
    timer: &DueTimer,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update timer set done_at = $3 where store_id = $1 and timer_id = $2 and done_at is null",
        timer.store_id.0,
        timer.timer_id.0,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets a timer fire again in `seconds`.
pub async fn postpone(
    db: impl sqlx::PgExecutor<'_>,
    timer: &DueTimer,
    now: DateTime<Utc>,
    seconds: i64,
) -> Result<(), sqlx::Error> {
    set(db, timer, to_ms(now + chrono::Duration::seconds(seconds))).await
}

/// Lets a timer fire again at `due`.
pub async fn set(db: impl sqlx::PgExecutor<'_>, timer: &DueTimer, due: TimeMs) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update timer set due_at = $3 where store_id = $1 and timer_id = $2 and done_at is null",
        timer.store_id.0,
        timer.timer_id.0,
        to_utc(due)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Counts a failure; after `max_tries` the timer becomes a dead letter, which an operator sees.
pub async fn failed(
    db: &PgPool,
    timer: &DueTimer,
    error: &str,
    now: DateTime<Utc>,
    seconds: i64,
    max_tries: i32,
) -> Result<(), sqlx::Error> {
    super::in_time(async {
        let mut tx = db.begin().await?;
        let tries = sqlx::query_scalar!(
            "update timer set tries = tries + 1, due_at = $3 where store_id = $1 and timer_id = $2 returning tries",
            timer.store_id.0,
            timer.timer_id.0,
            now + chrono::Duration::seconds(seconds)
        )
        .fetch_one(&mut *tx)
        .await?;
        if tries >= max_tries {
            dead_letters::insert(&mut tx, Some(timer.store_id), "timer", timer.order_id.0, error, now).await?;
            done(&mut *tx, timer, now).await?;
        }
        tx.commit().await
    })
    .await
}
