//! The sign-in: kept in the folder, ended without touching the journal.

use shared::Code;
use shared::wire::Problem;

use super::open::{FACT_SERVER, FACT_STORE};
use super::{Counter, Occurrence};
use crate::HostError;
use crate::journal::JournalError;
use crate::place::KeptSession;
use crate::sync::link::Connection;

impl Counter {
    /// Keeps an open sign-in. [`HostError::other_store`] when the journal is another store's.
    pub async fn begin_session(&self, session: KeptSession) -> Result<(), HostError> {
        let store_id = session.signed_in.store_id.to_string();
        match self.journal().fact(FACT_STORE).await? {
            Some(kept) if kept != store_id => return Err(HostError::other_store()),
            Some(_) => {}
            None => self.journal().put_fact(FACT_STORE, store_id).await?,
        }
        self.journal().put_fact(FACT_SERVER, session.server_url.clone()).await?;
        self.place().keep_session(&session)?;
        {
            let mut state = self.state();
            state.server_url.clone_from(&session.server_url);
            state.session = Some(session);
            state.sign_in_problem = None;
            state.people.failed_renewals = 0;
            state.people.pending = None;
        }
        self.connection(Connection::Connecting);
        self.changed();
        Ok(())
    }

    /// A sign-in that waited came to nothing.
    pub(crate) fn sign_in_failed(&self, problem: Problem) {
        {
            let mut state = self.state();
            state.sign_in_problem = Some(problem);
            state.people.pending = None;
        }
        self.changed();
    }

    /// The sign-in is over, with the reason when it was not the person's own wish. Journal and commands stay.
    pub fn end_session(&self, problem: Option<Problem>) -> Result<(), JournalError> {
        let code = problem.as_ref().map(|problem| problem.code);
        let taken_over = code == Some(Code::SessionTakenOver);
        {
            let mut state = self.state();
            state.session = None;
            state.sign_in_problem = problem;
        }
        self.connection(if taken_over { Connection::TakenOver } else { Connection::SignedOut });
        self.happened(Occurrence::SignedOut { code });
        self.changed();
        self.place().forget_session()
    }
}
