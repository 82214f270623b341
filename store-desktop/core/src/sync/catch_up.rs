//! Reads a range of the log in pages, each written in one commit.

use shared::wire::MAX_LOG_PAGE;

use super::Server;
use super::judge::{Remedy, remedy};
use crate::cloud::CloudError;
use crate::counter::Counter;
use crate::journal::JournalError;

/// Why catching up ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum CatchUpError {
    #[error(transparent)]
    Cloud(#[from] CloudError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the range does not continue the journal: {stop}")]
    Stopped { stop: crate::journal::Stop, remedy: Remedy },
}

/// Reads until the server has no more.
pub(super) async fn catch_up(counter: &Counter, cloud: &impl Server) -> Result<(), CatchUpError> {
    while let Some(head) = counter.head() {
        let page = cloud.log(head.seq, MAX_LOG_PAGE).await?;
        let full = i64::try_from(page.events.len()).is_ok_and(|count| count >= MAX_LOG_PAGE);
        if page.events.is_empty() {
            return Ok(());
        }
        let appended = counter.append(page.events).await?;
        if let Some(stop) = appended.stopped {
            let remedy = remedy(&stop);
            return Err(CatchUpError::Stopped { stop, remedy });
        }
        if !full || appended.stored.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}
