//! Recomputes the chain: every event follows its predecessor by number and by hash.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use shared::log::{ChainHash, Position, chain};

use super::{JournalError, open, sums};

/// What a full verification found.
#[derive(Debug)]
pub struct Verified {
    pub branches: usize,
    pub events: i64,
    /// Where the current branch ends; `None` before the first sign-in.
    pub head: Option<Position>,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("branch {branch}: event {expected} is missing, {found} follows")]
    Missing { branch: i64, expected: i64, found: i64 },
    #[error("branch {branch}: the chain breaks at event {seq}")]
    ChainBroken { branch: i64, seq: i64 },
    #[error("branch {branch}: event {seq} has epoch {found} in a branch of epoch {epoch}")]
    OtherEpoch { branch: i64, seq: i64, epoch: i32, found: i32 },
}

/// Verifies every event of every branch of the journal in `folder`; a counter may be running.
pub fn verify(folder: &Path) -> Result<Result<Verified, Fault>, JournalError> {
    whole(&open::open_read_only(folder)?)
}

/// Compares the checksums of everything that no chain covers.
pub fn verify_sums(folder: &Path) -> Result<(), JournalError> {
    sums::check_all(&open::open_read_only(folder)?)
}

/// Verifies every event of every branch.
pub(super) fn whole(connection: &Connection) -> Result<Result<Verified, Fault>, JournalError> {
    // One moment of the file: a counter may be writing.
    let _moment = connection.unchecked_transaction()?;
    let mut verified = Verified { branches: 0, events: 0, head: None };
    for branch in branches(connection)? {
        verified.branches += 1;
        match walk(connection, &branch, branch.seq, branch.hash)? {
            Err(fault) => return Ok(Err(fault)),
            Ok(end) => {
                verified.events += end.seq - branch.seq;
                if branch.current {
                    verified.head = Some(end);
                }
            }
        }
    }
    Ok(Ok(verified))
}

/// Verifies the last `count` events of the current branch, and that none is missing anywhere in it.
pub(super) fn newest(connection: &Connection, count: i64) -> Result<Option<Fault>, JournalError> {
    let Some(branch) = branches(connection)?.into_iter().find(|branch| branch.current) else {
        return Ok(None);
    };
    let sql = "SELECT count(*) FROM event WHERE branch = ?";
    let events: i64 = connection.query_row(sql, [branch.id], |row| row.get(0))?;
    let last = last_seq(connection, &branch)?;
    let rows_end = last_row(connection, &branch)?;
    if rows_end != last {
        return Err(JournalError::Damaged(format!("the index ends at event {last}, the rows at {rows_end}")));
    }
    let from = (last - count).max(branch.seq);
    let hash = match hash_at(connection, branch.id, from)? {
        Some(hash) => hash,
        None if from == branch.seq => branch.hash,
        None => return Ok(Some(Fault::Missing { branch: branch.id, expected: from, found: from + 1 })),
    };
    let walked = walk(connection, &branch, from, hash)?;
    if events == last - branch.seq || walked.is_err() {
        return Ok(walked.err());
    }
    match walk(connection, &branch, branch.seq, branch.hash)? {
        Err(fault) => Ok(Some(fault)),
        // Every event is there, and the index counts another number of them.
        Ok(_) => {
            Err(JournalError::Damaged(format!("the index counts {events} of {} events", last - branch.seq)))
        }
    }
}

/// Where a branch ends, looked up from the end: an entry that is damaged in the middle of the index hides what follows from whoever comes
/// from the beginning.
fn last_seq(connection: &Connection, branch: &BranchStart) -> Result<i64, JournalError> {
    let sql = "SELECT seq FROM event WHERE branch = ? ORDER BY seq DESC LIMIT 1";
    let last = connection.query_row(sql, [branch.id], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(branch.seq))
}

/// Where the rows end, without the index: a damaged entry in it can hide its own end from both sides.
fn last_row(connection: &Connection, branch: &BranchStart) -> Result<i64, JournalError> {
    let sql = "SELECT branch, seq FROM event ORDER BY id DESC LIMIT 1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let last = connection.query_row(sql, [], row).optional()?;
    Ok(last.filter(|(of, _)| *of == branch.id).map_or(branch.seq, |(_, seq)| seq))
}

