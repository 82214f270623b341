//! Opening the file: settings that make a commit durable, migrations, and the checks of a start.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use shared::TimeMs;

use super::{JournalError, salvage, schema, sums, verify};

/// The journal's file name inside the data folder.
pub const FILE_NAME: &str = "journal.db";
/// How many of the newest events are recomputed at each start; the rest is verified in the background.
const CHECKED_AT_START: i64 = 1_000;
/// How long a writer waits for a reader, such as `journal export`, that holds the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);
/// Where SQLite's header says how the file is written and read: 1 is a rollback journal, 2 a write-ahead log.
const HEADER_VERSIONS: std::ops::Range<usize> = 18..20;

/// How much of the file is looked at before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// What a start relies on, in a time that does not grow with the file.
    AtStart,
    /// Everything: something contradicted itself.
    AtAll,
}

/// What a start found.
pub(super) struct Opened {
    pub connection: Connection,
    /// The file before this one was damaged: it was set aside here and its waiting commands were carried over. Told until this one has a
    /// snapshot, so that nobody misses it.
    pub set_aside: Option<SetAside>,
}

/// A damaged journal that is kept for whoever wants to look into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    pub file: PathBuf,
    /// Commands that waited and came over to the new journal.
    pub carried: usize,
    /// Commands that may have waited and could not be read, or not be trusted; 1 when nobody knows how many. A person has to look at the
    /// orders.
    pub lost: usize,
}

/// For the one writer of the process. A damaged file is set aside and a new one begun.
pub(super) fn open_checked(folder: &Path, look: Look, now: TimeMs) -> Result<Opened, JournalError> {
    salvage::finish(folder)?;
    match open_and_check(folder, look) {
        Err(JournalError::Damaged(why)) => {
            tracing::error!(why, "the journal is damaged and is set aside");
            salvage::make_successor(folder, now)?;
            salvage::finish(folder)?;
            open_and_check(folder, look)
        }
        opened => opened,
    }
}

fn open_and_check(folder: &Path, look: Look) -> Result<Opened, JournalError> {
    let connection = open(folder)?;
    check(&connection, look)?;
    let set_aside = salvage::predecessor(folder, &connection)?;
    Ok(Opened { connection, set_aside })
}

/// After a failure of the disk. What SQLite finds in the write-ahead log may be in the system's memory only, because a sync
/// that failed once is not tried again; so all of it is written to the file anew before anything relies on it.
pub(super) fn open_again(folder: &Path, look: Look, now: TimeMs) -> Result<Opened, JournalError> {
    let opened = open_checked(folder, look, now)?;
    let (busy, _, _): (i64, i64, i64) =
        opened.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    if busy != 0 {
        tracing::warn!("somebody reads the journal, so it could not be written to the disk anew");
    }
    Ok(opened)
}

/// A connection with our settings on a current schema, without the checks of a start.
pub(super) fn open(folder: &Path) -> Result<Connection, JournalError> {
    let path = folder.join(FILE_NAME);
    check_header(&path)?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_LIMIT)?;
    // A newer program's file is not even touched.
    schema::refuse_unknown(schema::version(&connection)?)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a commit that returned survives a power cut. The writer commits batches, so it costs little.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    sums::install(&connection)?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// A flipped bit there makes SQLite take the file for another's, or for one that must not be written.
fn check_header(path: &Path) -> Result<(), JournalError> {
    let mut header = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(HEADER_VERSIONS.end as u64).read_to_end(&mut header)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    match header.get(HEADER_VERSIONS) {
        None | Some([1 | 2, 1 | 2]) => Ok(()),
        Some(other) => Err(JournalError::Damaged(format!("the file's format is {other:?}"))),
    }
}

/// For looking while a counter may be running.
pub(super) fn open_read_only(folder: &Path) -> Result<Connection, JournalError> {
    let path = folder.join(FILE_NAME);
    if !path.exists() {
        return Err(JournalError::File(std::io::Error::new(
            std::io::ErrorKind::NotFound,
            format!("there is no journal in {}", folder.display()),
        )));
    }
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY_LIMIT)?;
    schema::refuse_unknown(schema::version(&connection)?)?;
    sums::install(&connection)?;
    Ok(connection)
}

fn check(connection: &Connection, look: Look) -> Result<(), JournalError> {
    schema::check(connection)?;
    match look {
        Look::AtStart => {
            sums::check_at_start(connection)?;
            match verify::newest(connection, CHECKED_AT_START)? {
                None => Ok(()),
                Some(fault) => Err(JournalError::Damaged(fault.to_string())),
            }
        }
        Look::AtAll => examine(connection),
    }
}

/// Looks at everything: the pages, the indexes, the sums and the chain.
pub(super) fn examine(connection: &Connection) -> Result<(), JournalError> {
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(JournalError::Damaged(verdict));
    }
    sums::check_all(connection)?;
    match verify::whole(connection)? {
        Ok(_) => Ok(()),
        Err(fault) => Err(JournalError::Damaged(fault.to_string())),
    }
}
