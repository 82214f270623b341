//! Whether anybody was there to do what timers are for. While every instance was away, or Postgres was, counters could not hear of orders nor
//! answer them: an order whose deadline passed meanwhile is not taken from a store that could not accept it.

use std::time::{Duration, Instant};

use shared::TimeMs;

/// Timers are looked at far more often; whoever did nothing for this long was away.
const AWAY: Duration = Duration::from_secs(10);
const AWAY_MS: i64 = 10_000;
/// What a store gets to answer once we are back: its counter connects within seconds and rings.
const GRACE_MS: i64 = 60_000;

/// Since when one worker has done what is due without having been away.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    since: TimeMs,
    worked: Instant,
}

impl Watch {
    /// A worker that begins now.
    pub fn begin(now: TimeMs) -> Self {
        Self { since: now, worked: Instant::now() }
    }

    /// A round begins at `at`. After a longer pause the watch begins anew: a stopped process counts, and a Postgres that could not be read
    /// or written.
    pub fn round_begins(&mut self, now: TimeMs, at: Instant) {
        if at.duration_since(self.worked) > AWAY {
            self.since = now;
        }
    }

    /// A round was done to its end, however long it took.
    pub fn round_ended(&mut self, at: Instant) {
        self.worked = at;
    }

    /// Until when a store may still answer whose deadline was `due`; `None` when somebody was there at the deadline. Another instance that
    /// was there has left nothing that is so late.
    pub fn grace(&self, due: TimeMs) -> Option<TimeMs> {
        (self.since.ms_since(due) > AWAY_MS).then(|| self.since.plus_ms(GRACE_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_due_while_nobody_was_there_gets_a_minute() {
        let now = TimeMs(1_000_000);
        let watch = Watch::begin(now);
        assert_eq!(watch.grace(TimeMs(500_000)), Some(TimeMs(1_060_000)));
        // What is due when the minute is over was due while somebody was there.
        assert_eq!(watch.grace(TimeMs(1_060_000)), None);
        assert_eq!(watch.grace(TimeMs(995_000)), None);
    }

    #[test]
    fn a_long_pause_is_an_absence_and_a_short_one_is_not() {
        let mut watch = Watch::begin(TimeMs(0));
        let begun = watch.worked;
        watch.round_begins(TimeMs(100_000), begun + Duration::from_secs(9));
        assert_eq!(watch.grace(TimeMs(50_000)), None);
        watch.round_begins(TimeMs(200_000), begun + Duration::from_secs(30));
        assert_eq!(watch.grace(TimeMs(150_000)), Some(TimeMs(260_000)));
    }

    #[test]
    fn a_long_round_is_work_and_no_absence() {
        let mut watch = Watch::begin(TimeMs(0));
        let later = watch.worked + Duration::from_secs(40);
        watch.round_ended(later);
        watch.round_begins(TimeMs(41_000), later + Duration::from_secs(1));
        assert_eq!(watch.grace(TimeMs(20_000)), None);
    }
}
