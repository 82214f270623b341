//! Reading back what a start needs, and exporting the log.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use shared::TimeMs;
use shared::id::OrderId;
use shared::log::{ChainHash, Position, chain};
use shared::wire::{Private, Snapshot};

use super::facts::{self, SoundAbout};
use super::outbox::{self, Waiting};
use super::{Branch, JournalError, StoredEvent, current_branch, open};

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
    let (snapshot, started_at): (String, i64) =
        connection.query_row("SELECT snapshot, started_at FROM branch WHERE id = ?", [branch.id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let snapshot = serde_json::from_str(&snapshot)
        .map_err(|error| JournalError::Damaged(format!("the stored snapshot: {error}")))?;
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

/// At most `limit` events of the current branch after `after`, without personal data. The chain is recomputed on the way: what is shown is
/// exactly what was verified, by whatever way SQLite came to the rows.
pub(super) fn events(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> Result<Vec<StoredEvent>, JournalError> {
    let Some(branch) = current_branch(connection)? else { return Ok(Vec::new()) };
    let after = after.max(branch.start_seq);
    let mut before = hash_after(connection, &branch, after)?;
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

/// Writes every event of every branch as a JSON line, without personal data; a counter may be running. Returns how many.
pub fn export(folder: &Path, out: &mut dyn Write) -> Result<u64, JournalError> {
    let connection = open::open_read_only(folder)?;
    let mut statement = connection.prepare(
        "SELECT e.branch, e.seq, e.epoch, e.hash, e.body, e.received_at, b.orphaned_at IS NOT NULL
         FROM event e JOIN branch b ON b.id = e.branch ORDER BY e.branch, e.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut written = 0;
    while let Some(row) = rows.next()? {
        let hash = ChainHash(row.get(3)?);
        let body: Vec<u8> = row.get(4)?;
        let line = serde_json::json!({
            "branch": row.get::<_, i64>(0)?,
            "orphaned": row.get::<_, bool>(6)?,
            "position": Position::new(row.get(2)?, row.get(1)?, &hash),
            "hash": hash.hex(),
            "received_at": row.get::<_, i64>(5)?,
            "body": String::from_utf8_lossy(&body),
        });
        writeln!(out, "{line}")?;
        written += 1;
    }
    out.flush()?;
    Ok(written)
}
