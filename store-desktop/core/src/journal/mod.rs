//! The journal (기록): one SQLite file that holds the log as it was received, and every command that was given.
//!
//! One thread owns the only writing connection and works on a bounded queue of requests. Whatever it answers with `Ok`
//! is on the disk. After an input/output error the outcome of a commit is unknown, so the connection is thrown away and
//! the file is read anew; callers do the same with what they hold in memory. A damaged file is set aside, never deleted; what
//! exists nowhere else, the commands that wait, is carried over.

mod append;
mod baseline;
mod closing;
mod copies;
mod day;
mod error;
mod export;
mod facts;
mod history;
mod load;
mod mend;
mod open;
mod outbox;
mod owner;
mod prints;
mod salvage;
mod schema;
mod sums;
mod verify;

use rusqlite::{Connection, OptionalExtension};
use shared::TimeMs;
use shared::log::{ChainHash, Position};
use shared::wire::Private;

pub use append::{Appended, Stop};
pub use closing::kept_key;
pub use copies::{COPIES, COPIES_KEPT};
pub use day::{Books, DayChain, DayFault, DayRead, FaultField, read as read_day};
pub use error::JournalError;
pub use export::export;
pub use facts::SoundAbout;
pub use history::{DayEvents, Found, FoundDay, MAX_DAYS, MAX_PAGE, Part, Search};
pub use load::{Beside, Loaded, LoadedBranch};
pub use mend::{Mended, NotAChain, Reread};
pub use open::{FILE_NAME, SetAside};
pub use outbox::{Fate, MAX_COMMAND_BYTES, Waiting};
pub use owner::Journal;
pub use prints::{JobState, NewPrint, PrintJob};
pub use verify::{Fault, Verified, verify, verify_sums};

/// An event that is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub position: Position,
    /// The exact bytes that were hashed.
    pub body: Vec<u8>,
    /// Present when it arrived with the event; a restart reads it from its own table.
    pub private: Option<Private>,
    /// When it came, by this computer's clock.
    pub received_at: TimeMs,
}

/// The branch that events are appended to.
struct Branch {
    id: i64,
    epoch: i32,
    start_seq: i64,
    head_seq: i64,
    head_hash: ChainHash,
}

impl Branch {
    fn head(&self) -> Position {
        Position::new(self.epoch, self.head_seq, &self.head_hash)
    }
}

fn current_branch(connection: &Connection) -> Result<Option<Branch>, JournalError> {
    let sql = "SELECT id, epoch, seq, hash FROM branch NOT INDEXED WHERE orphaned_at IS NULL";
    let branch = connection.prepare_cached(sql)?.query_row([], branch_start).optional()?;
    branch.map(|branch| with_head(connection, branch)).transpose()
}

/// A branch, current or orphaned.
fn branch_of(connection: &Connection, id: i64) -> Result<Option<Branch>, JournalError> {
    let sql = "SELECT id, epoch, seq, hash FROM branch WHERE id = ?";
    let branch = connection.prepare_cached(sql)?.query_row([id], branch_start).optional()?;
    branch.map(|branch| with_head(connection, branch)).transpose()
}

fn branch_start(row: &rusqlite::Row<'_>) -> rusqlite::Result<Branch> {
    let (seq, hash) = (row.get(2)?, ChainHash(row.get(3)?));
    Ok(Branch { id: row.get(0)?, epoch: row.get(1)?, start_seq: seq, head_seq: seq, head_hash: hash })
}

fn with_head(connection: &Connection, mut branch: Branch) -> Result<Branch, JournalError> {
    let last = connection
        .prepare_cached("SELECT seq, hash FROM event WHERE branch = ? ORDER BY seq DESC LIMIT 1")?
        .query_row([branch.id], |row| Ok((row.get(0)?, ChainHash(row.get(1)?))))
        .optional()?;
    if let Some((seq, hash)) = last {
        (branch.head_seq, branch.head_hash) = (seq, hash);
    }
    Ok(branch)
}
