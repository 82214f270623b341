//! Writing events of the log: only the next one, only in this epoch, only with the hash that the chain demands.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use shared::TimeMs;
use shared::id::OrderId;
use shared::log::{ChainHash, LogBody, Position, chain};
use shared::wire::{LogEntry, Private};

use super::{Branch, JournalError, StoredEvent, current_branch};
use crate::failpoint;

/// What became of a batch.
#[derive(Debug)]
pub struct Appended {
    /// On the disk now; in order.
    pub stored: Vec<StoredEvent>,
    /// How many were there before.
    pub duplicates: usize,
    /// Why the rest of the batch was not taken.
    pub stopped: Option<Stop>,
    pub head: Position,
}

/// Why an event was not taken. Nothing is skipped: the caller must get what is missing, or start over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error("event {expected} is missing, the server sent {found}")]
    Gap { expected: i64, found: i64 },
    #[error("the chain breaks at event {seq}: the server says {claimed}, the journal computes {computed}")]
    ChainBroken { seq: i64, claimed: String, computed: String },
    #[error("event {seq} belongs to epoch {found}, the journal to {expected}")]
    OtherEpoch { seq: i64, expected: i32, found: i32 },
    #[error("there is no snapshot yet")]
    NoBaseline,
}

/// Appends as much of `entries` as follows, in one commit.
pub(super) fn append(
    connection: &mut Connection,
    entries: &[LogEntry],
    now: TimeMs,
) -> Result<Appended, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(mut branch) = current_branch(&transaction)? else {
        let head = Position::start(0);
        return Ok(Appended { stored: Vec::new(), duplicates: 0, stopped: Some(Stop::NoBaseline), head });
    };
    let mut appended = Appended { stored: Vec::new(), duplicates: 0, stopped: None, head: branch.head() };
    for entry in entries {
        match place(&transaction, &branch, entry)? {
            Placed::Known => appended.duplicates += 1,
            Placed::Next(hash) => {
                let stored = write(&transaction, &branch, entry, hash, now)?;
                (branch.head_seq, branch.head_hash) = (entry.position.seq, hash);
                appended.stored.push(stored);
            }
            Placed::Stop(stop) => {
                appended.stopped = Some(stop);
                break;
            }
        }
    }
    if !appended.stored.is_empty() {
        settle(&transaction, &branch)?;
        failpoint::reach_here("pc.before_event_commit")?;
        transaction.commit()?;
        failpoint::reach_here("pc.after_event_commit")?;
        appended.head = branch.head();
    }
    Ok(appended)
}

enum Placed {
    Next(ChainHash),
    Known,
    Stop(Stop),
}

fn place(connection: &Connection, branch: &Branch, entry: &LogEntry) -> Result<Placed, JournalError> {
    let Position { epoch, seq, hash8 } = &entry.position;
    if *epoch != branch.epoch {
        let stop = Stop::OtherEpoch { seq: *seq, expected: branch.epoch, found: *epoch };
        return Ok(Placed::Stop(stop));
    }
    let broken = |computed: &ChainHash| {
        Placed::Stop(Stop::ChainBroken { seq: *seq, claimed: hash8.clone(), computed: computed.hash8() })
    };
    if *seq <= branch.head_seq {
        let sql = "SELECT hash FROM event WHERE branch = ? AND seq = ?";
        let known = connection.query_row(sql, [branch.id, *seq], |row| row.get(0)).optional()?.map(ChainHash);
        return Ok(match known {
            Some(hash) if hash.hash8() != *hash8 => broken(&hash),
            // Before the snapshot: nothing to compare with, and nothing that would be shown.
            Some(_) | None => Placed::Known,
        });
    }
    if *seq != branch.head_seq + 1 {
        return Ok(Placed::Stop(Stop::Gap { expected: branch.head_seq + 1, found: *seq }));
    }
    let hash = chain(branch.head_hash, *seq, entry.frame.body.as_bytes());
    Ok(if hash.hash8() == *hash8 { Placed::Next(hash) } else { broken(&hash) })
}

fn write(
    connection: &Connection,
    branch: &Branch,
    entry: &LogEntry,
    hash: ChainHash,
    now: TimeMs,
) -> Result<StoredEvent, JournalError> {
    let body = entry.frame.body.as_bytes();
    connection
        .prepare_cached(
            "INSERT INTO event (branch, seq, epoch, hash, body, received_at) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![branch.id, entry.position.seq, branch.epoch, hash.0, body, now.0])?;
    if let Some(private) = &entry.frame.private
        && let Some(order_id) = order_of(body)
    {
        keep_private(connection, order_id, private)?;
    }
    Ok(StoredEvent {
        position: Position::new(branch.epoch, entry.position.seq, &hash),
        body: body.to_vec(),
        private: entry.frame.private.clone(),
        received_at: now,
    })
}

pub(super) fn order_of(body: &[u8]) -> Option<OrderId> {
    match LogBody::parse(body) {
        Ok(body) => body.order_id(),
        Err(unreadable) => unreadable.order_id,
    }
}

pub(super) fn keep_private(
    connection: &Connection,
    order_id: OrderId,
    private: &Private,
) -> Result<(), JournalError> {
    let json = serde_json::to_string(private).expect("personal data is two optional texts");
    connection
        .prepare_cached("INSERT OR REPLACE INTO private (order_id, json) VALUES (?, ?)")?
        .execute(params![order_id.to_string(), json])?;
    Ok(())
}

/// Commands whose effect the journal has caught up with need no prediction any more.
pub(super) fn settle(connection: &Connection, branch: &Branch) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "UPDATE command SET settled = 1 WHERE settled = 0 AND state = 'applied'
             AND (seq IS NULL OR epoch < ?1 OR (epoch = ?1 AND seq <= ?2))",
        )?
        .execute(params![branch.epoch, branch.head_seq])?;
    Ok(())
}