struct BranchStart {
    id: i64,
    epoch: i32,
    seq: i64,
    hash: ChainHash,
    current: bool,
}

fn branches(connection: &Connection) -> Result<Vec<BranchStart>, JournalError> {
    let mut statement =
        connection.prepare("SELECT id, epoch, seq, hash, orphaned_at IS NULL FROM branch ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        Ok(BranchStart {
            id: row.get(0)?,
            epoch: row.get(1)?,
            seq: row.get(2)?,
            hash: ChainHash(row.get(3)?),
            current: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn hash_at(connection: &Connection, branch: i64, seq: i64) -> Result<Option<ChainHash>, JournalError> {
    let sql = "SELECT hash FROM event WHERE branch = ? AND seq = ?";
    Ok(connection.query_row(sql, [branch, seq], |row| row.get(0)).optional()?.map(ChainHash))
}

/// An event as the index finds it.
pub(super) struct Link<'a> {
    pub seq: i64,
    pub epoch: i32,
    pub hash: ChainHash,
    pub body: &'a [u8],
    agrees: bool,
}

impl Link<'_> {
    /// Refuses an index that leads to another event's row.
    pub fn is_its_row(&self) -> Result<(), JournalError> {
        if self.agrees {
            return Ok(());
        }
        Err(JournalError::Damaged(format!("the index and the row of event {} differ", self.seq)))
    }
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    On,
    Stop,
}

/// Takes the events of a branch after `after` up to `upto`, in order, one by one. Through the index to the row: both have to say the same,
/// because later reads may believe either.
pub(super) fn links(
    connection: &Connection,
    branch: i64,
    after: i64,
    upto: i64,
    mut take: impl FnMut(Link<'_>) -> Result<Walk, JournalError>,
) -> Result<(), JournalError> {
    let mut statement = connection.prepare(
        "SELECT i.seq, e.epoch, e.hash, e.body, e.seq = i.seq AND e.branch = i.branch
         FROM event i JOIN event e ON e.id = i.id WHERE i.branch = ? AND i.seq > ? AND i.seq <= ? ORDER BY i.seq",
    )?;
    let mut rows = statement.query(params![branch, after, upto])?;
    while let Some(row) = rows.next()? {
        let body = row.get_ref(3)?.as_blob().map_err(|error| JournalError::Damaged(error.to_string()))?;
        let link = Link {
            seq: row.get(0)?,
            epoch: row.get(1)?,
            hash: ChainHash(row.get(2)?),
            body,
            agrees: row.get(4)?,
        };
        if take(link)? == Walk::Stop {
            break;
        }
    }
    Ok(())
}

/// Follows the chain from `after`, whose hash is `hash`, to the end.
fn walk(
    connection: &Connection,
    branch: &BranchStart,
    after: i64,
    hash: ChainHash,
) -> Result<Result<Position, Fault>, JournalError> {
    let (mut seq, mut hash) = (after, hash);
    let mut first = None;
    links(connection, branch.id, after, i64::MAX, |link| {
        let Link { seq: found, epoch, .. } = link;
        if found != seq + 1 {
            first = Some(Fault::Missing { branch: branch.id, expected: seq + 1, found });
            return Ok(Walk::Stop);
        }
        link.is_its_row()?;
        if epoch != branch.epoch {
            first =
                Some(Fault::OtherEpoch { branch: branch.id, seq: found, epoch: branch.epoch, found: epoch });
            return Ok(Walk::Stop);
        }
        let next = chain(hash, found, link.body);
        if next != link.hash {
            first = Some(Fault::ChainBroken { branch: branch.id, seq: found });
            return Ok(Walk::Stop);
        }
        (seq, hash) = (found, next);
        Ok(Walk::On)
    })?;
    if let Some(fault) = first {
        return Ok(Err(fault));
    }
    let last = last_seq(connection, branch)?;
    if seq < last {
        return Ok(Err(Fault::Missing { branch: branch.id, expected: seq + 1, found: last }));
    }
    Ok(Ok(Position::new(branch.epoch, seq, &hash)))
}
