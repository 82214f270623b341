//! Whether the server can go on where a counter says that it is. After a restart thousands ask at once, so whoever asks at the same time is
//! answered by one statement, and nobody's stream begins before Postgres said that its session is open.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use shared::log::Position;
use shared::wire::{Boot, ResetReason};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::append::Cursor;
use crate::app::App;
use crate::db;
use crate::db::feeds::Head;
use crate::db::resumes::{Asked, Known};
use crate::db::sessions::Found;

/// Counters that wait for an answer; more are told to come later.
const MAX_WAITING: usize = 8_192;
/// Counters of one statement.
const MAX_TOGETHER: usize = 256;
/// Statements at the same time.
const WORKERS: usize = 2;
/// How long a counter waits before it is told to come later.
const PATIENCE: Duration = Duration::from_secs(8);

/// How a connection begins.
#[derive(Debug, Clone)]
pub enum Start {
    /// It goes on after `from`.
    After { from: Cursor, head: Head },
    /// The counter has to begin again from a snapshot.
    Reset { asked: Position, reason: ResetReason },
}

/// A counter as Postgres knows it, and how its stream begins.
#[derive(Debug, Clone)]
pub struct Resumed {
    pub session: Found,
    /// The start of the device's program that was noted last.
    pub boot: Option<Boot>,
    pub start: Start,
}

/// Postgres does not answer, or too many ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too busy to begin a stream")]
pub struct Busy;

/// Where counters wait for their answer.
#[derive(Debug)]
pub struct Desk {
    door: mpsc::Sender<Waiting>,
    waiting: tokio::sync::Mutex<mpsc::Receiver<Waiting>>,
    /// Said once until it is over.
    failing: Mutex<bool>,
}

#[derive(Debug)]
struct Waiting {
    asked: Asked,
    answer: oneshot::Sender<Option<Known>>,
}

impl Default for Desk {
    fn default() -> Self {
        let (door, waiting) = mpsc::channel(MAX_WAITING);
        Self { door, waiting: tokio::sync::Mutex::new(waiting), failing: Mutex::new(false) }
    }
}

/// Answers until shutdown.
pub(super) fn start(app: &App) {
    for _ in 0..WORKERS {
        app.spawn(work(app.clone()));
    }
}

async fn work(app: App) {
    loop {
        let together = tokio::select! {
            () = app.shutdown.cancelled() => return,
            together = next(&app.hub.desk) => together,
        };
        // Who hung up meanwhile needs no answer.
        let together: Vec<Waiting> =
            together.into_iter().filter(|waiting| !waiting.answer.is_closed()).collect();
        if !together.is_empty() {
            answer(&app, together).await;
        }
    }
}

async fn next(desk: &Desk) -> Vec<Waiting> {
    let mut together = Vec::new();
    desk.waiting.lock().await.recv_many(&mut together, MAX_TOGETHER).await;
    together
}

async fn answer(app: &App, together: Vec<Waiting>) {
    let (asked, answers): (Vec<Asked>, Vec<_>) =
        together.into_iter().map(|waiting| (waiting.asked, waiting.answer)).unzip();
    let known = timeout(PATIENCE, db::resumes::known(&app.db, &asked, app.clock.now_ms())).await;
    let failure = match known {
        Ok(Ok(known)) => {
            for (answer, known) in answers.into_iter().zip(known) {
                // It hung up.
                let _ = answer.send(known);
            }
            None
        }
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("no answer in time".to_owned()),
    };
    app.hub.desk.tell(failure);
}

impl Desk {
    fn tell(&self, failure: Option<String>) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        match &failure {
            Some(error) if !*failing => {
                tracing::warn!(%error, "counters that come cannot be told where to begin")
            }
            None if *failing => tracing::info!("counters are told where to begin again"),
            Some(_) | None => {}
        }
        *failing = failure.is_some();
    }

    async fn ask(&self, asked: Asked) -> Result<Option<Known>, Busy> {
        let (answer, answered) = oneshot::channel();
        self.door.try_send(Waiting { asked, answer }).map_err(|_| Busy)?;
        timeout(PATIENCE, answered).await.map_err(|_| Busy)?.map_err(|_| Busy)
    }
}

/// Finds the session of a token and compares the counter's position with its log. Without a position a counter begins before the first
/// event of the current epoch. `None` when nobody has that token.
pub async fn resume(
    app: &App,
    token_hash: Vec<u8>,
    asked: Option<Position>,
) -> Result<Option<Resumed>, Busy> {
    let seq = asked.as_ref().map_or(0, |position| position.seq);
    let known = tokio::select! {
        () = app.shutdown.cancelled() => return Err(Busy),
        known = app.hub.desk.ask(Asked { token_hash, seq }) => known?,
    };
    Ok(known.map(|known| Resumed { session: known.session, boot: known.boot, start: compare(&known, asked) }))
}

fn compare(known: &Known, asked: Option<Position>) -> Start {
    let end = known.head.cursor;
    let asked = asked.unwrap_or_else(|| Position::start(end.epoch));
    let reset = |reason| Start::Reset { asked: asked.clone(), reason };
    if asked.epoch != end.epoch {
        return reset(ResetReason::Epoch);
    }
    if asked.seq > end.seq {
        return reset(ResetReason::Rewound);
    }
    let Some(hash) = known.hash_at else { return reset(ResetReason::TooOld) };
    if hash.hash8() != asked.hash8 {
        return reset(ResetReason::Fork);
    }
    // What it said is on its disk is not: an older copy of the disk came back.
    if asked.seq < known.acknowledged {
        return reset(ResetReason::Rewound);
    }
    Start::After { from: Cursor { epoch: end.epoch, seq: asked.seq, hash }, head: known.head }
}
