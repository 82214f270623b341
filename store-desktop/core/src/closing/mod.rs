//! Closing a day with proof (마감): a wizard that a crash, a cut cable or a second thought may interrupt anywhere before the close.
//!
//! [`step()`] decides where it is from what the journal says and what was found so far; [`Wizard`] does what that step needs. How far it
//! is, is a fact in the journal. Everything may be done twice: the server answers the same, and the certificate is one for ever.

mod bisect;
pub(crate) mod certificates;
mod compare;
mod document;
mod notes;
mod progress;
mod server;
mod step;
mod view;
mod wizard;

use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::wire::Blocker;
use tokio::time::Instant;

pub use bisect::Search;
pub use certificates::{KeptCertificate, KeptKey, export, pinned_key};
pub use compare::{CloseError, Compared as JournalCompared, compare as compare_journal};
pub use document::document;
pub use progress::Progress;
pub use server::ClosingServer;
pub use step::{Seen, step};
pub use view::{
    BlockerLine, CertificateCard, CertificateView, CloseAction, CloseNote, CloseStep, CloseView, Compared,
    DifferenceLine, EqualityLine, Exported, OpenOrder, StepLine, StepState,
};
pub use wizard::{Wizard, Work};

/// The wizard's memory; what must not be lost is in the journal.
#[derive(Default)]
pub struct Closing {
    /// One at a time works on it.
    working: tokio::sync::Mutex<()>,
    memory: Mutex<Memory>,
}

/// What can be found out again.
#[derive(Default)]
struct Memory {
    /// The journal was asked for the progress.
    loaded: bool,
    progress: Option<Progress>,
    /// What the server said last.
    blockers: Option<Vec<Blocker>>,
    waiting: Option<CloseNote>,
    problem: Option<CloseNote>,
    /// The server is not asked again before.
    ask_again_at: Option<Instant>,
    /// The key is not asked for again before.
    key_again_at: Option<Instant>,
}

impl Closing {
    /// Never held across an await.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        // A panic while it was held left plain data behind; the journal has the truth.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
