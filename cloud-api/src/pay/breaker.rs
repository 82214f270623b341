//! The circuit breaker before KakaoPay: a pure state machine that is told the time.
//!
//! Inquiries are never held back, because they are what ends unknown outcomes; a healthy one lets the others try again.

use std::time::Duration;

use tokio::time::Instant;

/// So many unhealthy calls in a row open it.
const FAILURES_TO_OPEN: u32 = 5;
/// A call that took longer counts as unhealthy.
pub const SLOW_CALL: Duration = Duration::from_secs(8);
/// How long it stays open the first time; each time in a row twice as long.
const FIRST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(60);
/// A trial call that never reports back is forgotten after this.
const TRIAL_PATIENCE: Duration = Duration::from_secs(30);

/// Whether calls go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They do.
    Closed { failures: u32 },
    /// They do not until `until`.
    Open { until: Instant, rest: Duration },
    /// One trial call decides; `since` when it began, if it did.
    HalfOpen { since: Option<Instant>, rest: Duration },
}

impl State {
    /// Its number in metrics: 0 closed, 1 half-open, 2 open.
    pub fn number(&self) -> f64 {
        match self {
            Self::Closed { .. } => 0.0,
            Self::HalfOpen { .. } => 1.0,
            Self::Open { .. } => 2.0,
        }
    }
}

/// Counts outcomes and says whether a call may be made.
#[derive(Debug)]
pub struct Breaker {
    state: State,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: State::Closed { failures: 0 } }
    }
}

impl Breaker {
    /// The state at `now`, with the passing of time taken into account.
    pub fn state(&mut self, now: Instant) -> State {
        if let State::Open { until, rest } = self.state
            && now >= until
        {
            self.state = State::HalfOpen { since: None, rest };
        }
        self.state
    }

    /// Whether a call could be made; claims nothing.
    pub fn is_available(&mut self, now: Instant) -> bool {
        match self.state(now) {
            State::Closed { .. } => true,
            State::Open { .. } => false,
            State::HalfOpen { since, .. } => trial_is_free(since, now),
        }
    }

    /// Whether a call may be made; when only a trial may, this is it.
    pub fn admit(&mut self, now: Instant) -> bool {
        let admitted = self.is_available(now);
        if let (true, State::HalfOpen { rest, .. }) = (admitted, self.state) {
            self.state = State::HalfOpen { since: Some(now), rest };
        }
        admitted
    }

    /// Gives an admitted call's place back: it was not made after all.
    pub fn forgo(&mut self) {
        if let State::HalfOpen { rest, .. } = self.state {
            self.state = State::HalfOpen { since: None, rest };
        }
    }

    /// Reports how a call went.
    pub fn report(&mut self, healthy: bool, now: Instant) {
        let state = self.state(now);
        self.state = match (healthy, state) {
            (true, State::Closed { .. } | State::HalfOpen { since: Some(_), .. }) => {
                State::Closed { failures: 0 }
            }
            // Somebody who was not held back found KakaoPay well again.
            (true, State::Open { rest, .. } | State::HalfOpen { since: None, rest }) => {
                State::HalfOpen { since: None, rest }
            }
            (false, State::Closed { failures }) if failures + 1 < FAILURES_TO_OPEN => {
                State::Closed { failures: failures + 1 }
            }
            (false, State::Closed { .. }) => open(FIRST_REST, now),
            (false, State::HalfOpen { rest, .. }) => open((rest * 2).min(LONGEST_REST), now),
            (false, State::Open { .. }) => state,
        };
    }
}

fn trial_is_free(since: Option<Instant>, now: Instant) -> bool {
    since.is_none_or(|since| now.duration_since(since) >= TRIAL_PATIENCE)
}

fn open(rest: Duration, now: Instant) -> State {
    State::Open { until: now + rest, rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES_TO_OPEN {
            assert!(breaker.admit(now));
            breaker.report(false, now);
        }
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES_TO_OPEN * 3 {
            for _ in 1..FAILURES_TO_OPEN {
                breaker.report(false, now);
            }
            breaker.report(true, now);
        }
        assert!(breaker.is_available(now));
        assert!(!opened(now).is_available(now));
    }

    #[test]
    fn lets_one_trial_through_after_a_rest() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + FIRST_REST;
        assert!(breaker.admit(later), "the trial");
        assert!(!breaker.admit(later), "a second one");
        breaker.report(true, later);
        assert_eq!(breaker.state(later), State::Closed { failures: 0 });
    }

    #[test]
    fn rests_longer_each_time_up_to_a_bound() {
        let mut now = Instant::now();
        let mut breaker = opened(now);
        let mut rests = Vec::new();
        for _ in 0..8 {
            let State::Open { until, rest } = breaker.state(now) else { panic!("it is open") };
            rests.push(rest);
            now = until;
            assert!(breaker.admit(now));
            breaker.report(false, now);
        }
        assert_eq!(rests[..3], [2, 4, 8].map(Duration::from_secs));
        assert_eq!(rests.last(), Some(&LONGEST_REST));
    }

    #[test]
    fn a_healthy_inquiry_ends_the_rest_early() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.report(true, now);
        assert!(breaker.admit(now));
    }

    #[test]
    fn a_trial_that_never_reports_is_forgotten() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + FIRST_REST;
        assert!(breaker.admit(later));
        assert!(!breaker.admit(later + TRIAL_PATIENCE / 2));
        assert!(breaker.admit(later + TRIAL_PATIENCE));
    }
}
