//! The counter's lives (복원 감지): each start is counted in the journal and in a file beside it. The one that is behind was replaced by an
//! older copy.

use shared::wire::{Boot, Incarnation};

use super::Counter;
use crate::journal::{Journal, JournalError};
use crate::place::{KeptBoots, Place};

/// What a start found out about the disk that it began on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    /// Absent when the disk took no note of this start: the server then has nothing to compare, and nobody is accused.
    pub boot: Option<Boot>,
    /// The journal is older than the file beside it, or the file is gone.
    pub restored: bool,
}

/// Counts this start. The journal's number is written first: ahead of the file's it means a cut between the two, behind it an older journal.
pub(super) async fn begin(place: &Place, journal: &Journal) -> Result<Life, JournalError> {
    let inside = journal.boots().await?;
    let outside = place.boots();
    let restored = match outside {
        Some(outside) => outside.boots > inside.boots,
        None => inside.boots > 0,
    };
    let number = inside.boots.max(outside.map_or(0, |outside| outside.boots)) + 1;
    let incarnation =
        if restored || inside.incarnation.is_none() { Incarnation::fresh() } else { inside.incarnation };
    let boot = Boot { incarnation, number, nonce: Incarnation::fresh().0 };
    match keep(place, journal, &boot).await {
        Ok(()) => Ok(Life { boot: Some(boot), restored }),
        Err(error) => {
            tracing::warn!(%error, "this start could not be counted");
            Ok(Life { boot: None, restored })
        }
    }
}

async fn keep(place: &Place, journal: &Journal, boot: &Boot) -> Result<(), JournalError> {
    let kept = KeptBoots { incarnation: boot.incarnation, boots: boot.number };
    journal.keep_boots(kept).await?;
    place.keep_boots(&kept)
}

impl Counter {
    /// How this run of the program names itself to the server.
    pub fn boot(&self) -> Option<Boot> {
        self.state().boot
    }

    /// The server knows another disk under this incarnation. A person who signs in here decides that this one goes on.
    pub(crate) async fn begin_new_incarnation(&self) -> Result<(), JournalError> {
        if let Some(boot) = self.count_commands_anew().await? {
            self.state().boot = Some(boot);
        }
        self.state().restored = true;
        self.changed();
        Ok(())
    }

    /// Commands are numbered in a new incarnation from now on, which is also the next start's. This run goes on under the name that it has:
    /// whoever talks to the server in its name must not use two of them, or the server takes it for two computers.
    pub(super) async fn count_commands_anew(&self) -> Result<Option<Boot>, JournalError> {
        let Some(old) = self.boot() else { return Ok(None) };
        let boot = Boot { incarnation: Incarnation::fresh(), ..old };
        self.with_reserve(|| keep(&self.place, &self.journal, &boot)).await?;
        Ok(Some(boot))
    }

    pub(super) fn writes_through(&self) -> bool {
        self.state().writes_through()
    }
}
