//! Hands the store logs out to the counters that are connected to this process. A connection costs a seat here and nothing in Redis or
//! Postgres; while its store's log does not move it is only woken for its beat.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::id::{DeviceId, SessionId, StoreId};
use shared::log::ChainHash;
use shared::wire::Canary;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::append::Cursor;
use super::frame::Frame;
use super::stream::DayStream;
use crate::app::App;
use crate::db::feeds::Head;

/// Replays from Postgres at the same time, so that a thousand counters that come back leave connections for orders.
const MAX_REPLAYS: usize = 8;
/// Newest frames kept for the other connections of a store; none are kept for a single one.
pub(super) const MAX_RECENT: usize = 64;
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
    redis_rests_until: Mutex<Option<Instant>>,
    pub(super) replays: Semaphore,
}

#[derive(Debug)]
struct Seated {
    feed: Arc<Feed>,
    /// Connections of each device.
    devices: HashMap<DeviceId, usize>,
}

/// One store's log as its connections see it.
#[derive(Debug)]
pub(super) struct Feed {
    pub store_id: StoreId,
    state: watch::Sender<FeedState>,
    seats: AtomicUsize,
    recent: Mutex<VecDeque<Arc<Frame>>>,
    /// Held by the one connection that reads for all.
    pub reading: tokio::sync::Mutex<()>,
}

/// What is known of a store now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeedState {
    pub cursor: Cursor,
    pub stream: Option<DayStream>,
    pub holder: Option<SessionId>,
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
        Self {
            stores: Mutex::default(),
            seats: AtomicUsize::new(0),
            canary: Mutex::default(),
            degraded: AtomicBool::new(false),
            redis_rests_until: Mutex::default(),
            replays: Semaphore::new(MAX_REPLAYS),
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

    /// The stores that somebody here follows, with what is known of their logs.
    pub(super) fn followed(&self) -> HashMap<StoreId, Cursor> {
        let stores = lock(&self.stores);
        stores.iter().map(|(id, seated)| (*id, seated.feed.state.borrow().cursor)).collect()
    }

    /// The devices that are connected here.
    pub(super) fn devices(&self) -> Vec<(StoreId, DeviceId)> {
        let stores = lock(&self.stores);
        stores.iter().flat_map(|(id, seated)| seated.devices.keys().map(|device| (*id, *device))).collect()
    }

    /// A commit moved the end of a log. Older news than what is known changes nothing.
    pub(super) fn moved(&self, store_id: StoreId, cursor: Cursor, stream: Option<DayStream>) {
        let Some(feed) = self.feed(store_id) else { return };
        feed.state.send_if_modified(|state| {
            let news = FeedState { cursor, stream, ..*state };
            let newer =
                (cursor.epoch, cursor.seq) >= (state.cursor.epoch, state.cursor.seq) && news != *state;
            if newer {
                *state = news;
            }
            newer
        });
    }

    /// What Postgres says of a store. `known` is what was known before it was asked: a log that ends before that was rewound.
    pub(super) fn refreshed(&self, head: &Head, known: Cursor) {
        let Some(feed) = self.feed(head.store_id) else { return };
        let place = |cursor: Cursor| (cursor.epoch, cursor.seq);
        let rewound = place(head.cursor) < place(known)
            || (place(head.cursor) == place(known) && head.cursor.hash != known.hash);
        let changed = feed.state.send_if_modified(|state| {
            let mut news = FeedState { holder: head.holder, ..*state };
            if rewound || place(head.cursor) >= place(state.cursor) {
                news = FeedState { cursor: head.cursor, stream: head.stream, holder: head.holder };
            }
            std::mem::replace(state, news) != news
        });
        if rewound && changed {
            tracing::error!(store_id = %head.store_id, known = %known.position(), now = %head.cursor.position(),
                "the store log was rewound");
            lock(&feed.recent).clear();
        }
    }

    /// Takes a seat at a store whose log ends at `head`.
    pub fn sit(app: &App, head: &Head, device_id: DeviceId) -> Result<Seat, Full> {
        let hub = &app.hub;
        let mut stores = lock(&hub.stores);
        if hub.seats.load(Ordering::Relaxed) >= MAX_SEATS {
            return Err(Full);
        }
        let seated = stores
            .entry(head.store_id)
            .or_insert_with(|| Seated { feed: Arc::new(Feed::new(head)), devices: HashMap::new() });
        *seated.devices.entry(device_id).or_default() += 1;
        seated.feed.seats.fetch_add(1, Ordering::Relaxed);
        let feed = seated.feed.clone();
        let state = feed.state.subscribe();
        drop(stores);
        let seats = hub.seats.fetch_add(1, Ordering::Relaxed) + 1;
        metrics::gauge!("counters_connected").set(count(seats));
        // Somebody sat here already and knows an older end.
        hub.moved(head.store_id, head.cursor, head.stream);
        Ok(Seat { app: app.clone(), device_id, feed, state })
    }

    fn feed(&self, store_id: StoreId) -> Option<Arc<Feed>> {
        lock(&self.stores).get(&store_id).map(|seated| seated.feed.clone())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let hub = &self.app.hub;
        let mut stores = lock(&hub.stores);
        let left = self.feed.seats.fetch_sub(1, Ordering::Relaxed) - 1;
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

impl Feed {
    fn new(head: &Head) -> Self {
        let state = FeedState { cursor: head.cursor, stream: head.stream, holder: head.holder };
        Self {
            store_id: head.store_id,
            state: watch::Sender::new(state),
            seats: AtomicUsize::new(0),
            recent: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// Whether several connections want the same frames.
    pub(super) fn is_shared(&self) -> bool {
        self.seats.load(Ordering::Relaxed) > 1
    }

    /// The kept frames after event `seq`, whose hash is `hash`; empty when it is not among them or is the last.
    pub(super) fn recent_after(&self, seq: i64, hash: ChainHash) -> Vec<Arc<Frame>> {
        let recent = lock(&self.recent);
        let place = recent.iter().position(|frame| frame.seq == seq && frame.hash == hash);
        place.map_or_else(Vec::new, |place| recent.iter().skip(place + 1).cloned().collect())
    }

    /// Keeps frames that were just read for the other connections.
    pub(super) fn keep(&self, frames: &[Arc<Frame>]) {
        let mut recent = lock(&self.recent);
        if !self.is_shared() {
            recent.clear();
            return;
        }
        for frame in frames {
            if recent.back().is_some_and(|last| frame.seq <= last.seq) {
                continue;
            }
            if recent.back().is_some_and(|last| frame.seq != last.seq + 1) {
                recent.clear();
            }
            if recent.len() == MAX_RECENT {
                recent.pop_front();
            }
            recent.push_back(frame.clone());
        }
    }
}

/// A panic while holding one of these locks leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(seats: usize) -> f64 {
    f64::from(u32::try_from(seats).unwrap_or(u32::MAX))
}
