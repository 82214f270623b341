//! What to do with a damaged file: keep it, and carry over what exists nowhere else, the commands that wait.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};
use shared::TimeMs;

use super::JournalError;
use super::open::FILE_NAME;

/// Renames the journal and its companions; nothing is deleted.
pub(super) fn set_aside(folder: &Path, now: TimeMs) -> Result<PathBuf, JournalError> {
    let name = format!("journal.damaged-{}.db", now.0);
    for suffix in ["-wal", "-shm", ""] {
        let from = folder.join(format!("{FILE_NAME}{suffix}"));
        if from.exists() {
            fs::rename(&from, folder.join(format!("{name}{suffix}")))?;
        }
    }
    Ok(folder.join(name))
}

/// Copies commands that were not settled, and the small facts; the server knows the rest. A table that cannot be read
/// any more yields what it yields. Returns how many commands came over.
pub(super) fn carry_over_commands(damaged: &Path, into: &mut Connection) -> Result<usize, JournalError> {
    let Ok(from) = Connection::open_with_flags(damaged, OpenFlags::SQLITE_OPEN_READ_WRITE) else {
        return Ok(0);
    };
    let transaction = into.transaction()?;
    let mut carried = 0;
    each(
        &from,
        "SELECT device_seq, key, order_id, made_at, json FROM command WHERE state IN ('queued', 'sent') ORDER BY device_seq",
        5,
        |row| {
            carried += transaction.execute(
            "INSERT OR IGNORE INTO command (device_seq, key, order_id, made_at, json, state) VALUES (?, ?, ?, ?, ?, 'queued')",
            params![row[0], row[1], row[2], row[3], row[4]],
        )?;
            Ok(())
        },
    )?;
    // The next command must not take a number that the server has seen.
    each(&from, "SELECT max(device_seq) FROM command", 1, |row| {
        transaction.execute(
            "INSERT OR REPLACE INTO fact SELECT 'device_seq_floor', CAST(?1 AS TEXT) WHERE ?1 IS NOT NULL",
            [&row[0]],
        )?;
        Ok(())
    })?;
    each(&from, "SELECT name, value FROM fact WHERE name <> 'device_seq_floor'", 2, |row| {
        transaction.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", params![row[0], row[1]])?;
        Ok(())
    })?;
    transaction.commit()?;
    Ok(carried)
}

type Row = Vec<rusqlite::types::Value>;

/// Calls `take` for every row that can still be read.
fn each(
    from: &Connection,
    sql: &str,
    columns: usize,
    mut take: impl FnMut(&Row) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let Ok(mut statement) = from.prepare(sql) else { return Ok(()) };
    let Ok(mut rows) = statement.query([]) else { return Ok(()) };
    while let Ok(Some(row)) = rows.next() {
        if let Ok(values) = (0..columns).map(|index| row.get(index)).collect::<Result<Row, _>>() {
            take(&values)?;
        }
    }
    Ok(())
}
