//! The log on the wire: SSE frames, ranges and acknowledgements.

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::log::Position;

/// `data:` of `event: log`. Its `id:` is the event's position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFrame {
    /// The exact JSON text whose UTF-8 bytes are hashed.
    pub body: String,
    /// Personal data that belongs to the event; absent when there is none or it was erased.
    pub private: Option<Private>,
}

/// What staff must see of the customer and no log may hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Private {
    /// The customer's request to the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The last four digits of the customer's phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_last4: Option<String>,
}

/// `data:` of `event: beat`, every ten seconds. Its `id:` repeats the last position sent on the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Where the server's log ends.
    pub head: Position,
    pub server_time: TimeMs,
    /// The latest number that went through Postgres and came back through Redis.
    pub canary: Option<Canary>,
    /// Postgres does not answer; what is shown may be old.
    #[serde(default)]
    pub degraded: bool,
    /// Another number than before: people, devices or requests of the store changed; `GET /v1/store/desk` has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<i64>,
}

/// Proof that the whole path works: written to Postgres, relayed, read back from Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    pub number: i64,
    pub written_at: TimeMs,
}

/// `data:` of `event: reset`: start over from `GET /v1/store/snapshot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    pub reason: ResetReason,
}

/// Why a counter's position is no use to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The database was restored or promoted since.
    Epoch,
    /// Same number, other content.
    Fork,
    /// The counter is behind what it acknowledged, or ahead of what exists.
    Rewound,
    /// The server no longer keeps that far back.
    TooOld,
}

/// `data:` of `event: bye`, the last frame of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bye {
    pub reason: ByeReason,
    /// Wait this long before connecting again.
    pub reconnect_after_ms: u64,
    /// Who took the counter, with `taken_over`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<super::CounterHolder>,
}

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByeReason {
    Shutdown,
    /// Another device took the counter session; sign in again to take it back.
    TakenOver,
    SignedOut,
    /// The counter did not read fast enough; connect again and resume.
    Lagged,
    /// The device was removed from the store, or its person.
    Revoked,
    /// A viewer's: no counter is connected any more. It may come again.
    CounterGone,
}

/// Answer of `GET /v1/store/log?after=<seq>&limit=<n>`, at most [`MAX_LOG_PAGE`] events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    pub events: Vec<LogEntry>,
    pub head: Position,
}

/// Most events of one [`LogPage`].
pub const MAX_LOG_PAGE: i64 = 500;

/// One event of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub position: Position,
    #[serde(flatten)]
    pub frame: LogFrame,
}

/// `POST /v1/store/acks`: everything up to here is on the counter's disk. Answered with 204.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    pub position: Position,
}
