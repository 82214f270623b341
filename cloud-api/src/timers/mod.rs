//! The timers' worker: does what is due. The rows are the truth; losing a wake-up costs a poll.

pub mod unanswered;
mod watch;

use std::time::{Duration, Instant};

use shared::TimeMs;
use shared::order::{Actor, CancelReason, OrderCommand};

use crate::app::App;
use crate::db::in_time;
use crate::db::timers::{self, DueTimer, TimerKind};
use crate::orders::{self, Change, TransitionError};
use crate::pay::expiry::{self, Expiry};
use crate::reservations;

pub use watch::Watch;

/// How often due timers are looked for.
const POLL: Duration = Duration::from_millis(500);
/// Timers of one round.
const BATCH: i64 = 100;
/// A timer whose work cannot be done yet is looked at again after this.
const POSTPONE_S: i64 = 10;
/// A timer that failed this often goes to the dead letters.
const MAX_TRIES: i32 = 20;

/// Starts the worker, and the one that looks after business days.
pub fn start_workers(app: &App) {
    let worker = app.clone();
    app.spawn(async move { run(worker).await });
    app.spawn(crate::day::watch::run(app.clone()));
}

async fn run(app: App) {
    let mut watch = Watch::begin(app.clock.now_ms());
    while !app.shutdown.is_cancelled() {
        match run_once(&app, &mut watch).await {
            Ok(done) if done > 0 => {}
            outcome => {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "timers could not be read or marked");
                }
                tokio::select! {
                    () = tokio::time::sleep(POLL) => {}
                    () = app.shutdown.cancelled() => {}
                }
            }
        }
    }
}

/// One round; says how many timers were due. A timer that fails does not stop the others.
pub async fn run_once(app: &App, watch: &mut Watch) -> Result<usize, sqlx::Error> {
    let due = timers::due(&app.db, app.clock.now(), BATCH).await?;
    watch.round_begins(app.clock.now_ms(), Instant::now());
    for timer in &due {
        if let Some(until) = grace(timer, watch) {
            tracing::warn!(store_id = %timer.store_id, order_id = %timer.order_id,
                "a deadline passed while nobody was there; the store gets a minute");
            timers::set(&app.db, timer, until).await?;
            continue;
        }
        match in_time(fire(app, timer)).await {
            Ok(Fired::Done) => timers::done(&app.db, timer, app.clock.now()).await?,
            Ok(Fired::Again) => {}
            Ok(Fired::Later) => timers::postpone(&app.db, timer, app.clock.now(), POSTPONE_S).await?,
            Err(error) => {
                tracing::error!(order_id = %timer.order_id, kind = timer.kind.as_str(), error = format!("{error:#}"), "a timer failed");
                timers::failed(&app.db, timer, &format!("{error:#}"), app.clock.now(), POSTPONE_S, MAX_TRIES)
                    .await?;
            }
        }
    }
    watch.round_ended(Instant::now());
    Ok(due.len())
}

/// Until when an order may still be accepted whose deadline passed while nobody was there.
fn grace(timer: &DueTimer, watch: &Watch) -> Option<TimeMs> {
    watch.grace(timer.due_at).filter(|_| timer.kind == TimerKind::AcceptDeadline)
}

enum Fired {
    /// Its work is done, by us or by somebody before.
    Done,
    Later,
    /// It set itself anew.
    Again,
}

async fn fire(app: &App, timer: &DueTimer) -> anyhow::Result<Fired> {
    let command = match timer.kind {
        TimerKind::PaymentExpiry => {
            return Ok(match expiry::expire(app, timer.store_id, timer.order_id).await? {
                Expiry::Done => Fired::Done,
                Expiry::Later => Fired::Later,
            });
        }
        TimerKind::Unanswered => {
            return Ok(if unanswered::look(app, timer.store_id, timer.order_id).await? {
                Fired::Again
            } else {
                Fired::Done
            });
        }
        TimerKind::AcceptDeadline => OrderCommand::Cancel { reason: CancelReason::NotAccepted },
        TimerKind::Reservation => {
            reservations::fire(app, timer.store_id, timer.order_id).await?;
            return Ok(Fired::Done);
        }
        TimerKind::Complete => OrderCommand::Complete,
    };
    let change = Change {
        store_id: timer.store_id,
        order_id: timer.order_id,
        command,
        by: Actor::Timer,
        expected_version: None,
    };
    match orders::run(&app.db, &app.clock, &app.wake, change).await {
        // A refusal means that somebody was faster, which is what the timer was waiting for.
        Ok(_) | Err(TransitionError::Refused(_)) => Ok(Fired::Done),
        Err(error) => Err(error.into()),
    }
}
