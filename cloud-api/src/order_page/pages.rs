//! The order pages that are open at this instance. A store's news wakes the pages of its orders; nobody is written to from here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::id::{OrderId, StoreId};
use tokio::sync::watch;

use crate::app::App;

/// Most open streams of one order at one instance: a few devices of one person.
const MAX_PER_ORDER: usize = 6;
/// Most open streams of one instance.
const MAX_TOTAL: usize = 4_000;

/// Open pages.
#[derive(Debug, Default)]
pub struct Pages {
    board: Mutex<Board>,
}

#[derive(Debug, Default)]
struct Board {
    stores: HashMap<StoreId, Store>,
    orders: HashMap<OrderId, usize>,
    total: usize,
}

#[derive(Debug)]
struct Store {
    /// Counts the news.
    news: watch::Sender<u64>,
    pages: usize,
}

/// There is no room for another stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// A page's place; leaving it frees everything.
pub(super) struct Seat {
    app: App,
    store_id: StoreId,
    order_id: OrderId,
    pub(super) news: watch::Receiver<u64>,
}

impl Pages {
    /// Something happened at a store.
    pub fn moved(&self, store_id: StoreId) {
        if let Some(store) = self.lock().stores.get(&store_id) {
            store.news.send_modify(|count| *count += 1);
        }
    }

    /// Streams that are open.
    pub fn open(&self) -> usize {
        self.lock().total
    }

    /// Takes a place.
    pub(super) fn sit(app: &App, store_id: StoreId, order_id: OrderId) -> Result<Seat, Full> {
        let mut board = app.pages.lock();
        let of_order = board.orders.get(&order_id).copied().unwrap_or(0);
        if board.total >= MAX_TOTAL || of_order >= MAX_PER_ORDER {
            return Err(Full);
        }
        board.total += 1;
        board.orders.insert(order_id, of_order + 1);
        let store =
            board.stores.entry(store_id).or_insert_with(|| Store { news: watch::Sender::new(0), pages: 0 });
        store.pages += 1;
        let news = store.news.subscribe();
        metrics::gauge!("order_pages_open").set(count(board.total));
        drop(board);
        Ok(Seat { app: app.clone(), store_id, order_id, news })
    }

    fn leave(&self, store_id: StoreId, order_id: OrderId) {
        let mut board = self.lock();
        board.total -= 1;
        metrics::gauge!("order_pages_open").set(count(board.total));
        if let Some(pages) = board.orders.get_mut(&order_id) {
            *pages -= 1;
            if *pages == 0 {
                board.orders.remove(&order_id);
            }
        }
        if let Some(store) = board.stores.get_mut(&store_id) {
            store.pages -= 1;
            if store.pages == 0 {
                board.stores.remove(&store_id);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        // Nothing is half done when somebody panics with it.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.app.pages.leave(self.store_id, self.order_id);
    }
}

fn count(pages: usize) -> f64 {
    f64::from(u32::try_from(pages).unwrap_or(u32::MAX))
}
