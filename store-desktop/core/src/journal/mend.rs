//! Reading a day again from the server: rows that are missing or differ become the server's, and what they were is written to a file beside
//! the journal first. Only the copy is mended; nothing goes the other way.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use journal_verify::EventLine;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use shared::TimeMs;
use shared::log::{ChainHash, Position, chain};
use shared::wire::LogEntry;

use super::append::{keep_private, order_of};
use super::day::Books;
use super::{Branch, JournalError, current_branch};
use crate::failpoint;

/// A day as the server has it.
#[derive(Debug, Clone)]
pub struct Reread {
    pub books: Books,
    /// The chain hash of the event before the day's first.
    pub before: ChainHash,
    /// From the first event to the last and what follows it, without a hole.
    pub entries: Vec<LogEntry>,
    /// Where the chain has to end: the server's word at the cut.
    pub head: ChainHash,
}

/// What was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// Rows that differed.
    pub changed: u32,
    /// Rows that were missing.
    pub added: u32,
    /// Where the rows are as they were; absent when none had to be changed.
    pub aside: Option<PathBuf>,
}

/// Why what the server sent cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAChain {
    #[error("the server's event {expected} is missing")]
    Missing { expected: i64 },
    #[error("the server's own chain breaks at event {seq}")]
    Broken { seq: i64 },
    #[error("the server's events do not end with the hash that it named at the cut")]
    OtherEnd,
}

impl Reread {
    /// The hash of each entry, if they are the whole day and end as the cut says.
    pub fn hashes(&self) -> Result<Vec<ChainHash>, NotAChain> {
        let (mut expected, mut hash, mut is_right) = (self.books.first_seq, self.before, false);
        let mut hashes = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            // After a restore in the middle of a day the older events are of an older epoch.
            if entry.position.seq != expected || entry.position.epoch > self.books.epoch {
                return Err(NotAChain::Missing { expected });
            }
            hash = chain(hash, expected, entry.frame.body.as_bytes());
            if hash.hash8() != entry.position.hash8 {
                return Err(NotAChain::Broken { seq: expected });
            }
            is_right |= expected == self.books.upto_seq && hash == self.head;
            hashes.push(hash);
            expected += 1;
        }
        if expected <= self.books.upto_seq {
            return Err(NotAChain::Missing { expected });
        }
        if is_right { Ok(hashes) } else { Err(NotAChain::OtherEnd) }
    }
}

/// A row of an event as it is.
struct Kept {
    id: i64,
    branch: i64,
    seq: i64,
    epoch: i32,
    hash: Vec<u8>,
    body: Vec<u8>,
    received_at: i64,
}

const KEPT: &str = "id, branch, seq, epoch, hash, body, received_at";

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get(0)?,
        branch: row.get(1)?,
        seq: row.get(2)?,
        epoch: row.get(3)?,
        hash: row.get(4)?,
        body: row.get(5)?,
        received_at: row.get(6)?,
    })
}

/// Mends the current branch in one commit. The fold begins anew from the branch's snapshot afterwards.
pub(super) fn mend(
    connection: &mut Connection,
    folder: &Path,
    reread: &Reread,
    now: TimeMs,
) -> Result<Mended, JournalError> {
    let hashes = reread.hashes().map_err(|why| {
        JournalError::File(std::io::Error::new(std::io::ErrorKind::InvalidData, why.to_string()))
    })?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(branch) = current_branch(&transaction)? else {
        return Ok(Mended { changed: 0, added: 0, aside: None });
    };
    let mut work =
        Work { transaction: &transaction, branch: &branch, now, old: strays(&transaction)?, added: 0 };
    work.clear_strays()?;
    work.anchor(reread)?;
    for (entry, hash) in reread.entries.iter().zip(hashes) {
        work.event(entry, &hash)?;
    }
    let Work { old, added, .. } = work;
    transaction.execute("DELETE FROM checkpoint WHERE branch = ?", [branch.id])?;
    let aside = if old.is_empty() { None } else { Some(put_aside(folder, &old, now)?) };
    failpoint::reach_here("close.before_mend_commit")?;
    transaction.commit()?;
    failpoint::reach_here("close.after_mend_commit")?;
    Ok(Mended { changed: u32::try_from(old.len()).unwrap_or(u32::MAX), added, aside })
}

