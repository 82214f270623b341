//! One business day in the journal: its chain recomputed from the bodies alone, for the comparison with the server at the close.

use std::path::Path;

use journal_verify::Tally;
use rusqlite::{Connection, OptionalExtension};
use shared::id::DayId;
use shared::log::{ChainHash, Position, chain};

use super::verify::{Walk, links};
use super::{Branch, JournalError, current_branch, open, sums};

/// Which events are a day's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Books {
    pub day_id: DayId,
    pub epoch: i32,
    pub first_seq: i64,
    pub upto_seq: i64,
}

/// What the journal has of a day's books.
#[derive(Debug)]
pub enum DayRead {
    /// It ends before the books do, or in another epoch: the sync brings the rest.
    Behind {
        head: Option<Position>,
    },
    /// It begins after the day did, as on a new PC.
    Short {
        begins_after: i64,
    },
    Read(DayChain),
}

/// The chain of a day.
#[derive(Debug)]
pub struct DayChain {
    /// Recomputed from the bodies: the first is of event `first_seq`. Ends at a hole.
    pub hashes: Vec<ChainHash>,
    /// What the journal keeps as the hash of the same events.
    pub stored: Vec<ChainHash>,
    /// The first event, of the books or after them, whose row is not what its body and its predecessors make it.
    pub fault: Option<DayFault>,
    /// The day in numbers.
    pub tally: Tally,
}

/// A row that contradicts the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFault {
    pub seq: i64,
    pub field: FaultField,
}

/// What is wrong with the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultField {
    /// Body or hash: each alone looks right.
    Link,
    Epoch,
    Missing,
    /// It says that it belongs to a branch that is not there.
    Stray,
}

impl DayChain {
    /// The recomputed hash of an event.
    pub fn at(&self, books: &Books, seq: i64) -> Option<ChainHash> {
        self.hashes.get(usize::try_from(seq - books.first_seq).ok()?).copied()
    }

    /// The kept hash of an event.
    pub fn stored_at(&self, books: &Books, seq: i64) -> Option<ChainHash> {
        self.stored.get(usize::try_from(seq - books.first_seq).ok()?).copied()
    }

    /// Whether every event is there and hangs together.
    pub fn is_whole(&self, books: &Books) -> bool {
        self.fault.is_none() && self.hashes.len() as i64 == books.upto_seq - books.first_seq + 1
    }
}

/// Reads a day beside the running counter, after the checksums of everything that no chain covers.
pub fn read(folder: &Path, books: &Books) -> Result<DayRead, JournalError> {
    let connection = open::open_read_only(folder)?;
    // One moment of the file: a counter may be writing.
    let _moment = connection.unchecked_transaction()?;
    sums::check_all(&connection)?;
    let Some(branch) = current_branch(&connection)? else { return Ok(DayRead::Behind { head: None }) };
    if branch.epoch != books.epoch || branch.head_seq < books.upto_seq {
        return Ok(DayRead::Behind { head: Some(branch.head()) });
    }
    if branch.start_seq >= books.first_seq {
        return Ok(DayRead::Short { begins_after: branch.start_seq });
    }
    let before = hash_before(&connection, &branch, books.first_seq)?;
    let mut day = walk(&connection, &branch, books, before)?;
    if let Some(seq) = stray(&connection)? {
        day.fault.get_or_insert(DayFault { seq, field: FaultField::Stray });
    }
    Ok(DayRead::Read(day))
}

/// The number of an event that is of no branch.
fn stray(connection: &Connection) -> Result<Option<i64>, JournalError> {
    let sql = "SELECT seq FROM event WHERE branch NOT IN (SELECT id FROM branch) LIMIT 1";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}

/// The hash that the day's first event is chained to; without it the day cannot hang together, and is found to do so.
fn hash_before(connection: &Connection, branch: &Branch, first: i64) -> Result<ChainHash, JournalError> {
    if branch.start_seq == first - 1 {
        let sql = "SELECT hash FROM branch WHERE id = ?";
        return Ok(ChainHash(connection.query_row(sql, [branch.id], |row| row.get(0))?));
    }
    let sql = "SELECT hash FROM event WHERE branch = ? AND seq = ?";
    let hash = connection.query_row(sql, [branch.id, first - 1], |row| row.get(0)).optional()?;
    Ok(hash.map_or(shared::log::GENESIS, ChainHash))
}

fn walk(
    connection: &Connection,
    branch: &Branch,
    books: &Books,
    before: ChainHash,
) -> Result<DayChain, JournalError> {
    let mut day = DayChain { hashes: Vec::new(), stored: Vec::new(), fault: None, tally: Tally::default() };
    let (mut expected, mut hash) = (books.first_seq, before);
    // To the end of the journal: what follows the cut is no part of the books, but has to be as it was written too.
    links(connection, branch.id, books.first_seq - 1, branch.head_seq, |link| {
        if link.seq != expected {
            return Ok(Walk::Stop);
        }
        link.is_its_row()?;
        hash = chain(hash, expected, link.body);
        if link.hash != hash {
            day.fault.get_or_insert(DayFault { seq: expected, field: FaultField::Link });
        }
        if link.epoch != branch.epoch {
            day.fault.get_or_insert(DayFault { seq: expected, field: FaultField::Epoch });
        }
        if expected <= books.upto_seq {
            day.tally.count(books.day_id, link.body);
            day.hashes.push(hash);
            day.stored.push(link.hash);
        }
        expected += 1;
        Ok(Walk::On)
    })?;
    if expected <= branch.head_seq {
        day.fault.get_or_insert(DayFault { seq: expected, field: FaultField::Missing });
    }
    Ok(day)
}
