//! The menu and the hours: kept in the journal as the server last told them.

use super::Counter;
use crate::documents::{FACT_MENU, FACT_SCHEDULE, MenuDocument, ScheduleDocument};
use crate::journal::JournalError;

/// What the log names and this computer does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    pub menu: bool,
    pub schedule: bool,
}

impl Counter {
    /// Which documents are to be asked for.
    pub fn missing_documents(&self) -> Missing {
        let state = self.state();
        Missing {
            menu: state.documents.menu_is_old(state.ledger.menu_version),
            schedule: state.documents.schedule_is_old(state.ledger.schedule_version),
        }
    }

    /// Whether a document that is here is older than the log.
    pub(crate) fn has_older_documents(&self) -> bool {
        let state = self.state();
        let menu = state.documents.menu.as_ref().map(|menu| menu.version);
        let hours = state.documents.schedule.as_ref().map(|kept| kept.version);
        menu < state.ledger.menu_version || hours < state.ledger.schedule_version
    }

    pub(super) fn ask_for_documents(&self) {
        let Missing { menu, schedule } = self.missing_documents();
        if menu || schedule {
            self.documents_named.notify_one();
        }
    }

    pub(crate) async fn documents_named(&self) {
        self.documents_named.notified().await;
    }

    /// Keeps the menu that the server told. One that is older than the log's is asked for again.
    pub async fn keep_menu(&self, document: MenuDocument) -> Result<(), JournalError> {
        let text = serde_json::to_string(&document).expect("a menu came from JSON");
        self.journal.put_fact(FACT_MENU, text).await?;
        {
            let mut state = self.state();
            state.documents.menu = Some(document);
            state.menu_revision += 1;
        }
        self.changed();
        Ok(())
    }

    /// Keeps the menu as the log's edits made it. A failure only means that it is asked for again after a restart.
    pub(super) async fn keep_followed_menu(&self) {
        let Some(document) = self.state().documents.menu.clone() else { return };
        let text = serde_json::to_string(&document).expect("a menu came from JSON");
        if let Err(error) = self.journal.put_fact(FACT_MENU, text).await {
            tracing::warn!(%error, "the menu could not be kept");
        }
    }

    /// Keeps the hours that the server told.
    pub async fn keep_schedule(&self, document: ScheduleDocument) -> Result<(), JournalError> {
        let text = serde_json::to_string(&document).expect("hours came from JSON");
        self.journal.put_fact(FACT_SCHEDULE, text).await?;
        self.state().documents.schedule = Some(document);
        self.changed();
        Ok(())
    }
}
