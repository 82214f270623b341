//! One worker per printer: takes its jobs in order, and never holds up anything but its own printer.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::engine::meant;
use super::judge::{Judged, STALE_AFTER_MS, judge};
use super::problem::PrintCode;
use super::request::accepted_by;
use super::settings::{Printer, PrinterId, TicketKind};
use super::transport::{Broken, Health, Sent, Wire};
use super::{Document, write};
use crate::counter::{Counter, State};
use crate::journal::{JobState, JournalError, NewPrint, PrintJob, Waiting};
use crate::sync::link::Light as LinkLight;
use crate::{clock, failpoint};

/// Tries before the first byte; after that the job has failed, and a person says when to try again.
pub const MAX_ATTEMPTS: u32 = 12;
/// Between two tries: this, twice this, and so on up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Without a change, jobs are looked at this often: they age.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A printer without work is asked how it is this often.
const IDLE_LOOK: Duration = Duration::from_secs(30);
/// Between two tries to write down what became of a ticket.
const NOTE_AGAIN: Duration = Duration::from_secs(1);

/// Works for as long as the printer is in the settings.
pub(super) async fn work(counter: Arc<Counter>, id: PrinterId) {
    hold_interrupted(&counter, &id).await;
    let mut changes = counter.changes();
    let nudge = Arc::clone(&counter.state().print.nudge);
    let mut failures = 0;
    let mut looked_at: Option<Instant> = None;
    loop {
        let Some(printer) = counter.state().print.printer(&id).cloned() else { return };
        if !printer.enabled {
            let _ = tokio::time::timeout(LOOK_EVERY, changes.changed()).await;
            continue;
        }
        match next(&counter, &printer).await {
            Some((job, unconfirmed)) => match print(&counter, &printer, job, unconfirmed).await {
                Ok(()) => {
                    failures = 0;
                    looked_at = Some(Instant::now());
                }
                Err(()) => {
                    let pause = SHORTEST_PAUSE.saturating_mul(1 << failures.min(8)).min(LONGEST_PAUSE);
                    failures += 1;
                    // A person who did something about it does not wait.
                    let _ = tokio::time::timeout(pause, nudge.notified()).await;
                }
            },
            None => {
                if looked_at.is_none_or(|at| at.elapsed() >= IDLE_LOOK) {
                    look(&counter, &printer).await;
                    looked_at = Some(Instant::now());
                }
                let _ = tokio::time::timeout(LOOK_EVERY, changes.changed()).await;
            }
        }
    }
}

/// What this printer was printing when its worker ended: nobody knows whether it is on paper.
async fn hold_interrupted(counter: &Counter, id: &PrinterId) {
    let printing: Vec<PrintJob> = {
        let state = counter.state();
        let mine = |job: &&PrintJob| &job.printer == id && job.state == JobState::Printing;
        state.print.jobs.values().filter(mine).cloned().collect()
    };
    for job in printing {
        counter.settle_print(job, JobState::Held, Some(PrintCode::MaybePrinted), false).await;
    }
}

/// The first job that may be printed now. Jobs that may never be are put away on the way.
async fn next(counter: &Counter, printer: &Printer) -> Option<(PrintJob, bool)> {
    loop {
        let live = counter.link().light == LinkLight::Green;
        let (job, judged) = {
            let state = counter.state();
            let waiting = meant(&state);
            let job = state.print.queued(&printer.id).next()?.clone();
            let judged = judge_at(&state, &job, &waiting, live);
            (job, judged)
        };
        match judged {
            Judged::Print { unconfirmed } => return Some((job, unconfirmed)),
            Judged::Wait => return None,
            Judged::Hold(code) => counter.settle_print(job, JobState::Held, Some(code), false).await,
            Judged::Discard(code) => counter.settle_print(job, JobState::Discarded, Some(code), false).await,
        }
    }
}

