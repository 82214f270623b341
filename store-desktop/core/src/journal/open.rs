//! Opening the file: settings that make a commit durable, migrations, and the checks of a start.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use shared::TimeMs;

use super::{JournalError, salvage, schema, verify};

/// The journal's file name inside the data folder.
pub const FILE_NAME: &str = "journal.db";
/// How many of the newest events are recomputed at each start.
const CHECKED_AT_START: i64 = 1_000;
/// How long a writer waits for a reader, such as `journal export`, that holds the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// What a start found.
pub(super) struct Opened {
    pub connection: Connection,
    /// The file was damaged: it was set aside here and its waiting commands were carried over.
    pub set_aside: Option<PathBuf>,
}

/// For the one writer of the process. A damaged file is set aside and a new one begun.
pub(super) fn open_checked(folder: &Path, now: TimeMs) -> Result<Opened, JournalError> {
    match open(folder).and_then(|connection| check(&connection).map(|()| connection)) {
        Ok(connection) => Ok(Opened { connection, set_aside: None }),
        Err(JournalError::Damaged(why)) => {
            tracing::error!(why, "the journal is damaged and is set aside");
            let set_aside = salvage::set_aside(folder, now)?;
            let mut connection = open(folder)?;
            let carried = salvage::carry_over_commands(&set_aside, &mut connection)?;
            tracing::warn!(carried, file = %set_aside.display(), "waiting commands were carried over");
            Ok(Opened { connection, set_aside: Some(set_aside) })
        }
        Err(error) => Err(error),
    }
}

/// A connection with our settings on a current schema, without the checks of a start.
pub(super) fn open(folder: &Path) -> Result<Connection, JournalError> {
    let mut connection = Connection::open(folder.join(FILE_NAME))?;
    connection.busy_timeout(BUSY_LIMIT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a commit that returned survives a power cut. The writer commits batches, so it costs little.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    schema::migrate(&mut connection)?;
    Ok(connection)
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
    let found = schema::version(&connection)?;
    if found > schema::KNOWN {
        return Err(JournalError::TooNew { found, known: schema::KNOWN });
    }
    Ok(connection)
}

fn check(connection: &Connection) -> Result<(), JournalError> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(JournalError::Damaged(verdict));
    }
    match verify::newest(connection, CHECKED_AT_START)? {
        None => Ok(()),
        Some(fault) => Err(JournalError::Damaged(fault.to_string())),
    }
}
