//! Closing a day with proof: `/v1/store/days/{day_id}/…`.
//!
//! `GET status` says what still stands in the way, `POST cut` freezes the books, `POST check` compares everything, `POST hashes` lets the
//! counter find where its journal differs, `POST repair` builds the stream anew, and `POST close` ends the day: its answer is the signed
//! certificate, or what is missing. Each may be sent again at any time. `GET certificate` answers it for ever.

mod blocker;
mod check;
mod money;

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::certificate::SignedCertificate;
use crate::id::DayId;
use crate::log::Position;

pub use blocker::*;
pub use check::*;
pub use money::*;

/// Most numbers of one [`HashesRequest`]: three rounds find one event among 260,000.
pub const MAX_HASHES: usize = 64;
/// Most orders that one [`Blocker`] names, and most [`Difference`]s of one [`CheckReport`]; the rest is counted.
pub const MAX_LISTED: usize = 100;

/// Answer of `GET …/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CloseStatus {
    pub day_id: DayId,
    pub server_time: TimeMs,
    /// When closing began; absent while orders are still taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub closing_since: Option<TimeMs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub closed_at: Option<TimeMs>,
    /// What stands in the way; empty when the books can be frozen, or are.
    pub blockers: Vec<Blocker>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub cut: Option<Cut>,
}

/// Where the day's books end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Cut {
    /// The first event of the day.
    pub first_seq: i64,
    /// The last event of the books: the one before `day_cut`.
    pub upto: Position,
    /// The chain hash at `upto`, 64 hex digits.
    pub head_hash: String,
    pub cut_at: TimeMs,
}

/// Answer of `POST …/cut`, which first completes the orders that were handed over. The cut is absent when something stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CutAnswer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub cut: Option<Cut>,
    pub blockers: Vec<Blocker>,
}

/// `POST …/hashes`: the chain hashes of these events, to find the first that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashesRequest {
    /// At most [`MAX_HASHES`].
    pub seqs: Vec<i64>,
}

/// In the order of the request, without those that the store's log does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashesAnswer {
    pub hashes: Vec<HashAt>,
}

/// The chain hash of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashAt {
    pub seq: i64,
    /// 64 hex digits.
    pub hash: String,
}

/// What a counter says of its journal, after it has verified the chain of it up to the cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct JournalProof {
    /// The cut's `upto`, as the journal has it.
    pub position: Position,
    /// The journal's chain hash there, 64 hex digits.
    pub head_hash: String,
    /// Events of the journal from the cut's `first_seq` to its `upto`.
    pub count: i64,
}

/// `POST …/close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseRequest {
    pub journal: JournalProof,
}

/// Answer of `POST …/close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CloseAnswer {
    /// The day is closed; the same certificate for ever.
    Closed { certificate: SignedCertificate },
    /// Something stands in the way.
    NotYet { blockers: Vec<Blocker> },
    /// Something is not equal.
    Different { report: CheckReport },
}

/// Answer of `GET /v1/certificate-key`, which anybody may ask: the key that certificates are verified with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CertificateKey {
    /// The first eight bytes of the key's SHA-256, in hex.
    pub key_id: String,
    /// Ed25519, 64 hex digits.
    pub public_key: String,
}