/// Judges a job at this counter: the tickets of an order are printed by the counter that accepted it.
fn judge_at(state: &State, job: &PrintJob, waiting: &[Waiting], live: bool) -> Judged {
    let entry = job.order_id.and_then(|id| state.ledger.orders.get(&id));
    let food = matches!(job.kind, TicketKind::Kitchen | TicketKind::Slip);
    let by = entry.filter(|_| food && !job.released).and_then(accepted_by);
    if by.is_some_and(|device| device != state.device_id) {
        return Judged::Discard(PrintCode::NotNeeded);
    }
    let now = clock::now();
    // A journal that began anew has no orders before the server's snapshot has come.
    if job.order_id.is_some() && state.head.is_none() && now.ms_since(job.made_at) <= STALE_AFTER_MS {
        return Judged::Wait;
    }
    judge(job, entry, waiting, live, now)
}

/// Prints one job. Before the first byte everything can be tried again; from then on nothing is.
async fn print(counter: &Counter, printer: &Printer, job: PrintJob, unconfirmed: bool) -> Result<(), ()> {
    let (mut wire, health) = match reach(counter, printer).await {
        Ok(reached) => reached,
        Err(code) => return postpone(counter, job, code).await,
    };
    let starting = counter.with_reserve(|| counter.journal().start_print(job.id, clock::now()));
    let started = match starting.await {
        Ok(Some(started)) => started,
        // The journal was set aside: its successor gets the job from memory.
        Ok(None) if counter.is_of_another_journal() => {
            counter.catch_up_with_disk().await;
            return Err(());
        }
        Ok(None) => {
            // Somebody discarded it meanwhile, or a note that was reported as failed is on the disk after all.
            if !take_back(counter, &job, job.code).await {
                counter.state().print.drop_if(job.id, JobState::Queued);
            }
            return Err(());
        }
        Err(error) => {
            tracing::error!(%error, "a ticket is not printed, because the disk does not take a note of it");
            take_back(counter, &job, Some(PrintCode::NotNoted)).await;
            return Err(());
        }
    };
    counter.show_print(started.clone());
    let Some(document) = document(counter, &started, unconfirmed) else {
        counter.settle_print(started, JobState::Failed, Some(PrintCode::OrderGone), false).await;
        return Ok(());
    };
    let confirms = !counter.state().print.light(&printer.id).never_confirms;
    match send(&mut wire, &write::bytes(&document, printer), health.answers, confirms).await {
        Ok(sent) => {
            if health.answers {
                counter.change_light(&printer.id, |light| light.never_confirms = !sent.confirmed);
            }
            counter.settle_print(started, JobState::Printed, None, sent.confirmed).await;
            Ok(())
        }
        Err(broken) if broken.begun => {
            counter.change_light(&printer.id, |light| light.problem = Some(broken.code));
            counter.settle_print(started, JobState::Held, Some(PrintCode::MaybePrinted), false).await;
            Err(())
        }
        // Not one byte was taken: it can be tried again.
        Err(broken) => {
            counter.change_light(&printer.id, |light| light.problem = Some(broken.code));
            let tried = PrintJob { attempts: started.attempts + 1, sequence: 0, ..started };
            counter.settle_print(tried, JobState::Queued, Some(broken.code), false).await;
            Err(())
        }
    }
}

fn document(counter: &Counter, job: &PrintJob, unconfirmed: bool) -> Option<Document> {
    write::write(&counter.state(), job, unconfirmed, clock::now())
}

/// Sends the bytes; a test can end the program before and after them.
async fn send(wire: &mut Wire, bytes: &[u8], answers: bool, confirms: bool) -> Result<Sent, Broken> {
    if failpoint::reach("print.before_bytes").await.is_err() {
        return Err(Broken { begun: false, code: PrintCode::PrinterUnreachable });
    }
    let sent = wire.send(bytes, answers, confirms).await?;
    if failpoint::reach("print.after_bytes").await.is_err() {
        return Err(Broken { begun: true, code: PrintCode::PrinterStalled });
    }
    Ok(sent)
}

