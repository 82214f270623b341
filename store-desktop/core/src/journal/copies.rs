//! Daily copies of the journal, without personal data: a copy outlives the erasure of what it holds. They are for the day on which
//! the file is damaged and for nothing else; the server has the log.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use shared::TimeMs;

use super::open::{FILE_NAME, open_read_only};
use super::{JournalError, sums};
use crate::counter::BALLAST_BYTES;

/// Where copies are, inside the data folder.
pub const COPIES: &str = "copies";
/// The newest so many copies are kept.
pub const COPIES_KEPT: usize = 3;

/// Makes today's copy unless there is one, or unless it would take the room that the journal itself will need. Reads beside the running
/// counter; returns whether one was made.
pub(super) fn copy_today(folder: &Path, now: TimeMs) -> Result<bool, JournalError> {
    let copies = folder.join(COPIES);
    let day = now.0.div_euclid(24 * 60 * 60 * 1000);
    let copy = copies.join(format!("journal-{day:06}.db"));
    if copy.exists() {
        return Ok(false);
    }
    fs::create_dir_all(&copies)?;
    let unfinished = copies.join("unfinished.db");
    remove(&unfinished)?;
    let (free, size) = (fs4::available_space(folder)?, size_of_journal(folder));
    if !has_room(free, size) {
        tracing::warn!(free, size, "there is no room for today's copy of the journal");
        return Ok(false);
    }
    let made = copy_to(folder, &unfinished);
    if made.is_err() {
        // Half a copy is worth nothing and takes space.
        let _ = remove(&unfinished);
    }
    made?;
    fs::rename(&unfinished, &copy)?;
    for old in all(folder).into_iter().skip(COPIES_KEPT) {
        remove(&old)?;
    }
    Ok(true)
}

fn copy_to(folder: &Path, copy: &Path) -> Result<(), JournalError> {
    let journal = open_read_only(folder)?;
    journal.execute("VACUUM INTO ?", [copy.to_string_lossy()])?;
    let connection = Connection::open(copy)?;
    sums::install(&connection)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.execute("DELETE FROM private", [])?;
    Ok(())
}

/// Bytes of the journal with what is not moved into the file yet.
fn size_of_journal(folder: &Path) -> u64 {
    let size =
        |suffix| fs::metadata(folder.join(format!("{FILE_NAME}{suffix}"))).map_or(0, |file| file.len());
    size("") + size("-wal")
}

/// Whether a copy of so many bytes leaves the journal as much room as its reserve; both in bytes.
fn has_room(free: u64, size: u64) -> bool {
    free >= size.saturating_add(BALLAST_BYTES)
}

/// The newest copy.
pub(super) fn newest(folder: &Path) -> Option<PathBuf> {
    all(folder).into_iter().next()
}

/// Newest first.
fn all(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join(COPIES)) else { return Vec::new() };
    let is_copy = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("journal-") && name.ends_with(".db")
    };
    let mut copies: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_copy).collect();
    copies.sort_by(|a, b| b.cmp(a));
    copies
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_leaves_the_journal_its_reserve() {
        assert!(has_room(BALLAST_BYTES + 1_000, 1_000));
        assert!(!has_room(BALLAST_BYTES + 999, 1_000));
        assert!(!has_room(u64::MAX - 1, u64::MAX));
    }
}
