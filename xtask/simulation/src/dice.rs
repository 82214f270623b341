//! All chance of a simulation comes from here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

/// Seeded dice; every clone throws the same ones.
#[derive(Debug, Clone)]
pub struct Dice(Arc<Mutex<StdRng>>);

impl Dice {
    /// Dice that fall the same way for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// True once in a while: `percent` times of a hundred.
    pub fn chance(&self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// From zero to `limit - 1`.
    pub fn below(&self, limit: u64) -> u64 {
        self.with(|rng| rng.random_range(0..limit.max(1)))
    }

    /// From `low` to `high`, both included.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        self.with(|rng| rng.random_range(low..=high))
    }

    /// Milliseconds from `low` to `high`.
    pub fn ms(&self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.between(low, high))
    }

    /// One of `these`.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&self, these: &'a [T]) -> &'a T {
        &these[usize::try_from(self.below(these.len() as u64)).expect("an index fits")]
    }

    /// An id.
    pub fn uuid(&self) -> Uuid {
        Uuid::from_u128(self.with(|rng| rng.random()))
    }

    /// A seed for other dice.
    pub fn seed(&self) -> u64 {
        self.with(|rng| rng.random())
    }

    fn with<T>(&self, throw: impl FnOnce(&mut StdRng) -> T) -> T {
        throw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
