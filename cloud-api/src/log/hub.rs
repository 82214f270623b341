//! Hands the store logs out to the counters that are connected to this process. A connection costs a seat here and nothing in Redis or
//! Postgres; while its store's log does not move it is only woken for its beat.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::id::{DeviceId, StoreId};
use shared::wire::Canary;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::append::Cursor;
use super::feed::{Feed, FeedState, Moved};
use super::resume::Desk;
use super::stream::DayStream;
use super::together::{Private, Together};
use crate::app::App;
use crate::db::feeds::Head;
use crate::db::readings::Piece;

/// Logs that moved and wait to be read ahead; when there are more, connections read for themselves.
const MAX_AHEAD: usize = 1_024;
/// Most connections of one process.
const MAX_SEATS: usize = 20_000;
/// After a failure nobody asks Redis for this long; Postgres answers instead.
const REDIS_REST: Duration = Duration::from_secs(1);

/// The hub.
#[derive(Debug)]
pub struct Hub {
    stores: Mutex<HashMap<StoreId, Seated>>,
    seats: AtomicUsize,
    canary: Mutex<Option<Canary>>,
    degraded: AtomicBool,
    closing: AtomicBool,
    ahead: mpsc::Sender<Moved>,
    /// Taken by the task that reads ahead.
    to_read: Mutex<Option<mpsc::Receiver<Moved>>>,
    redis_rests_until: Mutex<Option<Instant>>,
    /// Whoever reads from the logs in Postgres.
    pub(super) pieces: Together<Piece>,
    /// Whoever needs what customers wrote.
    pub(super) private: Together<Private>,
    /// Counters that ask where their stream begins.
    pub(super) desk: Desk,
}

#[derive(Debug)]
struct Seated {
    feed: Arc<Feed>,
    /// Connections of each device.
    devices: HashMap<DeviceId, usize>,
}

/// A connection's place; leaving it frees everything.
pub struct Seat {
    app: App,
    device_id: DeviceId,
    pub(super) feed: Arc<Feed>,
    pub(super) state: watch::Receiver<FeedState>,
}

/// This process has as many connections as it can bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many connections")]
pub struct Full;

impl Default for Hub {
    fn default() -> Self {
        let (ahead, to_read) = mpsc::channel(MAX_AHEAD);
        Self {
            stores: Mutex::default(),
            seats: AtomicUsize::new(0),
            canary: Mutex::default(),
            degraded: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            ahead,
            to_read: Mutex::new(Some(to_read)),
            redis_rests_until: Mutex::default(),
            pieces: Together::default(),
            private: Together::default(),
            desk: Desk::default(),
        }
    }
}

impl Hub {
    /// Connections of this process.
    pub fn seats(&self) -> usize {
        self.seats.load(Ordering::Relaxed)
    }

    /// The latest canary that came back through Redis.
    pub fn canary(&self) -> Option<Canary> {
        *lock(&self.canary)
    }

    /// Whether Postgres did not answer when it was last asked.
    pub fn is_degraded(&self) -> bool {
        self.degraded.load(Ordering::Relaxed)
    }

    /// The process stops: every connection says good-bye.
    pub(super) fn close(&self) {
        let stores = lock(&self.stores);
        self.closing.store(true, Ordering::Relaxed);
        for seated in stores.values() {
            seated.feed.close();
        }
    }

    /// The logs to be read ahead; once.
    pub(super) fn take_moved(&self) -> Option<mpsc::Receiver<Moved>> {
        lock(&self.to_read).take()
    }

    pub(super) fn set_canary(&self, canary: Canary) {
        *lock(&self.canary) = Some(canary);
    }

    pub(super) fn set_degraded(&self, degraded: bool) {
        if self.degraded.swap(degraded, Ordering::Relaxed) != degraded {
            tracing::warn!(degraded, "Postgres answers differently than before");
        }
    }

    /// Redis failed: let it rest.
    pub(super) fn rest_redis(&self) {
        *lock(&self.redis_rests_until) = Some(Instant::now() + REDIS_REST);
    }

