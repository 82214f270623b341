//! The payment workers: what the stream says, what a sweep finds, what is unknown, what goes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use shared::id::{AttemptId, StoreId};
use tokio::sync::Semaphore;

use super::stream::Reader;
use super::{approve, reconciler, refund};
use crate::app::App;
use crate::db;

/// How often rows are swept when nothing wakes the workers.
const SWEEP: Duration = Duration::from_secs(1);
/// Pause after something failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Approvals of one sweep.
const BATCH: i64 = 50;
/// Approvals under way at once in one process.
const AT_ONCE: usize = 16;

/// Starts all of them.
pub fn start(app: &App) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let hears = Arc::new(AtomicBool::new(false));
    let listener = app.clone();
    let (shared, told) = (Arc::clone(&places), Arc::clone(&hears));
    app.spawn(async move { listen(listener, shared, told).await });
    let sweeper = app.clone();
    app.spawn(async move { sweep(sweeper, places, hears).await });
    let asking = app.clone();
    app.spawn(async move { reconcile(asking).await });
    let refunds = app.clone();
    app.spawn(async move { give_back(refunds).await });
}

/// Takes the money of everything that waits now, and returns when it is done. For stepping.
pub async fn run_once(app: &App) -> Result<usize, sqlx::Error> {
    let waiting = db::attempts::to_approve(&app.db, BATCH).await?;
    join_all(waiting.iter().map(|(store_id, attempt_id)| one(app, *store_id, *attempt_id))).await;
    Ok(waiting.len())
}

async fn one(app: &App, store_id: StoreId, attempt_id: AttemptId) {
    if let Err(error) = approve::approve(app, store_id, attempt_id).await {
        tracing::warn!(%attempt_id, error = format!("{error:#}"), "an approval could not be finished");
    }
}

/// Approves in the background, as soon as there is a place.
async fn begin(app: &App, places: &Arc<Semaphore>, store_id: StoreId, attempt_id: AttemptId) {
    // The semaphore is never closed.
    let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
    let worker = app.clone();
    app.spawn(async move {
        one(&worker, store_id, attempt_id).await;
        drop(place);
    });
}

/// Follows the stream for as long as the process lives; `hears` says whether that works.
async fn listen(app: App, places: Arc<Semaphore>, hears: Arc<AtomicBool>) {
    let mut reader = None;
    while !app.shutdown.is_cancelled() {
        let round = async {
            if reader.is_none() {
                reader = Some(Reader::open(&app).await?);
            }
            match &mut reader {
                Some(reader) => reader.next().await,
                None => Ok(Vec::new()),
            }
        };
        let read = tokio::select! {
            read = round => read,
            () = app.shutdown.cancelled() => return,
        };
        match read {
            Ok(ids) => {
                hears.store(true, Ordering::Relaxed);
                for (store_id, attempt_id) in ids {
                    begin(&app, &places, store_id, attempt_id).await;
                }
            }
            Err(error) => {
                tracing::debug!(%error, "the approval stream cannot be read; sweeping goes on");
                hears.store(false, Ordering::Relaxed);
                reader = None;
                pause(&app, AFTER_FAILURE).await;
            }
        }
    }
}

/// Finds what the stream lost. A wake-up inside the process is worth a sweep only when the stream cannot be read: else it says the same.
async fn sweep(app: App, places: Arc<Semaphore>, hears: Arc<AtomicBool>) {
    while !app.shutdown.is_cancelled() {
        match db::attempts::to_approve(&app.db, BATCH).await {
            Ok(waiting) => {
                for (store_id, attempt_id) in waiting {
                    begin(&app, &places, store_id, attempt_id).await;
                }
            }
            Err(error) => tracing::warn!(%error, "waiting payments could not be read"),
        }
        tokio::select! {
            () = woken(&app, &hears) => {}
            () = tokio::time::sleep(SWEEP) => {}
            () = app.shutdown.cancelled() => {}
        }
    }
}

/// Returns at a wake-up that the stream does not bring as well.
async fn woken(app: &App, hears: &AtomicBool) {
    loop {
        app.wake.payments.notified().await;
        if !hears.load(Ordering::Relaxed) {
            return;
        }
    }
}

async fn reconcile(app: App) {
    while !app.shutdown.is_cancelled() {
        if let Err(error) = reconciler::run_once(&app).await {
            tracing::warn!(%error, "unknown payments could not be read");
        }
        pause(&app, SWEEP).await;
    }
}

async fn give_back(app: App) {
    while !app.shutdown.is_cancelled() {
        if let Err(error) = refund::run_once(&app).await {
            tracing::warn!(%error, "refunds could not be read");
        }
        tokio::select! {
            () = app.wake.refunds.notified() => {}
            () = tokio::time::sleep(SWEEP) => {}
            () = app.shutdown.cancelled() => {}
        }
    }
}

async fn pause(app: &App, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = app.shutdown.cancelled() => {}
    }
}
