//! The server's clock. Tests hold one that moves when they say so.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use shared::TimeMs;

/// Where "now" comes from.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds that tests have moved the clock forward; zero in production.
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// Moves this clock and all its clones forward.
    pub fn advance(&self, by: std::time::Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Now, in milliseconds.
    pub fn now_ms(&self) -> TimeMs {
        TimeMs(Utc::now().timestamp_millis() + self.ahead_ms.load(Ordering::SeqCst))
    }

    /// Now, as Postgres keeps it: whole milliseconds, so that what is read back equals what was written.
    pub fn now(&self) -> DateTime<Utc> {
        to_utc(self.now_ms())
    }
}

/// A domain time as Postgres keeps it.
pub fn to_utc(time: TimeMs) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A Postgres time as the domain keeps it.
pub fn to_ms(time: DateTime<Utc>) -> TimeMs {
    TimeMs(time.timestamp_millis())
}
