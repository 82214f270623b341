//! Why the journal did not do something.

use std::path::PathBuf;

use rusqlite::ErrorCode;

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
    File(#[from] std::io::Error),
    #[error("the journal has stopped")]
    Stopped,
}

impl JournalError {
    /// Whether the connection must not be used again: what it reports may differ from what is on the disk.
    pub(super) fn poisons(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Disk(_) | Self::File(_) => true,
            Self::Busy { .. } | Self::TooNew { .. } | Self::DiskFull | Self::Stopped => false,
        }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Disk(error),
        }
    }
}
