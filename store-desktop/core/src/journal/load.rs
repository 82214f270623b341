//! Reading back what a start needs.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use shared::TimeMs;
use shared::id::OrderId;
use shared::log::{ChainHash, Position, chain};
use shared::wire::{Private, Snapshot};

use super::facts::{self, SoundAbout};
use super::outbox::{self, Waiting};
use super::{Branch, JournalError, StoredEvent, current_branch};

/// The journal's content from the last checkpoint on.
pub struct Loaded {
    pub branch: Option<LoadedBranch>,
    pub waiting: Vec<Waiting>,
    /// All events on the disk, of every branch.
    pub event_count: i64,
}

/// What is kept beside the log for some orders.
#[derive(Debug, Default)]
pub struct Beside {
    pub private: HashMap<OrderId, Private>,
    pub acknowledged: Vec<(OrderId, SoundAbout)>,
}

/// The current branch.
pub struct LoadedBranch {
    pub id: i64,
    pub head: Position,
    pub snapshot: Snapshot,
    pub started_at: TimeMs,
    /// The fold at some event, as the fold wrote it.
    pub checkpoint: Option<String>,
    /// The fold stands here: at the checkpoint, or else at the snapshot. [`super::Journal::events`] has what follows.
    pub folded_to: i64,
}

pub(super) fn load(connection: &Connection) -> Result<Loaded, JournalError> {
    let branch = match current_branch(connection)? {
        Some(branch) => Some(load_branch(connection, &branch)?),
        None => None,
    };
    Ok(Loaded { branch, waiting: outbox::waiting(connection)?, event_count: event_count(connection)? })
}

