//! Did Postgres go back in time? After a restore from an older copy, or a promoted standby that lagged behind, events that counters hold are
//! gone, and their numbers are used again for others. Nothing is merged: counters are told to begin again. This is about the operator, who
//! has to hear of it at once: from what this process saw before, and from what counters say that they have.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::TimeMs;
use shared::id::StoreId;
use shared::log::Position;

use crate::app::App;
use crate::db;
use crate::log::append::Cursor;

/// Time between two looks at the ends of all logs.
const EVERY: Duration = Duration::from_secs(2);
/// Stores of one query.
const CHUNK: usize = 1_000;

/// An event that was in a store's log and is not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Where it was.
    pub position: Position,
    /// When that was seen.
    pub at: TimeMs,
}

/// What this process knows; bounded by the number of stores.
#[derive(Debug, Default)]
pub struct Rewound {
    /// The ends of the logs when they were last looked at.
    ends: Mutex<HashMap<StoreId, Cursor>>,
    lost: Mutex<HashMap<StoreId, Lost>>,
}

impl Rewound {
    /// What a store lost, as long as its log is in the epoch in which that was seen.
    pub fn of(&self, store_id: StoreId, epoch: i32) -> Option<Lost> {
        lock(&self.lost).get(&store_id).filter(|lost| lost.position.epoch == epoch).cloned()
    }

    fn note(&self, store_id: StoreId, position: Position, now: TimeMs) {
        let mut lost = lock(&self.lost);
        let known = lost.get(&store_id);
        if known.is_some_and(|known| known.position.epoch == position.epoch) {
            return;
        }
        metrics::counter!("log_rewinds").increment(1);
        tracing::error!(%store_id, lost = %position,
            "Postgres does not hold an event that it held before: it went back in time; bump the epoch (docs/OPERATIONS.md)");
        lost.insert(store_id, Lost { position, at: now });
    }
}

/// Runs until shutdown.
pub async fn work(app: App) {
    loop {
        if let Err(error) = run_once(&app).await {
            tracing::debug!(%error, "the ends of the logs could not be looked at");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Compares the logs with how they ended at the last look, and sets the gauge `stores_rewound`.
pub async fn run_once(app: &App) -> Result<(), sqlx::Error> {
    let before = lock(&app.rewound.ends).clone();
    let heads = db::feeds::all(&app.db).await?;
    let ends: HashMap<StoreId, Cursor> = heads.iter().map(|head| (head.store_id, head.cursor)).collect();
    // A log that did not move, or is in a new epoch, says nothing.
    let moved = |store_id: &StoreId, was: &Cursor| {
        ends.get(store_id).is_none_or(|now| now.epoch == was.epoch && now != was)
    };
    let moved: Vec<(StoreId, Cursor)> =
        before.into_iter().filter(|(store_id, was)| moved(store_id, was)).collect();
    for chunk in moved.chunks(CHUNK) {
        let events: Vec<_> = chunk.iter().map(|(store_id, was)| (*store_id, was.seq, was.hash)).collect();
        let events: Vec<_> = events.into_iter().filter(|(_, seq, _)| *seq > 0).collect();
        let missing = db::epochs::missing(&app.db, &events).await?;
        for (store_id, was) in chunk.iter().filter(|(store_id, _)| missing.contains(store_id)) {
            app.rewound.note(*store_id, was.position(), app.clock.now_ms());
        }
    }
    let rewound =
        ends.iter().filter(|(store_id, end)| app.rewound.of(**store_id, end.epoch).is_some()).count();
    metrics::gauge!("stores_rewound").set(f64::from(u32::try_from(rewound).unwrap_or(u32::MAX)));
    *lock(&app.rewound.ends) = ends;
    Ok(())
}

/// A counter says that it has this. If the log has no such event though it is of this epoch, Postgres lost it, or never gave it out.
pub async fn claimed(app: &App, store_id: StoreId, position: &Position) -> Result<(), sqlx::Error> {
    let Some(end) = db::events::read_cursor(&app.db, store_id).await? else { return Ok(()) };
    if position.epoch != end.epoch {
        return Ok(());
    }
    let hash = db::events::hash_at(&app.db, store_id, position.seq).await?;
    // An event before the end that is not kept any more was not lost.
    let lost = match hash {
        Some(hash) => hash.hash8() != position.hash8,
        None => position.seq > end.seq,
    };
    if lost {
        app.rewound.note(store_id, position.clone(), app.clock.now_ms());
    }
    Ok(())
}

/// A panic while holding one of these locks leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
