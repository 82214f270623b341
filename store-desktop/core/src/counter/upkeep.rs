//! What the counter does beside its work: watches the disk's room, verifies the whole journal, makes the daily copy.

use std::time::Duration;

use super::{Counter, DiskSpace};
use crate::alarm::{Loudspeaker, Sound};
use crate::clock;

/// Between two looks at the disk's room.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Between two looks at the computer's loudness.
const LISTEN_EVERY: Duration = Duration::from_secs(15);
/// Between two looks at what is wrong.
const TROUBLE_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at events that the index of past orders does not have, and between its steps.
const INDEX_EVERY: Duration = Duration::from_secs(5);
const INDEX_STEP: Duration = Duration::from_millis(10);
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

    /// Watches the computer's loudness for as long as the counter runs. While an order rings it is not left below the floor.
    pub(crate) async fn watch_loudness(&self) {
        loop {
            let found = Loudspeaker::read().await;
            let rings =
                self.state().rings.iter().any(|ring| matches!(ring.sound, Sound::Cancelled | Sound::Fresh));
            if rings && found.is_too_quiet() {
                tracing::warn!(?found, "an order rings and the computer is too quiet: it is made louder");
                found.raise().await;
            }
            let changed = std::mem::replace(&mut self.state().loudspeaker, found.clone()) != found;
            if changed {
                self.changed();
            }
            tokio::time::sleep(LISTEN_EVERY).await;
        }
    }

    /// Watches for troubles for as long as the counter runs.
    pub(crate) async fn watch_for_troubles(&self) {
        loop {
            tokio::time::sleep(TROUBLE_EVERY).await;
            self.watch_troubles();
        }
    }

    /// Keeps the index of past orders up to date for as long as the counter runs, in small steps beside the work.
    pub(crate) async fn watch_history(&self) {
        loop {
            let pause = match self.journal.index_history().await {
                Ok(true) => INDEX_STEP,
                Ok(false) => INDEX_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "past orders could not be indexed");
                    INDEX_EVERY
                }
            };
            tokio::time::sleep(pause).await;
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
        if self.is_of_another_journal() {
            self.catch_up_with_disk().await;
            // The sync finds a journal without a head at the next beat, and asks for a snapshot.
        }
    }

    /// Holds room free for the journal, if there is enough of it.
    pub async fn lay_ballast(&self) -> std::io::Result<()> {
        let ballast = self.ballast.clone();
        tokio::task::spawn_blocking(move || ballast.lay()).await?
    }
}
