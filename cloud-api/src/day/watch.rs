//! Looks at each store's day when something is due by itself: a break or busy time that runs out, the schedule where the store wants it
//! followed, a day that nobody closed. The row in `day_watch` is the work; doing it twice is doing it once, because the day's lock decides.

use std::time::Duration;

use shared::TimeMs;
use shared::id::{DayId, StoreId};
use shared::order::Actor;
use shared::schedule::automatic::{Automatic, Situation};
use sqlx::PgConnection;

use super::forgotten;
use super::{DayChange, DayError, transition};
use crate::app::App;
use crate::db::days::StoredDay;
use crate::db::{self, in_time};
use crate::wake::Work;

/// How often due stores are looked for.
const POLL: Duration = Duration::from_millis(500);
/// Stores of one round.
const BATCH: i64 = 100;
/// Things that can be due for one store one after another.
const MAX_STEPS: usize = 6;
/// A store that could not be looked at is looked at again after this.
const RETRY_S: i64 = 10;
/// A store that could not be looked at this often goes to the dead letters; it is looked at further on.
const MAX_TRIES: i32 = 20;
/// A counter that was heard of within this time is there. The hub notes connected ones every 30 seconds.
const CONNECTED_MS: i64 = 75_000;

/// Looks until shutdown.
pub async fn run(app: App) {
    while !app.shutdown.is_cancelled() {
        match run_once(&app).await {
            Ok(looked) if looked > 0 => {}
            outcome => {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "stores whose day is due could not be read");
                }
                tokio::select! {
                    () = tokio::time::sleep(POLL) => {}
                    () = app.shutdown.cancelled() => {}
                }
            }
        }
    }
}

/// One round; says how many stores were looked at. A store that fails does not stop the others.
pub async fn run_once(app: &App) -> Result<usize, sqlx::Error> {
    let due = db::day_watches::due(&app.db, app.clock.now(), BATCH).await?;
    for store_id in &due {
        if let Err(error) = look(app, *store_id).await {
            let error = format!("{error:#}");
            tracing::error!(%store_id, error, "a store's day could not be looked at");
            db::day_watches::failed(&app.db, *store_id, &error, app.clock.now(), RETRY_S, MAX_TRIES).await?;
        }
    }
    Ok(due.len())
}

/// Does everything that is due for one store.
pub async fn look(app: &App, store_id: StoreId) -> anyhow::Result<()> {
    let mut is_forgotten = None;
    for _ in 0..MAX_STEPS {
        let step = in_time(step(app, store_id)).await?;
        app.wake.up(step.work);
        is_forgotten = step.forgotten;
        if !step.again {
            break;
        }
    }
    match is_forgotten {
        Some(day_id) => forgotten::finish(app, store_id, day_id).await,
        None => Ok(()),
    }
}

struct Step {
    /// Something was done: there may be more.
    again: bool,
    /// The running day, when nobody closed it.
    forgotten: Option<DayId>,
    work: Work,
}

async fn step(app: &App, store_id: StoreId) -> anyhow::Result<Step> {
    let mut tx = app.db.begin().await?;
    let latest = db::days::lock_latest(&mut tx, store_id).await?;
    let now = app.clock.now_ms();
    let seen = situation(&mut tx, store_id, latest.as_ref(), now).await?;
    let due = seen.due();
    let mut work = Work::default();
    let again = match due {
        None => {
            db::day_watches::set(&mut *tx, store_id, seen.situation().next_look()).await?;
            false
        }
        Some(Automatic::Forgotten) => {
            if let Some(mut stored) = latest.clone() {
                stored.forgotten = true;
                db::days::update(&mut tx, store_id, &stored, now).await?;
            }
            true
        }
        Some(Automatic::Change { command, cause }) => {
            let (by, new_day) = (Actor::Timer, DayId::fresh());
            let change = DayChange { store_id, command, by, cause, made_at: None, new_day };
            match transition(&mut tx, &app.clock, change).await {
                Ok(made) => {
                    tracing::info!(%store_id, day_id = %made.day.id, ?cause, state = made.day.state().as_str(), "the day changed by itself");
                    work = made.work;
                    !made.events.is_empty()
                }
                Err(DayError::Refused(refusal)) => {
                    tracing::warn!(%store_id, %refusal, "what was due is not possible");
                    db::day_watches::set(&mut *tx, store_id, seen.situation().next_look()).await?;
                    false
                }
                Err(DayError::Database(error)) => return Err(error.into()),
            }
        }
    };
    tx.commit().await?;
    let running = latest.filter(|stored| stored.forgotten && stored.day.state().is_running());
    Ok(Step { again, forgotten: running.map(|stored| stored.day.id), work })
}

/// A store at one moment, as the domain judges it.
struct Seen {
    stored: Option<StoredDay>,
    schedule: shared::schedule::StoreSchedule,
    counter_connected: bool,
    now: TimeMs,
}

impl Seen {
    fn situation(&self) -> Situation<'_> {
        Situation {
            day: self.stored.as_ref().map(|stored| &stored.day),
            schedule: &self.schedule,
            counter_connected: self.counter_connected,
            forgotten: self.stored.as_ref().is_some_and(|stored| stored.forgotten),
            now: self.now,
        }
    }

    fn due(&self) -> Option<Automatic> {
        self.situation().due()
    }
}

async fn situation(
    tx: &mut PgConnection,
    store_id: StoreId,
    stored: Option<&StoredDay>,
    now: TimeMs,
) -> Result<Seen, sqlx::Error> {
    let current = db::stores::schedule(&mut *tx, store_id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let counter_connected = db::day_watches::counter_seen(tx, store_id, now.plus_ms(-CONNECTED_MS)).await?;
    Ok(Seen { stored: stored.cloned(), schedule: current.schedule, counter_connected, now })
}

/// Sets when to look at the store next: in the same transaction as whatever changed its day or its schedule.
pub async fn set_next(
    tx: &mut PgConnection,
    store_id: StoreId,
    stored: Option<&StoredDay>,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let seen = situation(tx, store_id, stored, now).await?;
    // Something may be due at this moment already, such as a break of the schedule that has just been set.
    let due = if seen.due().is_some() { now } else { seen.situation().next_look() };
    db::day_watches::set(tx, store_id, due).await
}
