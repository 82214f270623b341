//! Why the journal did not do something.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_SHMOPEN, SQLITE_IOERR_SHMSIZE};

/// An error of the journal. Nothing that failed here was shown or claimed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("another counter is running with the data folder {}; close it first", folder.display())]
    Busy { folder: PathBuf },
    #[error(
        "the journal has version {found}, this program knows {known}; a newer program wrote it: update this one"
    )]
    TooNew { found: i64, known: i64 },
    #[error("the disk is full; free some space and try again")]
    DiskFull,
    #[error("the journal is damaged: {0}")]
    Damaged(String),
    #[error("the journal could not be read or written: {0}")]
    Disk(#[source] rusqlite::Error),
    #[error("a file beside the journal could not be read or written: {0}")]
    File(#[source] std::io::Error),
    #[error(
        "neither on the disk nor confirmed by the server yet; it is still being sent, and is gone when the program ends"
    )]
    Unkept,
    #[error("the index of past orders is not as it was written; it is made anew")]
    IndexDamaged,
    #[error("too many commands wait for an answer, or one is too long")]
    TooMuch,
    #[error("the journal has stopped")]
    Stopped,
}

/// What an error leaves to do with the connection that reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Nothing: the work was not done, and that is certain.
    GoOn,
    /// The outcome is unknown: close it, open the file anew and believe only that.
    Reopen,
    /// The file contradicts itself: look at all of it before going on.
    Examine,
}

impl JournalError {
    pub(super) fn after(&self) -> After {
        match self {
            Self::Damaged(_) => After::Examine,
            Self::Disk(_) | Self::File(_) => After::Reopen,
            Self::Busy { .. }
            | Self::TooNew { .. }
            | Self::DiskFull
            | Self::Unkept
            | Self::TooMuch
            | Self::IndexDamaged
            | Self::Stopped => After::GoOn,
        }
    }

    /// Whether the disk itself failed, so that nobody knows what is on it.
    pub fn is_disk_trouble(&self) -> bool {
        matches!(self, Self::Disk(_) | Self::File(_))
    }

    /// Whether it would not have happened with more room on the disk.
    pub fn is_for_want_of_room(&self) -> bool {
        match self {
            Self::DiskFull => true,
            // The index of the write-ahead log could not be made or grow. SQLite does not say why, and it may happen after a commit: what is
            // on the disk is as unknown as after any other error.
            Self::Disk(rusqlite::Error::SqliteFailure(error, _)) => {
                matches!(error.extended_code, SQLITE_IOERR_SHMOPEN | SQLITE_IOERR_SHMSIZE)
            }
            Self::Disk(_)
            | Self::Busy { .. }
            | Self::TooNew { .. }
            | Self::Damaged(_)
            | Self::File(_)
            | Self::Unkept
            | Self::IndexDamaged
            | Self::TooMuch
            | Self::Stopped => false,
        }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::NoLargeFileSupport
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
                | ErrorCode::OperationAborted
                | ErrorCode::ApiMisuse,
            ) => Self::Disk(error),
            // The statements are right, so a schema that does not know their columns, a value of another type and a
            // broken constraint are as much damage as what SQLite calls so.
            Some(_) | None => Self::Damaged(error.to_string()),
        }
    }
}

impl From<std::io::Error> for JournalError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded) { Self::DiskFull } else { Self::File(error) }
    }
}
