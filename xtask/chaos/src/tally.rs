//! Counts by name, and what is wrong whatever the checker says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Findings kept in full; the rest is counted.
const MOST_FINDINGS: usize = 50;

#[derive(Clone, Default)]
pub struct Tally {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    counts: BTreeMap<String, u64>,
    findings: Vec<String>,
}

impl Tally {
    pub fn count(&self, name: &str) {
        *self.lock().counts.entry(name.to_owned()).or_default() += 1;
    }

    pub fn find(&self, what: String) {
        let mut inner = self.lock();
        if inner.findings.len() < MOST_FINDINGS {
            inner.findings.push(what);
        }
    }

    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.lock().counts.clone()
    }

    pub fn findings(&self) -> Vec<String> {
        self.lock().findings.clone()
    }

    /// Nothing panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
