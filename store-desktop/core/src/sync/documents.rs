//! Asks for the menu and the hours when the log names others than those that are here.

use shared::wire::Problem;

use super::{Backoff, Server};
use crate::cloud::CloudError;
use crate::counter::Counter;
use crate::documents::{MenuDocument, ScheduleDocument};
use crate::journal::JournalError;

/// Why a document did not come.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Cloud(#[from] CloudError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the server told an older document than its log names")]
    Older,
}

/// Asks whenever something is missing; ends when the sign-in does.
pub(super) async fn keep_up(counter: &Counter, cloud: &impl Server) -> Problem {
    let mut backoff = Backoff::new(&counter.timing());
    loop {
        match fetch(counter, cloud).await {
            Ok(()) => {
                backoff.reset();
                counter.documents_named().await;
            }
            Err(Failed::Cloud(error)) if error.ended_session().is_some() => {
                if let Some(problem) = error.ended_session() {
                    return problem.clone();
                }
            }
            Err(error) => {
                tracing::debug!(%error, "the menu or the hours did not come");
                tokio::time::sleep(backoff.next_wait()).await;
            }
        }
    }
}

async fn fetch(counter: &Counter, cloud: &impl Server) -> Result<(), Failed> {
    if counter.missing_documents().menu {
        counter.keep_menu(MenuDocument::from(cloud.menu().await?)).await?;
    }
    if counter.missing_documents().schedule {
        counter.keep_schedule(ScheduleDocument::from(cloud.hours().await?)).await?;
    }
    // The log may be a moment behind the document, and then says so itself; the other way round it is asked for again.
    if counter.has_older_documents() { Err(Failed::Older) } else { Ok(()) }
}
