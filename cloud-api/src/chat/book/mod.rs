//! What stores there are, kept in memory to be searched: names, addresses, dishes and places of ten thousand stores in a few milliseconds, also
//! while Postgres is slow. Every instance has its own; it is compared with Postgres again and again while somebody searches. Whether a
//! store is open, how long it takes and what is sold out is asked anew for what is shown.

mod area;
mod landmarks;
mod load;
mod lookup;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use shared::Won;
use shared::id::{ItemKey, StoreId};
use shared::search::{Spot, Text};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::app::App;
use crate::db::store_list::{Dish, Now, StoreCard};

use area::AreaWords;

pub use lookup::{DishHit, Hit};

/// The book is compared with Postgres when it is older.
const FRESH: Duration = Duration::from_millis(250);
/// A book that was compared since then answers at once, while it is compared again: what must not be old is asked anew in any case.
const RECENT: Duration = Duration::from_secs(5);
/// How long a search waits for the comparison of an older one; after it the last known book answers, and the comparison goes on.
const COMPARE_PATIENCE: Duration = Duration::from_millis(500);
/// How long the very first search of a process waits for a book.
const FIRST_PATIENCE: Duration = Duration::from_millis(1_500);

/// The book of one process.
#[derive(Default)]
pub struct StoreBook {
    kept: Mutex<Kept>,
    /// One comparison at a time.
    comparing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    edition: Option<Arc<Edition>>,
    compared_at: Option<Instant>,
}

/// One edition of the book. Never changes.
#[derive(Default)]
pub struct Edition {
    pages: Arc<Pages>,
    /// What the days said when the book was compared.
    pub days: HashMap<StoreId, Now>,
}

#[derive(Default)]
struct Pages {
    stores: Vec<Entry>,
    by_id: HashMap<StoreId, usize>,
    dishes: Vec<DishName>,
}

/// A store in the book.
#[derive(Clone)]
pub struct Entry {
    pub card: StoreCard,
    /// Absent when the store's coordinates are not in Korea.
    pub spot: Option<Spot>,
    name: Text,
    address: Text,
    area: AreaWords,
    /// Absent until the menu was read.
    dishes: Option<Arc<[Dish]>>,
}

/// A name that dishes have, and who sells them.
struct DishName {
    name: String,
    text: Text,
    sold_at: Vec<SoldAt>,
}

struct SoldAt {
    /// In [`Edition::stores`].
    store: usize,
    item: ItemKey,
    price: Won,
}

impl Entry {
    /// `골목커피 홍대점`.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.card.name, self.card.branch)
    }
}

impl Edition {
    /// Every store, in no order.
    pub fn stores(&self) -> &[Entry] {
        &self.pages.stores
    }

    /// Where in [`Edition::stores`] a store is.
    pub fn position(&self, store: StoreId) -> Option<usize> {
        self.pages.by_id.get(&store).copied()
    }

    /// Where a store is on the map.
    pub fn spot(&self, store: StoreId) -> Option<Spot> {
        self.position(store).and_then(|at| self.pages.stores[at].spot)
    }
}

/// The newest edition that can be had quickly; an error only when there was never one.
pub async fn edition(app: &App) -> anyhow::Result<Arc<Edition>> {
    let (known, age) = app.stores.look();
    if let Some(known) = &known
        && let Some(age) = age.filter(|age| *age < RECENT)
    {
        if age >= FRESH {
            let _behind_it = begin_comparing(app);
        }
        return Ok(known.clone());
    }
    let patience = if known.is_some() { COMPARE_PATIENCE } else { FIRST_PATIENCE };
    if timeout(patience, compared(app)).await.is_err() {
        metrics::counter!("store_book_late").increment(1);
    }
    let (now, _) = app.stores.look();
    now.or(known).context("there is no store book yet")
}

/// Waits for a comparison: the one that goes on, or a new one, which goes on when nobody waits for it any more.
async fn compared(app: &App) {
    match begin_comparing(app) {
        Some(ended) => drop(ended.await),
        None => drop(app.stores.comparing.lock().await),
    }
}

/// Begins a comparison, unless one goes on; the receiver ends with it.
fn begin_comparing(app: &App) -> Option<oneshot::Receiver<()>> {
    // The comparison takes the lock itself.
    drop(app.stores.comparing.try_lock().ok()?);
    let (done, ended) = oneshot::channel::<()>();
    let comparing = app.clone();
    app.spawn(async move {
        if let Err(error) = load::compare(&comparing).await {
            tracing::warn!(error = format!("{error:#}"), "the store book could not be compared");
        }
        drop(done);
    });
    Some(ended)
}

/// Reads the first edition before anybody searches.
pub fn start(app: &App) {
    let reading = app.clone();
    app.spawn(async move {
        if let Err(error) = load::compare(&reading).await {
            tracing::warn!(error = format!("{error:#}"), "the store book could not be read");
        }
        // Whoever searches first compares it again.
        reading.stores.kept.lock().unwrap_or_else(PoisonError::into_inner).compared_at = None;
    });
}

impl StoreBook {
    fn look(&self) -> (Option<Arc<Edition>>, Option<Duration>) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.edition.clone(), kept.compared_at.map(|at| at.elapsed()))
    }

    /// Shows an edition; the one before it.
    fn publish(&self, edition: Edition) -> Option<Arc<Edition>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.edition.replace(Arc::new(edition))
    }

    /// What was read from this moment on is in the book.
    fn compared(&self, since: Instant) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).compared_at = Some(since);
    }
}
