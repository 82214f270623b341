//! How long the sync engine waits for what.

use std::time::Duration;

/// The waits. [`Timing::default`] is for real counters; tests make them shorter.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Without a byte for this long the connection is dead: two and a half beats.
    pub silence: Duration,
    /// The server's log is longer than the journal for this long although nothing comes: fetch what is missing.
    pub behind: Duration,
    /// First bound of the wait before another try; doubles with each failure.
    pub backoff_base: Duration,
    /// Last bound of that wait. A server that came back is found within it, so it is short; that thousands of counters ask
    /// once in a while costs a server that is away nothing.
    pub backoff_limit: Duration,
    /// After so long without a frame, catch up in pages before following again.
    pub catch_up_after: Duration,
    /// Which waits the dice give, so that a course of events can be played again.
    pub seed: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(25),
            behind: Duration::from_secs(5),
            backoff_base: Duration::from_millis(500),
            backoff_limit: Duration::from_secs(3),
            catch_up_after: Duration::from_secs(30),
            seed: rand::random(),
        }
    }
}
