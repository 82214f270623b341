//! The disk (디스크) under the counter: how much room is left, a reserve for when there is none, and whether it can be relied on.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs4::FileExt;

use crate::journal::JournalError;

/// Less free space than this is worth a word.
const LOW: u64 = 500 * 1000 * 1000;
/// Less than this is worth a red one.
const CRITICAL: u64 = 100 * 1000 * 1000;
/// Less than this is not enough for opening the journal, in bytes.
const NONE: u64 = 1000 * 1000;
/// What the ballast holds free for the journal: room for some forty busy days.
pub const BALLAST_BYTES: u64 = 64 * 1024 * 1024;
/// The ballast is laid again only when so much stays free beside it.
const ROOM_FOR_BALLAST: u64 = 1000 * 1000 * 1000;
/// A second failure of the disk within this time, and it is not relied on for as long again.
const DISTRUST: Duration = Duration::from_secs(60 * 60);

/// How much room the disk has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DiskSpace {
    #[default]
    Enough,
    /// Less than 500 MB.
    Low,
    /// Less than 100 MB.
    Critical,
}

impl DiskSpace {
    /// What so many free bytes are.
    pub fn of(free: u64) -> Self {
        match free {
            0..CRITICAL => Self::Critical,
            CRITICAL..LOW => Self::Low,
            LOW.. => Self::Enough,
        }
    }

    /// Whether next to nothing can be written any more.
    pub fn is_none_left(folder: &Path) -> bool {
        fs4::available_space(folder).is_ok_and(|free| free < NONE)
    }

    /// Asks the system; a folder that cannot be asked about is not full.
    pub fn read(folder: &Path) -> Self {
        fs4::available_space(folder).map_or(Self::Enough, Self::of)
    }
}

/// A file that is of no use but for the room that it takes: removed when the disk is full, so that the journal can go on.
#[derive(Debug, Clone)]
pub struct Ballast {
    path: PathBuf,
    bytes: u64,
}

impl Ballast {
    pub fn new(folder: &Path, bytes: u64) -> Self {
        Self { path: folder.join("ballast"), bytes }
    }

    /// Lays it unless it is there or the room is needed. Half a ballast is none.
    pub fn lay(&self) -> std::io::Result<()> {
        let laid = fs::metadata(&self.path).is_ok_and(|file| file.len() == self.bytes);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if laid || self.bytes == 0 || fs4::available_space(folder)? < self.bytes + ROOM_FOR_BALLAST {
            return Ok(());
        }
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(&self.path)?;
        let made = file.allocate(self.bytes);
        if made.is_err() {
            let _ = fs::remove_file(&self.path);
        }
        made
    }

    /// Gives the room to the journal; `false` when it was given already.
    pub fn drop_it(&self) -> bool {
        fs::remove_file(&self.path).is_ok()
    }
}

/// What the disk did lately.
#[derive(Debug, Default)]
pub struct Trust {
    full: bool,
    failed_at: Option<Instant>,
    distrusted_until: Option<Instant>,
}

impl Trust {
    /// The journal could not write.
    pub fn failed(&mut self, error: &JournalError, now: Instant) {
        if matches!(error, JournalError::DiskFull) {
            self.full = true;
        } else if error.is_disk_trouble() {
            if self.failed_at.is_some_and(|last| now.saturating_duration_since(last) < DISTRUST) {
                self.distrusted_until = Some(now + DISTRUST);
            }
            self.failed_at = Some(now);
        }
    }

    /// The journal wrote.
    pub fn wrote(&mut self) {
        self.full = false;
    }

    /// There is no room, not even the reserve.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Whether a command counts only once the server has answered it, whatever the disk says.
    pub fn writes_through(&self, now: Instant) -> bool {
        self.full || self.distrusted_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_failure_within_an_hour_costs_the_trust_for_an_hour() {
        let start = Instant::now();
        let failure = || JournalError::File(std::io::Error::other("input/output error"));
        let mut trust = Trust::default();
        trust.failed(&failure(), start);
        assert!(!trust.writes_through(start));
        let later = start + Duration::from_secs(3_000);
        trust.failed(&failure(), later);
        trust.wrote();
        assert!(trust.writes_through(later + Duration::from_secs(3_500)));
        assert!(!trust.writes_through(later + Duration::from_secs(3_700)));
        let mut rare = Trust::default();
        rare.failed(&failure(), start);
        rare.failed(&failure(), start + Duration::from_secs(4_000));
        assert!(!rare.writes_through(start + Duration::from_secs(4_000)));
    }

    #[test]
    fn a_full_disk_is_written_through_until_something_is_written() {
        let now = Instant::now();
        let mut trust = Trust::default();
        trust.failed(&JournalError::DiskFull, now);
        assert!(trust.writes_through(now) && trust.is_full());
        trust.wrote();
        assert!(!trust.writes_through(now));
    }

    #[test]
    fn room_has_three_names_and_the_ballast_its_size() {
        assert_eq!(DiskSpace::of(99_999_999), DiskSpace::Critical);
        assert_eq!(DiskSpace::of(499_999_999), DiskSpace::Low);
        assert_eq!(DiskSpace::of(500_000_000), DiskSpace::Enough);
        let folder = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(folder.path(), 4_096);
        ballast.lay().unwrap();
        ballast.lay().unwrap();
        assert_eq!(fs::metadata(folder.path().join("ballast")).unwrap().len(), 4_096);
        assert!(ballast.drop_it());
        assert!(!ballast.drop_it());
    }
}
