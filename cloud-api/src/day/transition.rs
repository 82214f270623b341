//! Locks a store's day, lets the domain decide, and writes every consequence in the same transaction.

use shared::TimeMs;
use shared::day::{Day, DayCommand, DayContext, DayEvent, DayRefusal, TransitionCause, decide};
use shared::id::{DayId, StoreId};
use shared::log::{BODY_VERSION, LogBody, Position, Subject};
use shared::order::Actor;
use sqlx::{PgConnection, PgPool};

use super::watch;
use crate::clock::Clock;
use crate::db::days::StoredDay;
use crate::db::{self, in_time};
use crate::log::append;
use crate::wake::{Wake, Work};

/// Something that somebody wants to happen to a store's day.
#[derive(Debug, Clone)]
pub struct DayChange {
    pub store_id: StoreId,
    pub command: DayCommand,
    pub by: Actor,
    pub cause: TransitionCause,
    /// The counter's own clock, where a counter asks; never used to decide.
    pub made_at: Option<TimeMs>,
    /// The id of the day that this begins, if it begins one.
    pub new_day: DayId,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct DayMade {
    /// The day after it.
    pub day: Day,
    /// Empty when it was so already.
    pub events: Vec<DayEvent>,
    /// The end of the store log after it; absent when nothing was appended.
    pub position: Option<Position>,
    /// Whom to wake after the commit.
    pub work: Work,
}

/// Why it was not made; the transaction holds nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    #[error("{0}")]
    Refused(#[from] DayRefusal),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Makes a change in a transaction of its own and wakes whoever has work from it.
pub async fn run(db: &PgPool, clock: &Clock, wake: &Wake, change: DayChange) -> Result<DayMade, DayError> {
    let made = in_time(async {
        let mut tx = db.begin().await?;
        let made = transition(&mut tx, clock, change).await?;
        tx.commit().await?;
        Ok::<_, DayError>(made)
    });
    let made = made.await?;
    wake.up(made.work);
    Ok(made)
}

/// Makes a change inside the caller's transaction. The caller commits, then calls `wake.up(made.work)`.
///
/// Lock order is order → counted items → store → business day → cursor; the cursor comes last. Whoever needs the cursor before this, to
/// name an event, calls [`db::days::lock_latest`] first.
pub async fn transition(
    tx: &mut PgConnection,
    clock: &Clock,
    change: DayChange,
) -> Result<DayMade, DayError> {
    let store_id = change.store_id;
    let before = db::days::lock_latest(tx, store_id).await?;
    // After the lock: whoever waited for it decides at the time when it was given.
    let now = clock.now_ms();
    let context = DayContext { now, made_at: change.made_at, cause: change.cause };
    let events = decide(before.as_ref().map(|stored| &stored.day), &change.command, &context)?;
    let running = before.as_ref().filter(|stored| stored.day.state().is_running());
    let id = running.map_or(change.new_day, |stored| stored.day.id);
    let (mut day, mut forgotten) =
        (running.map(|stored| stored.day.clone()), running.is_some_and(|s| s.forgotten));
    for event in &events {
        day = Some(Day::fold(day, id, event));
        forgotten = still_forgotten(forgotten, event);
    }
    let Some(day) = day else {
        // Nothing was to be done and no day runs: only an end that is so already.
        return Err(DayRefusal::NotRunning.into());
    };
    if events.is_empty() {
        return Ok(DayMade { day, events, position: None, work: Work::default() });
    }
    let stored = StoredDay { day, forgotten };
    write(tx, store_id, &stored, running.is_none(), now).await?;
    let bodies: Vec<LogBody> = events.iter().map(|event| body(id, change.by, event, now)).collect();
    let position = append::append(tx, store_id, &bodies, now).await?;
    let work = Work { relay: true, ..Work::default() };
    Ok(DayMade { day: stored.day, events, position: Some(position), work })
}

/// The row, what lasted for the day, and when to look at it next.
async fn write(
    tx: &mut PgConnection,
    store_id: StoreId,
    stored: &StoredDay,
    is_new: bool,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    watch::set_next(tx, store_id, Some(stored), now).await?;
    if !stored.day.state().is_running() {
        db::availability::day_ended(tx, store_id, now).await?;
    }
    if is_new {
        let cursor = db::events::lock_cursor(tx, store_id).await?;
        db::days::begin(tx, store_id, &stored.day, cursor.seq + 1).await
    } else {
        db::days::update(tx, store_id, stored, now).await
    }
}

fn still_forgotten(forgotten: bool, event: &DayEvent) -> bool {
    match event {
        DayEvent::ClosingStarted { cause, .. } => *cause == TransitionCause::Forgotten,
        DayEvent::ClosingResumed { .. } => false,
        DayEvent::DayPrepared { .. }
        | DayEvent::DayOpened { .. }
        | DayEvent::BreakStarted { .. }
        | DayEvent::BreakEnded { .. }
        | DayEvent::BusySet { .. }
        | DayEvent::DayCut { .. }
        | DayEvent::DayClosed { .. } => forgotten,
    }
}

fn body(day_id: DayId, by: Actor, event: &DayEvent, now: TimeMs) -> LogBody {
    LogBody { v: BODY_VERSION, at: now, day_id, by, subject: Subject::Day(event.clone()) }
}