/// Branches have no holes, so their ends tell; counting a million rows would take its time.
fn event_count(connection: &Connection) -> Result<i64, JournalError> {
    let sql = "SELECT coalesce(sum((SELECT max(e.seq) FROM event e WHERE e.branch = b.id) - b.seq), 0) FROM branch b";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

fn load_branch(connection: &Connection, branch: &Branch) -> Result<LoadedBranch, JournalError> {
    let snapshot = snapshot_of(connection, branch.id)?;
    let sql = "SELECT started_at FROM branch WHERE id = ?";
    let started_at: i64 = connection.query_row(sql, [branch.id], |row| row.get(0))?;
    let checkpoint: Option<(i64, String)> = connection
        .query_row("SELECT seq, orders FROM checkpoint WHERE branch = ?", [branch.id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let folded_to = checkpoint.as_ref().map_or(branch.start_seq, |(seq, _)| *seq);
    Ok(LoadedBranch {
        id: branch.id,
        head: branch.head(),
        snapshot,
        started_at: TimeMs(started_at),
        checkpoint: checkpoint.map(|(_, orders)| orders),
        folded_to,
    })
}

/// The snapshot that a branch began with.
pub(super) fn snapshot_of(connection: &Connection, branch: i64) -> Result<Snapshot, JournalError> {
    let sql = "SELECT snapshot FROM branch WHERE id = ?";
    let kept: String = connection.query_row(sql, [branch], |row| row.get(0))?;
    read_snapshot(&kept).map_err(|error| JournalError::Damaged(format!("the stored snapshot: {error}")))
}

/// A snapshot that was kept before days had states says only when the day was opened: it was open.
fn read_snapshot(kept: &str) -> serde_json::Result<Snapshot> {
    let mut snapshot: serde_json::Value = serde_json::from_str(kept)?;
    if let Some(day) = snapshot["day"].as_object_mut()
        && !day.contains_key("state")
    {
        let opened_at = day.get("opened_at").cloned().unwrap_or_default();
        day.insert("state".to_owned(), "open".into());
        day.insert("since".to_owned(), opened_at.clone());
        day.insert("prepared_at".to_owned(), opened_at);
    }
    serde_json::from_value(snapshot)
}

/// At most `limit` events of the current branch after `after`, without personal data. The chain is recomputed on the way: what is shown is
/// exactly what was verified, by whatever way SQLite came to the rows.
pub(super) fn events(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> Result<Vec<StoredEvent>, JournalError> {
    match current_branch(connection)? {
        Some(branch) => events_of(connection, &branch, after, limit),
        None => Ok(Vec::new()),
    }
}

/// The same of any branch.
pub(super) fn events_of(
    connection: &Connection,
    branch: &Branch,
    after: i64,
    limit: usize,
) -> Result<Vec<StoredEvent>, JournalError> {
    let after = after.max(branch.start_seq);
    let mut before = hash_after(connection, branch, after)?;
    let mut statement = connection.prepare_cached(
        "SELECT epoch, seq, hash, body, received_at FROM event WHERE branch = ? AND seq > ? ORDER BY seq LIMIT ?",
    )?;
    let mut rows = statement.query(params![branch.id, after, limit as i64])?;
    let mut events: Vec<StoredEvent> = Vec::new();
    while let Some(row) = rows.next()? {
        let (epoch, seq, hash) = (row.get::<_, i32>(0)?, row.get::<_, i64>(1)?, ChainHash(row.get(2)?));
        let body: Vec<u8> = row.get(3)?;
        let expected = after + 1 + events.len() as i64;
        before = chain(before, expected, &body);
        if (epoch, seq, hash) != (branch.epoch, expected, before) {
            return Err(JournalError::Damaged(format!("event {expected} is not the one that was written")));
        }
        let position = Position::new(epoch, seq, &hash);
        events.push(StoredEvent { position, body, private: None, received_at: TimeMs(row.get(4)?) });
    }
    let reached = after + events.len() as i64;
    if events.len() < limit && reached < branch.head_seq {
        return Err(JournalError::Damaged(format!("event {} is missing", reached + 1)));
    }
    Ok(events)
}

/// The events about one order between two numbers. Each is held against the chain by its predecessor's hash.
pub(super) fn events_about(
    connection: &Connection,
    branch: i64,
    order_id: OrderId,
    (first, last): (i64, i64),
) -> Result<Vec<StoredEvent>, JournalError> {
    let sql = "SELECT e.epoch, e.seq, e.hash, e.body, e.received_at,
                      coalesce(p.hash, (SELECT hash FROM branch b WHERE b.id = e.branch AND b.seq = e.seq - 1))
               FROM event e LEFT JOIN event p ON p.branch = e.branch AND p.seq = e.seq - 1
               WHERE e.branch = ? AND e.seq BETWEEN ? AND ? AND instr(e.body, ?) ORDER BY e.seq";
    let mut statement = connection.prepare_cached(sql)?;
    // Both are bytes, so that SQLite compares bytes.
    let name = order_id.to_string().into_bytes();
    let mut rows = statement.query(params![branch, first, last, name])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let (epoch, seq, hash) = (row.get::<_, i32>(0)?, row.get::<_, i64>(1)?, ChainHash(row.get(2)?));
        let body: Vec<u8> = row.get(3)?;
        let before: Option<[u8; 32]> = row.get(5)?;
        if before.is_none_or(|before| chain(ChainHash(before), seq, &body) != hash) {
            return Err(JournalError::Damaged(format!("event {seq} is not the one that was written")));
        }
        let position = Position::new(epoch, seq, &hash);
        events.push(StoredEvent { position, body, private: None, received_at: TimeMs(row.get(4)?) });
    }
    Ok(events)
}

/// The chain at event `seq`, which is in the branch or where it begins.
fn hash_after(connection: &Connection, branch: &Branch, seq: i64) -> Result<ChainHash, JournalError> {
    let (sql, key) = if seq == branch.start_seq {
        ("SELECT hash FROM branch WHERE id = ?1 AND seq = ?2", params![branch.id, seq])
    } else {
        ("SELECT hash FROM event WHERE branch = ?1 AND seq = ?2", params![branch.id, seq])
    };
    let hash = connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
    match hash {
        Some(hash) => Ok(ChainHash(hash)),
        // Beyond the end there is nothing to read.
        None if seq > branch.head_seq => Ok(branch.head_hash),
        None => Err(JournalError::Damaged(format!("event {seq} is missing"))),
    }
}

/// What is kept beside the log for these orders; a journal of years holds many more.
pub(super) fn beside(connection: &Connection, orders: &[OrderId]) -> Result<Beside, JournalError> {
    let sql = "SELECT json, sum IS row_sum(order_id, json) FROM private WHERE order_id = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut private = HashMap::new();
    for order in orders {
        let row: Option<(String, bool)> =
            statement.query_row([order.to_string()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((json, whole)) = row else { continue };
        let data = serde_json::from_str(&json).ok().filter(|_| whole);
        let data = data.ok_or_else(|| JournalError::Damaged(format!("what order {order} said")))?;
        private.insert(*order, data);
    }
    Ok(Beside { private, acknowledged: facts::acknowledged(connection, orders)? })
}
