//! What a person may press.

use shared::day::DayState;
use shared::wire::{CommandAction, Repair};
use shared::{Code, TimeMs};

use super::{Wizard, Work};
use crate::closing::compare::{CloseError, FIELD_TABLE};
use crate::closing::progress::Progress;
use crate::closing::view::{CloseNote, CloseStep, CloseView};
use crate::closing::{ClosingServer, step};
use crate::{HostError, clock};

/// A closing is planned at most so far ahead.
const LONGEST_PLAN_MINUTES: u32 = 12 * 60;

impl<S: ClosingServer> Wizard<'_, S> {
    /// `close_start`: begins closing the running day, now or at a time. Pressed again it goes on, or changes the time.
    pub async fn start(&self, at: Option<TimeMs>) -> Result<CloseView, HostError> {
        let _working = self.closing.working.lock().await;
        self.load().await?;
        let now = clock::now();
        if at.is_some_and(|at| at <= now || at > now.plus_minutes(LONGEST_PLAN_MINUTES)) {
            return Err(Code::TimeOutOfRange.into());
        }
        let running = {
            let state = self.counter.state();
            if state.session.is_none() {
                return Err(HostError::not_signed_in());
            }
            state.ledger.day.as_ref().filter(|day| day.state().is_running()).map(|day| day.id)
        };
        match (self.progress(), running) {
            (Some(progress), Some(day)) if progress.day_id == day && progress.stop.is_none() => {
                self.change(|progress| progress.planned_at = at).await?;
            }
            (Some(progress), Some(day)) if progress.day_id == day => {}
            (_, Some(day)) => self.keep(Some(Progress::begin(day, now, at))).await?,
            // The close may have happened while this counter was away; or it did, and nobody has put the wizard away.
            (Some(_), None) => {}
            (None, None) => return Err(Code::DayNotRunning.into()),
        }
        self.go_on(Work::Pressed).await?;
        self.shown()
    }

    /// `close_step`: looks again now.
    pub async fn refresh(&self) -> Result<CloseView, HostError> {
        let _working = self.closing.working.lock().await;
        self.load().await?;
        if self.progress().is_none() {
            return Err(HostError::no_closing());
        }
        self.go_on(Work::Pressed).await?;
        self.shown()
    }

    /// `close_repair`: the suggested repair of a copy, then looks again.
    pub async fn repair(&self) -> Result<CloseView, HostError> {
        let _working = self.closing.working.lock().await;
        self.load().await?;
        let Some(progress) = self.progress() else { return Err(HostError::no_closing()) };
        let repair = suggested(&progress).ok_or_else(HostError::closing_not_ready)?;
        if let Err(error) = self.mend_copy(&progress, repair).await {
            self.stopped_by(&error).await?;
            return self.shown();
        }
        self.go_on(Work::Pressed).await?;
        self.shown()
    }

    async fn mend_copy(&self, progress: &Progress, repair: Repair) -> Result<(), CloseError> {
        match repair {
            Repair::ReadJournalAgain => match (&progress.journal, progress.books(), &progress.cut) {
                (Some(difference), ..) if difference.field == FIELD_TABLE => {
                    // The whole file is set aside; what waits in it comes over, and the day is read again when the sync has begun anew.
                    self.counter.examine().await;
                    Ok(self.keep(Some(Progress { journal: None, proof: None, ..progress.clone() })).await?)
                }
                (_, Some(books), Some(cut)) => self.read_again(&books, cut).await,
                (_, None, _) | (_, _, None) => Ok(()),
            },
            Repair::RebuildStream => {
                self.server()?.repair(progress.day_id).await?;
                Ok(self.change(Progress::forget_report).await?)
            }
            Repair::CheckAgain | Repair::AskOperator => Ok(self.change(Progress::forget_report).await?),
        }
    }

    /// `close_finish`: the totals are right. After the close it puts the wizard away.
    pub async fn finish(&self) -> Result<Option<CloseView>, HostError> {
        let _working = self.closing.working.lock().await;
        self.load().await?;
        let Some(progress) = self.progress() else { return Err(HostError::no_closing()) };
        let seen = self.see(&progress);
        match step(&progress, &seen, self.blockers().as_deref()) {
            CloseStep::Totals => self.change(|progress| progress.finished = true).await?,
            CloseStep::Certificate => {}
            CloseStep::Closed => {
                self.keep(None).await?;
                self.counter.changed();
                return Ok(None);
            }
            CloseStep::StopOrders
            | CloseStep::OpenOrders
            | CloseStep::Commands
            | CloseStep::Payments
            | CloseStep::Cut
            | CloseStep::Journal
            | CloseStep::Books => return Err(HostError::closing_not_ready()),
        }
        self.go_on(Work::Pressed).await?;
        Ok(self.view())
    }

    /// `close_cancel`: the store goes on selling. Only before the close.
    pub async fn cancel(&self) -> Result<(), HostError> {
        let _working = self.closing.working.lock().await;
        self.load().await?;
        let Some(progress) = self.progress() else { return Ok(()) };
        let seen = self.see(&progress);
        if progress.certified || seen.day == Some(DayState::Closed) {
            return Err(Code::DayNotRunning.into());
        }
        if progress.close_sent {
            self.refuse_if_closed(&progress).await?;
        }
        let stopping = progress.stop.is_some() || seen.day == Some(DayState::Closing);
        if stopping {
            self.give(CommandAction::ClosingResume).await?;
        }
        self.keep(None).await?;
        let mut memory = self.closing.memory();
        (memory.waiting, memory.problem) = (None, None);
        drop(memory);
        self.counter.changed();
        Ok(())
    }

    /// A close that was asked for may have happened; the server knows.
    async fn refuse_if_closed(&self, progress: &Progress) -> Result<(), HostError> {
        let status = match self.server().map(|server| server.close_status(progress.day_id)) {
            Ok(asking) => asking.await.map_err(|_| HostError::close_outcome_unknown())?,
            Err(_) => return Err(HostError::close_outcome_unknown()),
        };
        if status.closed_at.is_some() {
            self.go_on(Work::Pressed).await?;
            return Err(Code::DayNotRunning.into());
        }
        Ok(())
    }

    fn shown(&self) -> Result<CloseView, HostError> {
        self.view().ok_or_else(|| match self.closing.memory().problem.clone() {
            // It was given up: the reason is what there is to say.
            Some(CloseNote { code, korean, english }) => {
                HostError { code, korean, english, ..HostError::no_closing() }
            }
            None => HostError::no_closing(),
        })
    }
}

/// The repair that is suggested first: copies before everything else.
pub(super) fn suggested(progress: &Progress) -> Option<Repair> {
    let own = progress.journal.iter();
    let reported = progress.report.iter().flat_map(|report| &report.differences);
    own.chain(reported).map(|difference| difference.repair).min()
}
