//! What to do next, decided without doing it.

use std::time::Duration;

use shared::log::Position;
use shared::wire::{ByeReason, ResetReason};
use tokio::time::Instant;

use super::Timing;
use crate::journal::Stop;

/// How the server's head compares with the journal's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    Same,
    /// Events are on their way, or were lost on it.
    Behind,
    /// Not the same log any more: connect again, and the server will say why.
    Diverged,
}

/// Compares the head of a beat with the journal's.
pub fn compare(theirs: &Position, ours: &Position) -> Compared {
    if theirs.epoch != ours.epoch || theirs.seq < ours.seq {
        return Compared::Diverged;
    }
    if theirs.seq > ours.seq {
        return Compared::Behind;
    }
    if theirs.hash8 == ours.hash8 { Compared::Same } else { Compared::Diverged }
}

/// What an event that was not taken calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Get the missing range.
    Fetch,
    /// Connect again; the server compares positions and sends a reset when ours is of no use.
    Reconnect,
    /// The same, and tell the person: what the server sent contradicts itself.
    ReconnectLoudly,
    /// Get a snapshot.
    StartOver,
}

/// The remedy for a stop.
pub fn remedy(stop: &Stop) -> Remedy {
    match stop {
        Stop::Gap { .. } => Remedy::Fetch,
        Stop::ChainBroken { .. } => Remedy::ReconnectLoudly,
        Stop::OtherEpoch { .. } => Remedy::Reconnect,
        Stop::NoBaseline => Remedy::StartOver,
    }
}

/// Whether the server's goodbye ends the sign-in.
pub fn ends_session(reason: ByeReason) -> bool {
    match reason {
        ByeReason::TakenOver | ByeReason::SignedOut | ByeReason::Revoked => true,
        ByeReason::Shutdown | ByeReason::Lagged | ByeReason::CounterGone => false,
    }
}

/// The reason that the journal keeps with the new branch.
pub fn reset_name(reason: ResetReason) -> &'static str {
    match reason {
        ResetReason::Epoch => "epoch",
        ResetReason::Fork => "fork",
        ResetReason::Rewound => "rewound",
        ResetReason::TooOld => "too_old",
    }
}

/// Remembers when something was last heard and since when the journal has been behind.
#[derive(Debug)]
pub struct Patience {
    timing: Timing,
    heard: Instant,
    behind_since: Option<Instant>,
}

/// What to do when the wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// The connection is dead.
    Connection,
    /// The events that the server's head promises.
    Events,
}

impl Patience {
    pub fn new(timing: Timing, now: Instant) -> Self {
        Self { timing, heard: now, behind_since: None }
    }

    /// Bytes came.
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// An event came, or the heads agree: not behind, or moving.
    pub fn moved(&mut self) {
        self.behind_since = None;
    }

    /// The server is ahead.
    pub fn behind(&mut self, now: Instant) {
        self.behind_since.get_or_insert(now);
    }

    /// How long to wait for the next frame, and what is overdue after that.
    pub fn wait(&self, now: Instant) -> (Duration, Overdue) {
        let silence = self.heard + self.timing.silence;
        match self.behind_since.map(|since| since + self.timing.behind) {
            Some(events) if events < silence => (events.saturating_duration_since(now), Overdue::Events),
            Some(_) | None => (silence.saturating_duration_since(now), Overdue::Connection),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::log::{GENESIS, chain};

    #[test]
    fn heads_are_compared_by_epoch_number_and_hash() {
        let at = |epoch, seq, body: &[u8]| Position::new(epoch, seq, &chain(GENESIS, seq, body));
        let ours = at(3, 10, b"a");
        assert_eq!(compare(&at(3, 10, b"a"), &ours), Compared::Same);
        assert_eq!(compare(&at(3, 12, b"x"), &ours), Compared::Behind);
        for theirs in [at(3, 10, b"b"), at(3, 9, b"a"), at(4, 12, b"a"), at(2, 10, b"a")] {
            assert_eq!(compare(&theirs, &ours), Compared::Diverged);
        }
    }

    #[test]
    fn waits_for_silence_or_for_promised_events_whichever_is_first() {
        let start = Instant::now();
        let mut patience = Patience::new(Timing::default(), start);
        assert_eq!(patience.wait(start), (Duration::from_secs(25), Overdue::Connection));
        patience.behind(start + Duration::from_secs(1));
        patience.behind(start + Duration::from_secs(3));
        patience.heard(start + Duration::from_secs(3));
        assert_eq!(patience.wait(start + Duration::from_secs(4)), (Duration::from_secs(2), Overdue::Events));
        patience.moved();
        assert_eq!(
            patience.wait(start + Duration::from_secs(4)),
            (Duration::from_secs(24), Overdue::Connection)
        );
    }
}
