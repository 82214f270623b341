//! What the counter knows of its printers and of what is to be printed. All of it is in the journal or can be asked again.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use shared::TimeMs;
use shared::id::{OrderId, SessionId};
use tokio::sync::Notify;

use super::problem::PrintCode;
use super::settings::{Printer, PrinterId, Settings, TicketKind};
use crate::journal::{JobState, PrintJob};

/// Finished jobs of which more than the key is remembered.
const MAX_FINISHED: usize = 2_000;

/// How a printer was when it was looked at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Light {
    pub problem: Option<PrintCode>,
    pub paper_low: bool,
    /// It answers questions; from then on its silence is a problem.
    pub answers: bool,
    /// It does not say when it is done.
    pub never_confirms: bool,
    pub looked_at: Option<TimeMs>,
}

/// Printers and jobs.
#[derive(Debug, Clone)]
pub struct PrintState {
    pub settings: Settings,
    /// Open jobs and the newest of the finished ones.
    pub jobs: BTreeMap<i64, PrintJob>,
    /// Every piece of paper that was ever wanted.
    known: HashSet<String>,
    pub lights: BTreeMap<PrinterId, Light>,
    /// The session that is open, and since when by the server's clock.
    pub session: Option<(SessionId, TimeMs)>,
    /// What was wanted before this moment may have been printed without a note of it.
    pub doubtful_before: Option<TimeMs>,
    /// Signs the codes on the tickets.
    pub key: Vec<u8>,
    /// Woken when a person does something about printing.
    pub nudge: Arc<Notify>,
}

impl PrintState {
    pub fn new(settings: Settings, jobs: Vec<PrintJob>, key: Vec<u8>) -> Self {
        let known = jobs.iter().map(|job| job.key.clone()).collect();
        let mut state = Self {
            settings,
            jobs: jobs.into_iter().map(|job| (job.id, job)).collect(),
            known,
            lights: BTreeMap::new(),
            session: None,
            doubtful_before: None,
            key,
            nudge: Arc::new(Notify::new()),
        };
        state.forget_old();
        state
    }

    /// Whether this piece of paper was wanted before.
    pub fn knows(&self, key: &str) -> bool {
        self.known.contains(key)
    }

    /// This piece of paper was wanted already.
    pub fn remember(&mut self, key: String) {
        self.known.insert(key);
    }

    /// Takes over what the journal says of a job.
    pub fn note(&mut self, job: PrintJob) {
        self.known.insert(job.key.clone());
        self.jobs.insert(job.id, job);
        self.forget_old();
    }

    /// The journal was set aside, and this is what its successor has: the jobs of memory, some perhaps under other numbers.
    pub fn take_over(&mut self, jobs: Vec<PrintJob>) {
        self.known.extend(jobs.iter().map(|job| job.key.clone()));
        self.jobs = jobs.into_iter().map(|job| (job.id, job)).collect();
        self.forget_old();
    }

    fn forget_old(&mut self) {
        let finished: Vec<i64> = self.jobs.values().filter(|job| !job.is_open()).map(|job| job.id).collect();
        for id in finished.iter().take(finished.len().saturating_sub(MAX_FINISHED)) {
            self.jobs.remove(id);
        }
    }

    /// Forgets a job that the journal does not have, if nobody changed it meanwhile.
    pub fn drop_if(&mut self, id: i64, state: JobState) {
        if self.jobs.get(&id).is_some_and(|job| job.state == state) {
            self.jobs.remove(&id);
        }
    }

    /// The jobs that wait for this printer, the oldest first.
    pub fn queued(&self, printer: &PrinterId) -> impl Iterator<Item = &PrintJob> {
        self.jobs.values().filter(move |job| &job.printer == printer && job.state == JobState::Queued)
    }

    /// The jobs about one order and one kind.
    pub fn of_order(&self, order_id: OrderId, kind: TicketKind) -> impl Iterator<Item = &PrintJob> {
        self.jobs.values().filter(move |job| job.order_id == Some(order_id) && job.kind == kind)
    }

    /// Whether a kitchen ticket of the order may be on paper.
    pub fn in_kitchen(&self, order_id: OrderId) -> bool {
        self.of_order(order_id, TicketKind::Kitchen).any(PrintJob::went_out)
    }

    pub fn light(&self, printer: &PrinterId) -> Light {
        self.lights.get(printer).copied().unwrap_or_default()
    }

    pub fn printer(&self, id: &PrinterId) -> Option<&Printer> {
        self.settings.printer(id)
    }
}