/// A note that failed may be on the disk all the same: then not one byte left, but the job says that it is being printed. Returns whether it
/// said so.
async fn take_back(counter: &Counter, job: &PrintJob, code: Option<PrintCode>) -> bool {
    let queued = PrintJob { code, changed_at: clock::now(), ..job.clone() };
    counter.show_print(queued.clone());
    let noting = counter.with_reserve(|| counter.journal().note_print(queued.clone(), JobState::Printing));
    match noting.await {
        Ok(Some(_)) => true,
        Ok(None) => false,
        Err(error) => {
            tracing::warn!(%error, "the disk still takes no notes");
            true
        }
    }
}

/// Connects and asks how the printer is; what it says is shown.
async fn reach(counter: &Counter, printer: &Printer) -> Result<(Wire, Health), PrintCode> {
    let looked = async {
        let mut wire = Wire::open(&printer.transport).await?;
        let health = wire.look().await?;
        Ok((wire, health))
    };
    let looked = looked.await;
    let answered_before = counter.state().print.light(&printer.id).answers;
    let problem = match &looked {
        Err(code) => Some(*code),
        Ok((_, health)) if answered_before && !health.answers => Some(PrintCode::PrinterSilent),
        Ok((_, health)) => health.problem,
    };
    counter.change_light(&printer.id, |light| {
        light.problem = problem;
        light.looked_at = Some(clock::now());
        if let Ok((_, health)) = &looked {
            light.answers |= health.answers;
            light.paper_low = health.paper_low;
        }
    });
    match problem {
        Some(code) => Err(code),
        None => looked,
    }
}

/// Looks at a printer that has nothing to do.
pub(crate) async fn look(counter: &Counter, printer: &Printer) {
    if let Err(code) = reach(counter, printer).await {
        tracing::debug!(code = code.as_str(), printer = %printer.name, "the printer is not ready");
    }
}

/// Nothing left yet: the job waits for the next try, or has failed.
async fn postpone(counter: &Counter, job: PrintJob, code: PrintCode) -> Result<(), ()> {
    let tried = PrintJob { attempts: job.attempts + 1, ..job };
    let state = if tried.attempts >= MAX_ATTEMPTS { JobState::Failed } else { JobState::Queued };
    counter.settle_print(tried, state, Some(code), false).await;
    Err(())
}

impl Counter {
    /// Writes down what became of a job, however long the disk takes: until then its printer prints nothing else.
    pub(super) async fn settle_print(
        &self,
        job: PrintJob,
        state: JobState,
        code: Option<PrintCode>,
        confirmed: bool,
    ) {
        let from = job.state;
        let settled = PrintJob { state, code, confirmed, changed_at: clock::now(), ..job };
        loop {
            match self.with_reserve(|| self.journal().note_print(settled.clone(), from)).await {
                Ok(Some(noted)) => return self.show_print(noted),
                // The journal was set aside: its successor gets the job from memory.
                Ok(None) if self.is_of_another_journal() => self.catch_up_with_disk().await,
                // A person was quicker, and what they said is shown already.
                Ok(None) => return self.state().print.drop_if(settled.id, from),
                Err(JournalError::Stopped) => return,
                Err(error) => tracing::error!(%error, "what became of a ticket cannot be written down"),
            }
            tokio::time::sleep(NOTE_AGAIN).await;
        }
    }

    /// Writes down the jobs whose keys are new; returns them.
    pub(super) async fn add_prints(&self, wanted: Vec<NewPrint>) -> Result<Vec<PrintJob>, JournalError> {
        let added = self.with_reserve(|| self.journal().add_prints(wanted.clone(), clock::now())).await?;
        if self.is_of_another_journal() {
            // Their numbers may be those of jobs that only memory has so far.
            self.catch_up_with_disk().await;
        }
        Ok(added)
    }

    /// Takes a job over into memory.
    pub(super) fn show_print(&self, job: PrintJob) {
        self.state().print.note(job);
        self.changed();
    }

    pub(super) fn change_light(&self, id: &PrinterId, change: impl FnOnce(&mut super::state::Light)) {
        let differs = {
            let mut state = self.state();
            let light = state.print.lights.entry(id.clone()).or_default();
            let before = *light;
            change(light);
            (before.problem, before.paper_low, before.answers)
                != (light.problem, light.paper_low, light.answers)
        };
        if differs {
            self.changed();
        }
    }
}
