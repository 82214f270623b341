//! What the counter does beside its work: watches the disk's room, verifies the whole journal, makes the daily copy.

use std::time::Duration;

use super::{Counter, DiskSpace};
use crate::clock;

/// Between two looks at the disk's room.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// The first examination leaves a start alone; the next ones come at this distance.
const EXAMINE_AFTER: Duration = Duration::from_secs(20);
const EXAMINE_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

impl Counter {
    /// Looks at the disk's room for as long as the counter runs.
    pub(crate) async fn watch_disk(&self) {
        loop {
            let folder = self.place.folder().to_owned();
            // The reserve is laid while there is room; a failure leaves the counter without one.
            let _ = self.lay_ballast().await;
            if let Ok(space) = tokio::task::spawn_blocking(move || DiskSpace::read(&folder)).await {
                let before = std::mem::replace(&mut self.state().space, space);
                if before != space {
                    self.changed();
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Examines the journal now and then for as long as the counter runs.
    pub(crate) async fn watch_journal(&self) {
        tokio::time::sleep(EXAMINE_AFTER).await;
        loop {
            self.examine().await;
            tokio::time::sleep(EXAMINE_EVERY).await;
        }
    }

    /// Verifies the whole journal beside the running work and makes the daily copy. A damaged one is set aside, and the counter starts
    /// over from the server.
    pub async fn examine(&self) {
        let Err(error) = self.journal.examine(clock::now()).await else { return };
        tracing::warn!(%error, "the journal was examined");
        if self.journal.set_aside() != self.state().set_aside {
            let _writing = self.writing.lock().await;
            if let Err(error) = self.reload().await {
                tracing::error!(%error, "the new journal cannot be read");
            }
            // The sync finds a journal without a head at the next beat, and asks for a snapshot.
        }
    }

    /// Holds room free for the journal, if there is enough of it.
    pub async fn lay_ballast(&self) -> std::io::Result<()> {
        let ballast = self.ballast.clone();
        tokio::task::spawn_blocking(move || ballast.lay()).await?
    }
}