    pub(super) fn redis_rests(&self) -> bool {
        lock(&self.redis_rests_until).is_some_and(|until| Instant::now() < until)
    }

    /// The stores that somebody here follows.
    pub(super) fn followed(&self) -> Vec<StoreId> {
        lock(&self.stores).keys().copied().collect()
    }

    /// What is known of the logs of these stores; those that nobody here follows are left out.
    pub(super) fn known(&self, stores: &[StoreId]) -> HashMap<StoreId, Cursor> {
        let seated = lock(&self.stores);
        let known = |id: &StoreId| Some((*id, seated.get(id)?.feed.state().cursor));
        stores.iter().filter_map(known).collect()
    }

    /// The devices that are connected here.
    pub(super) fn devices(&self) -> Vec<(StoreId, DeviceId)> {
        let stores = lock(&self.stores);
        stores.iter().flat_map(|(id, seated)| seated.devices.keys().map(|device| (*id, *device))).collect()
    }

    /// A commit moved the end of a log. Its connections are woken; where there are several, when the events lie ready for all of them.
    pub(super) fn moved(&self, store_id: StoreId, cursor: Cursor, stream: Option<DayStream>) {
        let Some(feed) = self.feed(store_id) else { return };
        if !feed.is_shared() {
            return feed.moved(cursor, stream);
        }
        if let Err(missed) = self.ahead.try_send(Moved { feed, cursor, stream }) {
            let moved = missed.into_inner();
            moved.feed.moved(cursor, stream);
        }
    }

    /// People, devices, sessions or requests of a store changed.
    pub(super) fn desk_changed(&self, store_id: StoreId) {
        if let Some(feed) = self.feed(store_id) {
            feed.desk_changed();
        }
    }

    /// What Postgres says of a store. `known` is what was known before it was asked: a log that ends before that was rewound.
    pub(super) fn refreshed(&self, head: &Head, known: Cursor) {
        let Some(feed) = self.feed(head.store_id) else { return };
        feed.refreshed(head, known);
    }

    /// Takes a seat at a store whose log ends at `head`.
    pub fn sit(app: &App, head: &Head, device_id: DeviceId) -> Result<Seat, Full> {
        let hub = &app.hub;
        let mut stores = lock(&hub.stores);
        if hub.seats.load(Ordering::Relaxed) >= MAX_SEATS {
            return Err(Full);
        }
        let closing = hub.closing.load(Ordering::Relaxed);
        let seated = stores
            .entry(head.store_id)
            .or_insert_with(|| Seated { feed: Arc::new(Feed::new(head, closing)), devices: HashMap::new() });
        *seated.devices.entry(device_id).or_default() += 1;
        let feed = seated.feed.clone();
        let state = feed.sit();
        drop(stores);
        let seats = hub.seats.fetch_add(1, Ordering::Relaxed) + 1;
        metrics::gauge!("counters_connected").set(count(seats));
        // Somebody sat here already and knows an older end.
        feed.moved(head.cursor, head.stream);
        Ok(Seat { app: app.clone(), device_id, feed, state })
    }

    pub(super) fn feed(&self, store_id: StoreId) -> Option<Arc<Feed>> {
        lock(&self.stores).get(&store_id).map(|seated| seated.feed.clone())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let hub = &self.app.hub;
        let mut stores = lock(&hub.stores);
        let left = self.feed.leave();
        if left == 0 {
            stores.remove(&self.feed.store_id);
        } else if let Some(seated) = stores.get_mut(&self.feed.store_id)
            && let Some(connections) = seated.devices.get_mut(&self.device_id)
        {
            *connections -= 1;
            if *connections == 0 {
                seated.devices.remove(&self.device_id);
            }
        }
        drop(stores);
        let seats = hub.seats.fetch_sub(1, Ordering::Relaxed) - 1;
        metrics::gauge!("counters_connected").set(count(seats));
    }
}

/// A panic while holding one of these locks leaves nothing half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(seats: usize) -> f64 {
    f64::from(u32::try_from(seats).unwrap_or(u32::MAX))
}
