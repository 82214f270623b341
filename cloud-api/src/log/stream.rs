//! The Redis stream of one business day of one store: a copy of the log for fast reading, which can always be made again.

use std::sync::LazyLock;

use redis::aio::ConnectionLike;
use redis::{RedisError, RedisResult, Script};
use shared::id::{DayId, StoreId};
use shared::log::ChainHash;

use crate::db::events::StoredEvent;
use crate::failpoint;

/// The one Pub/Sub channel of wake-ups.
pub const WAKE_CHANNEL: &str = "log:wake";
/// Where the relay puts the latest canary.
pub const CANARY_KEY: &str = "log:canary";

static APPEND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("append.lua")));

/// A day's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayStream {
    pub day_id: DayId,
    /// The first event that belongs to it.
    pub first_seq: i64,
    /// Grows when what Redis holds turned out to be another log.
    pub generation: i32,
}

impl DayStream {
    /// The stream's key; the braces keep a store's keys in one slot of a cluster.
    pub fn key(&self, store_id: StoreId) -> String {
        format!("{{{store_id}}}:log:{}:{}", self.day_id, self.generation)
    }
}

/// The key that forbids to write a day's stream again; its value is the epoch of the log in which the stream was removed.
pub fn tombstone_key(store_id: StoreId, day_id: DayId) -> String {
    format!("closed:{{{store_id}}}:{day_id}")
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// Something was added, and everything offered is there now.
    Added,
    /// Everything offered was there already.
    Duplicate,
    /// Events before these are missing; the stream ends at `last`.
    Gap { last: i64 },
    /// What is there is another log.
    Fork,
    /// The day's stream was removed for good.
    Closed,
}

impl Appended {
    /// The name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ok",
            Self::Duplicate => "dup",
            Self::Gap { .. } => "gap",
            Self::Fork => "fork",
            Self::Closed => "closed",
        }
    }
}

/// Offers consecutive `events` of a log in this epoch, which follow the event with hash `previous`. Safe to repeat and to race with others.
pub async fn append(
    redis: &(impl ConnectionLike + Clone + Send + Sync),
    store_id: StoreId,
    stream: &DayStream,
    epoch: i32,
    previous: ChainHash,
    events: &[StoredEvent],
) -> RedisResult<Appended> {
    let Some(first) = events.first() else { return Ok(Appended::Duplicate) };
    let mut call = APPEND.key(stream.key(store_id));
    call.key(tombstone_key(store_id, stream.day_id));
    call.arg(stream.first_seq - 1).arg(previous.hex()).arg(first.seq).arg(epoch);
    for event in events {
        call.arg(event.body.as_slice()).arg(event.hash.hex());
    }
    failpoint::reach("relay.before_xadd").await?;
    let (verdict, last): (String, i64) = call.invoke_async(&mut redis.clone()).await?;
    failpoint::reach("relay.after_xadd").await?;
    match verdict.as_str() {
        "OK" => Ok(Appended::Added),
        "DUP" => Ok(Appended::Duplicate),
        "GAP" => Ok(Appended::Gap { last }),
        "FORK" => Ok(Appended::Fork),
        "CLOSED" => Ok(Appended::Closed),
        other => Err(unexpected(format!("append.lua answered {other:?}"))),
    }
}

/// The entries from `from` to `to`, as far as they are there; the caller verifies the chain.
pub async fn range(
    redis: &(impl ConnectionLike + Clone + Send + Sync),
    store_id: StoreId,
    stream: &DayStream,
    from: i64,
    to: i64,
) -> RedisResult<Vec<StoredEvent>> {
    let entries: Vec<(String, Vec<Vec<u8>>)> = redis::cmd("XRANGE")
        .arg(stream.key(store_id))
        .arg(format!("{from}-0"))
        .arg(format!("{to}-0"))
        .query_async(&mut redis.clone())
        .await?;
    entries.into_iter().map(|(id, fields)| read_entry(&id, fields)).collect()
}

fn read_entry(id: &str, fields: Vec<Vec<u8>>) -> RedisResult<StoredEvent> {
    let seq = id.strip_suffix("-0").and_then(|seq| seq.parse().ok());
    let (mut body, mut hash) = (None, None);
    let mut fields = fields.into_iter();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        match name.as_slice() {
            b"body" => body = Some(value),
            b"hash" => hash = std::str::from_utf8(&value).ok().and_then(ChainHash::from_hex),
            _ => {}
        }
    }
    match (seq, body, hash) {
        (Some(seq), Some(body), Some(hash)) => Ok(StoredEvent { seq, body, hash }),
        _ => Err(unexpected(format!("stream entry {id:?} is not one of ours"))),
    }
}

fn unexpected(text: String) -> RedisError {
    RedisError::from((redis::ErrorKind::UnexpectedReturnType, "unexpected content in Redis", text))
}
