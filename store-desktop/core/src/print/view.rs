//! What the window shows of printing: how each printer is, and the jobs that somebody should know of.

use serde::Serialize;
use shared::TimeMs;
use shared::id::OrderId;

use super::problem::PrintCode;
use super::settings::{PrinterId, TicketKind};
use super::state::PrintState;
use crate::fold::Ledger;
use crate::journal::{JobState, PrintJob};
use crate::view::CheckState;

/// Most jobs that are listed; the rest is counted.
const MAX_LISTED: usize = 50;
/// A ticket that could not be printed so often is told aloud: about ten seconds.
const LOUD_ATTEMPTS: u32 = 4;

/// Printing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PrintView {
    pub printers: Vec<PrinterView>,
    /// Jobs that are not finished, the oldest first: at most fifty.
    pub jobs: Vec<PrintJobView>,
    /// Jobs that wait for a person: print or discard.
    pub held: u32,
    /// Jobs that were tried too often.
    pub failed: u32,
    pub queued: u32,
}

/// One printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PrinterView {
    pub id: PrinterId,
    pub name: String,
    pub enabled: bool,
    /// It can print, as far as is known.
    pub ready: bool,
    pub problem: Option<PrintNote>,
    pub paper_low: bool,
    /// It tells how it is. One that does not is believed.
    pub answers: bool,
    pub looked_at: Option<TimeMs>,
    pub queued: u32,
}

/// A code with its sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PrintNote {
    pub code: PrintCode,
    pub korean: String,
    pub english: String,
}

impl From<PrintCode> for PrintNote {
    fn from(code: PrintCode) -> Self {
        Self { code, korean: code.korean().to_owned(), english: code.english().to_owned() }
    }
}

/// One job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PrintJobView {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub id: i64,
    pub printer: PrinterId,
    pub printer_name: String,
    pub kind: TicketKind,
    pub order_id: Option<OrderId>,
    pub number: Option<u32>,
    pub call_name: Option<String>,
    pub state: JobState,
    /// Why it is not on paper.
    pub note: Option<PrintNote>,
    /// How many times it was printed before.
    pub reprint: u32,
    pub copy: u8,
    pub copies: u8,
    /// The printer's number on the paper; 0 before that.
    pub sequence: u32,
    pub made_at: TimeMs,
    pub changed_at: TimeMs,
}

impl PrintState {
    /// What the window shows; orders are for those who signed in.
    pub fn view(&self, ledger: &Ledger, signed_in: bool) -> PrintView {
        let open: Vec<&PrintJob> = self.jobs.values().filter(|job| job.is_open()).collect();
        let count = |state: JobState| {
            u32::try_from(open.iter().filter(|job| job.state == state).count()).unwrap_or(u32::MAX)
        };
        let jobs = open.iter().filter(|_| signed_in).take(MAX_LISTED).map(|job| self.job_view(job, ledger));
        PrintView {
            printers: self.settings.printers.iter().map(|printer| self.printer_view(&printer.id)).collect(),
            jobs: jobs.collect(),
            held: count(JobState::Held),
            failed: count(JobState::Failed),
            queued: count(JobState::Queued) + count(JobState::Printing),
        }
    }

    /// What the opening check says of the printers: on paper is only what a person has seen there.
    pub fn opening_check(&self) -> (CheckState, String, String) {
        let enabled = || self.settings.printers.iter().filter(|printer| printer.enabled);
        if enabled().next().is_none() {
            return said(
                CheckState::Untried,
                "연결된 프린터가 없어요. 프린터를 쓰면 설정에서 추가해 주세요.",
                "No printer is set up. Add one in the settings if the store has one.",
            );
        }
        for printer in enabled() {
            if let Some(code) = self.light(&printer.id).problem {
                let name = &printer.name;
                let (korean, english) = (code.korean(), code.english());
                return (CheckState::Look, format!("{name}: {korean}"), format!("{name}: {english}"));
            }
        }
        let tested = |printer: &super::settings::Printer| {
            self.jobs.values().any(|job| {
                job.kind == TicketKind::Test && job.printer == printer.id && job.state == JobState::Printed
            })
        };
        if enabled().all(tested) {
            return said(
                CheckState::Good,
                "시험 인쇄가 나왔고 프린터가 준비되었어요.",
                "The test print came out and the printers are ready.",
            );
        }
        said(
            CheckState::Untried,
            "'출력 시험'을 눌러 글자가 나오는지 확인해 주세요.",
            "Press 'Test print' and see whether it comes out.",
        )
    }

    /// Something of an order did not come out and nobody has said what to do about it, or cannot come out now.
    pub fn needs_a_person(&self) -> bool {
        self.jobs.values().any(|job| match job.state {
            JobState::Failed => true,
            JobState::Held => job.code == Some(PrintCode::MaybePrinted),
            JobState::Queued => job.attempts >= LOUD_ATTEMPTS,
            JobState::Printing | JobState::Printed | JobState::Discarded => false,
        })
    }

    /// One printer.
    pub fn printer_view(&self, id: &PrinterId) -> PrinterView {
        let light = self.light(id);
        let printer = self.printer(id);
        let enabled = printer.is_some_and(|printer| printer.enabled);
        PrinterView {
            id: id.clone(),
            name: printer.map_or_else(|| id.0.clone(), |printer| printer.name.clone()),
            enabled,
            ready: enabled && light.problem.is_none() && light.looked_at.is_some(),
            problem: light.problem.map(PrintNote::from),
            paper_low: light.paper_low,
            answers: light.answers,
            looked_at: light.looked_at,
            queued: u32::try_from(self.queued(id).count()).unwrap_or(u32::MAX),
        }
    }

    /// One job.
    pub fn job_view(&self, job: &PrintJob, ledger: &Ledger) -> PrintJobView {
        let entry = job.order_id.and_then(|id| ledger.orders.get(&id));
        let ticket = entry.and_then(|entry| entry.order.ticket.as_ref());
        // A job of a printer that is in the settings no more waits for ever otherwise.
        let code = match self.printer(&job.printer) {
            None if job.is_open() => Some(PrintCode::NoPrinter),
            Some(_) | None => job.code,
        };
        PrintJobView {
            id: job.id,
            printer: job.printer.clone(),
            printer_name: self.printer(&job.printer).map_or_else(String::new, |printer| printer.name.clone()),
            kind: job.kind,
            order_id: job.order_id,
            number: ticket.map(|ticket| ticket.number),
            call_name: ticket.map(|ticket| ticket.call_name.clone()),
            state: job.state,
            note: code.map(PrintNote::from),
            reprint: job.reprint,
            copy: job.copy,
            copies: job.copies,
            sequence: job.sequence,
            made_at: job.made_at,
            changed_at: job.changed_at,
        }
    }
}

fn said(state: CheckState, korean: &str, english: &str) -> (CheckState, String, String) {
    (state, korean.to_owned(), english.to_owned())
}
