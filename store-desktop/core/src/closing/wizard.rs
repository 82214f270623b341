//! The wizard at work.

mod act;
mod certify;
mod look;
mod perform;

use std::time::Duration;

use shared::wire::CommandAction;
use tokio::time::Instant;

use super::compare::CloseError;
use super::progress::Progress;
use super::view::{CloseNote, CloseView};
use super::{Closing, ClosingServer, step};
use crate::counter::Counter;
use crate::journal::JournalError;
use crate::{HostError, failpoint};

/// Steps that follow each other without a wait, at most; more would be going in circles.
const MOST_STEPS: usize = 24;
/// Between two questions to the server while it waits for something there.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// The same after the server did not answer.
const ASK_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Between two looks at whether the key is pinned.
const KEY_AGAIN: Duration = Duration::from_secs(60);

/// The wizard of one counter, with the server if somebody is signed in.
pub struct Wizard<'a, S> {
    pub counter: &'a Counter,
    pub closing: &'a Closing,
    pub server: Option<&'a S>,
}

/// Who asks for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The clock: waits are respected.
    ByItself,
    /// A person pressed: look now, and try again what failed.
    Pressed,
}

/// Whether a step leads on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    On,
    Waits,
}

impl<S: ClosingServer> Wizard<'_, S> {
    /// Goes as far as it can. What stops it is in the view.
    pub async fn work(&self, work: Work) -> Result<Option<CloseView>, HostError> {
        let _working = self.closing.working.lock().await;
        self.go_on(work).await?;
        Ok(self.view())
    }

    async fn go_on(&self, work: Work) -> Result<(), HostError> {
        self.load().await?;
        if !self.is_due(work) {
            return Ok(());
        }
        {
            let mut memory = self.closing.memory();
            (memory.waiting, memory.problem) = (None, None);
        }
        let mut work = work;
        for _ in 0..MOST_STEPS {
            let Some(progress) = self.progress() else { break };
            let seen = self.see(&progress);
            let at = step(&progress, &seen, self.blockers().as_deref());
            let moved = self.perform(at, progress, &seen, work).await;
            // What a person asked to try again was tried.
            work = Work::ByItself;
            match moved {
                Ok(Moved::On) => {}
                Ok(Moved::Waits) => break,
                Err(error) => {
                    self.stopped_by(&error).await?;
                    break;
                }
            }
        }
        self.counter.changed();
        Ok(())
    }

    fn is_due(&self, work: Work) -> bool {
        let memory = self.closing.memory();
        memory.progress.is_some()
            && (work == Work::Pressed || memory.ask_again_at.is_none_or(|at| Instant::now() >= at))
    }

    async fn stopped_by(&self, error: &CloseError) -> Result<(), HostError> {
        tracing::debug!(%error, "closing waits");
        if is_no_cut(error) {
            // Something happened to an order since the books were frozen.
            self.change(Progress::forget_cut).await?;
            return Ok(());
        }
        let note = CloseNote::of_error(error);
        let mut memory = self.closing.memory();
        match error {
            CloseError::Cloud(crate::cloud::CloudError::Unreachable(_)) => memory.waiting = Some(note),
            CloseError::Cloud(_) | CloseError::Journal(_) | CloseError::Server(_) => {
                memory.problem = Some(note)
            }
        }
        memory.ask_again_at = Some(Instant::now() + ASK_AFTER_FAILURE);
        Ok(())
    }

    /// Reads how far it was, once.
    async fn load(&self) -> Result<(), HostError> {
        if self.closing.memory().loaded {
            return Ok(());
        }
        let kept = self.counter.journal().closing().await?;
        // One of another program version that cannot be read: the day itself still says that it is closing.
        let progress = kept.and_then(|kept| serde_json::from_str(&kept).ok());
        let mut memory = self.closing.memory();
        (memory.loaded, memory.progress) = (true, progress);
        Ok(())
    }

    /// Pins the key at the first use, long before anything is signed with it.
    pub async fn pin_key(&self) {
        let Some(server) = self.server else { return };
        {
            let mut memory = self.closing.memory();
            if memory.key_again_at.is_some_and(|at| Instant::now() < at) {
                return;
            }
            memory.key_again_at = Some(Instant::now() + KEY_AGAIN);
        }
        if let Err(error) = super::certificates::key(self.counter.journal(), server).await {
            tracing::debug!(%error, "the key of certificates is not known yet");
        }
    }

    fn progress(&self) -> Option<Progress> {
        self.closing.memory().progress.clone()
    }

    /// Keeps the progress on the disk, then in memory.
    async fn keep(&self, progress: Option<Progress>) -> Result<(), JournalError> {
        let kept = progress.as_ref().map(|progress| {
            serde_json::to_string(progress).expect("progress holds only texts, numbers and lists")
        });
        failpoint::reach("close.before_progress").await?;
        self.counter.journal().keep_closing(kept).await?;
        failpoint::reach("close.after_progress").await?;
        let mut memory = self.closing.memory();
        if progress.is_none() {
            (memory.blockers, memory.ask_again_at) = (None, None);
        }
        memory.progress = progress;
        Ok(())
    }

    async fn change(&self, change: impl FnOnce(&mut Progress)) -> Result<(), JournalError> {
        let Some(mut progress) = self.progress() else { return Ok(()) };
        change(&mut progress);
        self.keep(Some(progress)).await
    }

    fn wait(&self, note: CloseNote) -> Moved {
        self.closing.memory().waiting = Some(note);
        Moved::Waits
    }

    fn refuse(&self, note: CloseNote) -> Moved {
        self.closing.memory().problem = Some(note);
        Moved::Waits
    }

    /// The server is asked again in a while.
    fn later(&self) {
        self.closing.memory().ask_again_at = Some(Instant::now() + ASK_EVERY);
    }

    fn server(&self) -> Result<&S, CloseError> {
        self.server.ok_or_else(|| {
            let problem = crate::cloud::problem_of(shared::Code::SignedOut, 401);
            CloseError::Cloud(crate::cloud::CloudError::Problem(Box::new(problem)))
        })
    }

    /// Journals a command about the store.
    async fn give(&self, action: CommandAction) -> Result<shared::id::CommandKey, JournalError> {
        Ok(self.counter.give(None, None, action).await?.key)
    }
}

fn is_no_cut(error: &CloseError) -> bool {
    matches!(error, CloseError::Cloud(crate::cloud::CloudError::Problem(problem))
        if problem.code == shared::Code::DayNotCut)
}
