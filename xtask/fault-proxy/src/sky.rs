//! The weather over all connections of one proxy, and what was seen so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::weather::Weather;

/// What connections watch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sky {
    pub weather: Arc<Weather>,
    /// Counts the changes of the weather: byte counts begin anew with each.
    pub version: u64,
    /// Counts the times that all live connections were dropped.
    pub dropped: u64,
}

/// Counts of one proxy.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub accepted: AtomicU64,
    pub live: AtomicUsize,
    pub cuts: AtomicU64,
    pub commits_cut: AtomicU64,
}

impl Seen {
    pub fn arrive(self: &Arc<Self>) -> Visit {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.live.fetch_add(1, Ordering::Relaxed);
        Visit(Arc::clone(self))
    }
}

/// A live connection; leaves the count when dropped.
pub(crate) struct Visit(Arc<Seen>);

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Ordering::Relaxed);
    }
}
