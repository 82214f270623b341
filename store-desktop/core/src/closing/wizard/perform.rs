//! What each step needs. Every one may be done again after a crash.

use shared::day::DayState;
use shared::wire::{Blocker, BlockerAction, CheckRequest, CommandAction, Repair};

use super::{Moved, Wizard, Work};
use crate::closing::ClosingServer;
use crate::closing::compare::{self, CloseError, Compared};
use crate::closing::progress::Progress;
use crate::closing::step::{Seen, hinders_cut};
use crate::closing::view::{CloseNote, CloseStep};
use crate::journal::Fate;
use crate::{clock, failpoint};

impl<S: ClosingServer> Wizard<'_, S> {
    pub(super) async fn perform(
        &self,
        at: CloseStep,
        progress: Progress,
        seen: &Seen,
        work: Work,
    ) -> Result<Moved, CloseError> {
        if seen.day == Some(DayState::Closing) && !seen.resuming && !progress.was_closing {
            self.change(|progress| progress.was_closing = true).await?;
            return Ok(Moved::On);
        }
        match at {
            CloseStep::StopOrders => self.stop_orders(progress, seen, work).await,
            CloseStep::OpenOrders => Ok(Moved::Waits),
            CloseStep::Commands if seen.unsent > 0 => {
                Ok(self.wait(CloseNote::commands_under_way(seen.unsent)))
            }
            CloseStep::Commands => Ok(self.refuse(CloseNote::refusals(seen.refused))),
            CloseStep::Payments => self.payments(&progress).await,
            CloseStep::Cut => self.cut(&progress).await,
            CloseStep::Journal => self.journal(progress, seen, work).await,
            CloseStep::Books => self.books(progress, work).await,
            CloseStep::Totals | CloseStep::Closed => Ok(Moved::Waits),
            CloseStep::Certificate => self.certify(progress).await,
        }
    }

    async fn stop_orders(&self, progress: Progress, seen: &Seen, work: Work) -> Result<Moved, CloseError> {
        let sells = matches!(seen.day, Some(DayState::Open | DayState::OnBreak | DayState::Preparing));
        if seen.is_another_day || (progress.was_closing && sells) {
            // Somebody took orders again, or another day runs.
            self.keep(None).await?;
            return Ok(self.refuse(CloseNote::resumed()));
        }
        if seen.day.is_none() {
            // The journal begins anew.
            return Ok(self.wait(CloseNote::journal_behind()));
        }
        if progress.planned_at.is_some_and(|at| clock::now() < at) {
            return Ok(self.wait(CloseNote::planned()));
        }
        let given = match progress.stop {
            Some(key) => self.counter.journal().command(key).await?,
            None => None,
        };
        match given.map(|given| given.fate) {
            None => {}
            Some(Fate::Refused { .. }) if work == Work::Pressed => {}
            Some(Fate::Refused { code, .. }) => return Ok(self.refuse(CloseNote::of_code(code))),
            Some(Fate::Unanswered) => return Ok(self.wait(CloseNote::stop_under_way())),
            Some(Fate::Applied { .. }) => return Ok(self.wait(CloseNote::journal_behind())),
        }
        failpoint::reach("close.before_stop").await?;
        let key = self.give(CommandAction::ClosingStart).await?;
        self.change(|progress| progress.stop = Some(key)).await?;
        Ok(self.wait(CloseNote::stop_under_way()))
    }

    async fn payments(&self, progress: &Progress) -> Result<Moved, CloseError> {
        let status = self.server()?.close_status(progress.day_id).await?;
        if status.closed_at.is_some() {
            return self.certify(progress.clone()).await;
        }
        let hindered = self.hindered(status.blockers.clone());
        let not_cut = status.blockers.iter().any(|blocker| !hinders_cut(blocker));
        match status.cut {
            // The books are frozen already, as after a crash.
            Some(cut) if !hindered && !not_cut => {
                self.change(|progress| progress.cut = Some(cut)).await?;
                Ok(Moved::On)
            }
            Some(_) | None if hindered => Ok(Moved::Waits),
            Some(_) | None => Ok(Moved::On),
        }
    }

    /// Remembers what stands in the way, and says so.
    fn hindered(&self, blockers: Vec<Blocker>) -> bool {
        let first = blockers.iter().filter(|blocker| hinders_cut(blocker)).max_by_key(|blocker| {
            // What a person has to do is said before what ends by itself.
            match blocker.code.action() {
                BlockerAction::AskOperator => 3,
                BlockerAction::FinishOrders => 2,
                BlockerAction::StartClosing => 1,
                BlockerAction::Wait | BlockerAction::Cut => 0,
            }
        });
        let said = first.map(|blocker| {
            let words = CloseNote::new("blocked", blocker.code.korean(), blocker.code.english());
            (blocker.code.action(), words)
        });
        self.later();
        self.closing.memory().blockers = Some(blockers);
        match said {
            None => return false,
            Some((BlockerAction::Wait | BlockerAction::StartClosing | BlockerAction::Cut, words)) => {
                self.wait(words);
            }
            Some((BlockerAction::AskOperator | BlockerAction::FinishOrders, words)) => {
                self.refuse(words);
            }
        }
        true
    }

    async fn cut(&self, progress: &Progress) -> Result<Moved, CloseError> {
        let answer = self.server()?.cut(progress.day_id).await?;
        failpoint::reach("close.after_cut").await?;
        let hindered = self.hindered(answer.blockers);
        let Some(cut) = answer.cut else {
            if !hindered {
                return Err(CloseError::Server("it froze nothing and says not why".to_owned()));
            }
            return Ok(Moved::Waits);
        };
        self.change(|progress| {
            progress.forget_cut();
            progress.cut = Some(cut);
        })
        .await?;
        Ok(Moved::On)
    }

    async fn journal(&self, progress: Progress, seen: &Seen, work: Work) -> Result<Moved, CloseError> {
        let (Some(books), Some(cut)) = (progress.books(), progress.cut.as_ref()) else {
            return Ok(Moved::On);
        };
        if seen.head_seq < books.upto_seq {
            return Ok(self.wait(CloseNote::journal_behind()));
        }
        if progress.journal.is_some() && work == Work::ByItself {
            // A person decides that it is read again.
            return Ok(Moved::Waits);
        }
        let compared = compare::compare(self.counter.place().folder(), self.server()?, &books, cut).await?;
        failpoint::reach("close.after_pc_digest").await?;
        match compared {
            Compared::Behind => {
                self.later();
                Ok(self.wait(CloseNote::journal_behind()))
            }
            Compared::Short => {
                self.read_again(&books, cut).await?;
                Ok(Moved::On)
            }
            Compared::Whole { proof, totals } => {
                self.change(|progress| {
                    progress.forget_journal();
                    (progress.proof, progress.totals) = (Some(proof), totals);
                })
                .await?;
                Ok(Moved::On)
            }
            Compared::Differs(difference) => {
                tracing::error!(?difference, "the journal is not the server's log");
                self.change(|progress| progress.journal = Some(difference)).await?;
                Ok(Moved::Waits)
            }
        }
    }

    /// Makes the journal's day what the server says.
    pub(super) async fn read_again(
        &self,
        books: &crate::journal::Books,
        cut: &shared::wire::Cut,
    ) -> Result<(), CloseError> {
        let reread = compare::reread(self.server()?, books, cut).await?;
        failpoint::reach("close.before_repair").await?;
        self.counter.mend(reread).await?;
        failpoint::reach("close.after_repair").await?;
        Ok(self.change(Progress::forget_journal).await?)
    }

    async fn books(&self, progress: Progress, work: Work) -> Result<Moved, CloseError> {
        let asks_a_person = progress.report.as_ref().is_some_and(|report| {
            report.differences.iter().any(|difference| difference.repair != Repair::CheckAgain)
        });
        if asks_a_person && work == Work::ByItself {
            return Ok(Moved::Waits);
        }
        let request = CheckRequest { journal: progress.proof.clone() };
        let report = self.server()?.check(progress.day_id, &request).await?;
        failpoint::reach("close.after_check").await?;
        let (holds, unknown) =
            (report.holds(), report.differences.iter().all(|one| one.repair == Repair::CheckAgain));
        self.change(|progress| progress.report = Some(report)).await?;
        if holds {
            return Ok(Moved::On);
        }
        self.later();
        Ok(if unknown { self.wait(CloseNote::check_again()) } else { Moved::Waits })
    }
}