/// Rows that say that they belong to a branch that is not there.
fn strays(transaction: &Transaction<'_>) -> Result<Vec<Kept>, JournalError> {
    let sql = format!("SELECT {KEPT} FROM event NOT INDEXED WHERE branch NOT IN (SELECT id FROM branch)");
    let mut statement = transaction.prepare(&sql)?;
    let rows = statement.query_map([], kept)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

struct Work<'a> {
    transaction: &'a Transaction<'a>,
    branch: &'a Branch,
    now: TimeMs,
    /// Rows as they were.
    old: Vec<Kept>,
    added: u32,
}

impl Work<'_> {
    fn clear_strays(&self) -> Result<(), JournalError> {
        for stray in &self.old {
            self.transaction.execute("DELETE FROM event WHERE id = ?", [stray.id])?;
        }
        Ok(())
    }

    /// What the day's first event is chained to: the branch's beginning, or the event before.
    fn anchor(&mut self, reread: &Reread) -> Result<(), JournalError> {
        let before = reread.books.first_seq - 1;
        if self.branch.start_seq >= before {
            self.transaction.execute(
                "UPDATE branch SET seq = ?, hash = ? WHERE id = ? AND (seq <> ?1 OR hash <> ?2)",
                params![before, reread.before.0, self.branch.id],
            )?;
            return Ok(());
        }
        match self.find(before)? {
            Some(row) if row.hash != reread.before.0 => {
                self.transaction
                    .execute("UPDATE event SET hash = ? WHERE id = ?", params![reread.before.0, row.id])?;
                self.old.push(row);
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn event(&mut self, entry: &LogEntry, hash: &ChainHash) -> Result<(), JournalError> {
        let body = entry.frame.body.as_bytes();
        match self.find(entry.position.seq)? {
            Some(row) if row.body == body && row.hash == hash.0 && row.epoch == self.branch.epoch => {
                return Ok(());
            }
            Some(row) => {
                self.transaction.execute(
                    "UPDATE event SET epoch = ?, hash = ?, body = ? WHERE id = ?",
                    params![self.branch.epoch, hash.0, body, row.id],
                )?;
                self.old.push(row);
            }
            // The sync brings what follows the journal's end.
            None if entry.position.seq > self.branch.head_seq => return Ok(()),
            None => {
                // Before all others: the newest row stays the last.
                self.transaction.execute(
                    "INSERT INTO event (id, branch, seq, epoch, hash, body, received_at)
                     VALUES ((SELECT min(0, coalesce(min(id), 0)) - 1 FROM event), ?, ?, ?, ?, ?, ?)",
                    params![self.branch.id, entry.position.seq, self.branch.epoch, hash.0, body, self.now.0],
                )?;
                self.added += 1;
            }
        }
        if let (Some(private), Some(order)) = (&entry.frame.private, order_of(body)) {
            keep_private(self.transaction, order, private)?;
        }
        Ok(())
    }

    fn find(&self, seq: i64) -> Result<Option<Kept>, JournalError> {
        let sql = format!("SELECT {KEPT} FROM event WHERE branch = ? AND seq = ?");
        Ok(self.transaction.prepare_cached(&sql)?.query_row([self.branch.id, seq], kept).optional()?)
    }
}

/// Writes the rows as they were, and makes sure that they are on the disk before the journal changes.
fn put_aside(folder: &Path, old: &[Kept], now: TimeMs) -> Result<PathBuf, JournalError> {
    let file_of = |turn: i64| folder.join(format!("journal.mended-{}.jsonl", now.0 + turn));
    let path = (0..).map(file_of).find(|path| !path.exists()).unwrap_or_else(|| file_of(0));
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path)?;
    for row in old {
        let hash = ChainHash::from_slice(&row.hash).unwrap_or(shared::log::GENESIS);
        let position = Position::new(row.epoch, row.seq, &hash);
        let line =
            EventLine::new(row.branch, false, position, &hash, TimeMs(row.received_at), row.body.clone());
        let text = serde_json::to_string(&line).expect("a row holds only texts and integers");
        writeln!(file, "{text}")?;
    }
    file.sync_all()?;
    Ok(path)
}
