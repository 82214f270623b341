//! Daily copies of the journal, without personal data: a copy outlives the erasure of what it holds. They are for the day on which
//! the file is damaged and for nothing else; the server has the log.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use shared::TimeMs;

use super::open::open_read_only;
use super::{JournalError, sums};

/// Where copies are, inside the data folder.
pub const COPIES: &str = "copies";
/// The newest so many copies are kept.
pub const COPIES_KEPT: usize = 3;

/// Makes today's copy unless there is one. Reads beside the running counter; returns whether one was made.
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
