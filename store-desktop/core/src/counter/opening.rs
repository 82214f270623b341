//! What a person said of the sounds and of the opening check: kept in the journal.

use super::Counter;
use super::open::{FACT_HEARD, FACT_OPENING};
use crate::alarm::{Heard, Sound, Trouble};
use crate::clock;
use crate::journal::JournalError;
use crate::view::OpeningResult;

impl Counter {
    /// A person says whether a sound was heard.
    pub async fn keep_heard(&self, sound: Sound, heard: bool) -> Result<(), JournalError> {
        self.in_turn(self.keep_heard_in_turn(sound, heard)).await
    }

    async fn keep_heard_in_turn(&self, sound: Sound, heard: bool) -> Result<(), JournalError> {
        let mut known = self.state().heard.clone();
        let before = known.get(&sound).copied().unwrap_or_default();
        let now = Some(clock::now());
        let said = if heard {
            Heard { heard_at: now, unheard_at: None }
        } else {
            Heard { heard_at: before.heard_at, unheard_at: now }
        };
        known.insert(sound, said);
        let text = serde_json::to_string(&known).expect("times by name");
        self.journal.put_fact(FACT_HEARD, text).await?;
        self.state().heard = known;
        self.changed();
        Ok(())
    }

    /// Keeps a finished opening check.
    pub async fn keep_opening(&self, result: OpeningResult) -> Result<(), JournalError> {
        let text = serde_json::to_string(&result).expect("texts and times");
        self.journal.put_fact(FACT_OPENING, text).await?;
        self.state().opening = Some(result);
        self.changed();
        Ok(())
    }

    /// Looks at what is wrong now; what has passed rings no more, and what a person silenced stays silent until it has passed.
    pub(crate) fn watch_troubles(&self) {
        let link = self.link();
        let now = clock::now();
        let changed = {
            let mut state = self.state();
            let found = Trouble::all(&state, &link);
            let kept: Vec<Trouble> = found
                .into_iter()
                .map(|cause| {
                    let before = state.troubles.iter().find(|one| one.cause == cause);
                    before.copied().unwrap_or(Trouble { cause, since: now, silenced: false })
                })
                .collect();
            let changed = kept != state.troubles;
            state.troubles = kept;
            changed
        };
        if changed {
            self.changed();
        }
    }

    /// A person knows of what is wrong: it rings no more until it has passed and come again.
    pub fn silence_troubles(&self) {
        for trouble in &mut self.state().troubles {
            trouble.silenced = true;
        }
        self.changed();
    }
}
