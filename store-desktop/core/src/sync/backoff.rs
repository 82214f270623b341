//! Waiting before another try: full jitter, so that thousands of counters do not come back at once.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Timing;

/// Doublings after which the bound no longer grows; keeps the arithmetic far from overflow.
const MAX_DOUBLINGS: u32 = 16;

/// Counts failures in a row.
#[derive(Debug)]
pub struct Backoff {
    base: Duration,
    limit: Duration,
    failures: u32,
    dice: StdRng,
}

impl Backoff {
    pub fn new(timing: &Timing) -> Self {
        let dice = StdRng::seed_from_u64(timing.seed);
        Self { base: timing.backoff_base, limit: timing.backoff_limit, failures: 0, dice }
    }

    /// It worked.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// It failed; how long to wait: anything from nothing to the bound, equally likely.
    pub fn next_wait(&mut self) -> Duration {
        let bound = self.bound();
        self.failures = (self.failures + 1).min(MAX_DOUBLINGS);
        bound.mul_f64(self.dice.random_range(0.0..=1.0))
    }

    fn bound(&self) -> Duration {
        self.base.saturating_mul(1 << self.failures.min(MAX_DOUBLINGS)).min(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_its_limit_and_starts_over() {
        let mut backoff = Backoff::new(&Timing::default());
        let bounds: Vec<u128> = (0..6)
            .map(|_| {
                let bound = backoff.bound();
                assert!(backoff.next_wait() <= bound);
                bound.as_millis()
            })
            .collect();
        assert_eq!(bounds, [500, 1_000, 2_000, 3_000, 3_000, 3_000]);
        backoff.reset();
        assert_eq!(backoff.bound().as_millis(), 500);
    }
}
