//! The counter's own clock. It is shown and it paces sounds; it never decides what happens to an order.

use std::time::{SystemTime, UNIX_EPOCH};

use shared::TimeMs;

/// Now, by this computer.
pub fn now() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimeMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
