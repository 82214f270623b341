//! How far the wizard is: a small fact in the journal, so that a crash in the middle goes on where it was. What can be looked up is not in it.

use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::day::DayTotals;
use shared::id::{CommandKey, DayId};
use shared::wire::{CheckReport, Cut, Difference, JournalProof};

use crate::journal::Books;

/// One closing, from its beginning to the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub day_id: DayId,
    pub started_at: TimeMs,
    /// No more orders from then on; at once without it.
    #[serde(default)]
    pub planned_at: Option<TimeMs>,
    /// The command that stops the orders, once it was given.
    #[serde(default)]
    pub stop: Option<CommandKey>,
    /// The server's log said that the day is closing.
    #[serde(default)]
    pub was_closing: bool,
    #[serde(default)]
    pub cut: Option<Cut>,
    /// The journal is the server's log up to the cut.
    #[serde(default)]
    pub proof: Option<JournalProof>,
    /// As the journal's events alone make them.
    #[serde(default)]
    pub totals: Option<DayTotals>,
    /// Where the journal and the server's log part.
    #[serde(default)]
    pub journal: Option<Difference>,
    /// What the server found.
    #[serde(default)]
    pub report: Option<CheckReport>,
    /// A person said that the totals are right.
    #[serde(default)]
    pub finished: bool,
    /// The close was asked for: it may have happened, whatever came back.
    #[serde(default)]
    pub close_sent: bool,
    /// The certificate is in the journal.
    #[serde(default)]
    pub certified: bool,
}

impl Progress {
    /// A closing that begins.
    pub fn begin(day_id: DayId, started_at: TimeMs, planned_at: Option<TimeMs>) -> Self {
        Self {
            day_id,
            started_at,
            planned_at,
            stop: None,
            was_closing: false,
            cut: None,
            proof: None,
            totals: None,
            journal: None,
            report: None,
            finished: false,
            close_sent: false,
            certified: false,
        }
    }

    /// The events between the day's beginning and its cut.
    pub fn books(&self) -> Option<Books> {
        let cut = self.cut.as_ref()?;
        Some(Books {
            day_id: self.day_id,
            epoch: cut.upto.epoch,
            first_seq: cut.first_seq,
            upto_seq: cut.upto.seq,
        })
    }

    /// All four comparisons hold.
    pub fn holds(&self) -> bool {
        self.proof.is_some() && self.report.as_ref().is_some_and(CheckReport::holds)
    }

    /// The journal was mended, or has to be read anew.
    pub fn forget_journal(&mut self) {
        (self.proof, self.totals, self.journal) = (None, None, None);
        self.forget_report();
    }

    /// What the server compared is old.
    pub fn forget_report(&mut self) {
        (self.report, self.finished) = (None, false);
    }

    /// Something happened since the cut: everything after it is old.
    pub fn forget_cut(&mut self) {
        self.cut = None;
        self.forget_journal();
    }
}
