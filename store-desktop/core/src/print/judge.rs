//! Whether a job may be printed now. Pure: the job, the order as the log has it, what waits, and the time go in.

use shared::TimeMs;
use shared::order::PhaseName;
use shared::wire::CommandAction;

use super::problem::PrintCode;
use super::settings::TicketKind;
use crate::fold::Entry;
use crate::journal::{Fate, PrintJob, Waiting};

/// A ticket that waited longer than this is printed only when a person says so: the kitchen has worked from the screen meanwhile.
pub const STALE_AFTER_MS: i64 = 10 * 60 * 1000;
/// With a connection, the server confirms an acceptance within this time, of which a press can be taken back for five seconds; later the
/// ticket goes out with a mark.
const PATIENCE_MS: i64 = 8_000;

/// What is to be done with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    Print {
        /// The server has not confirmed what the ticket says.
        unconfirmed: bool,
    },
    /// Look again in a moment.
    Wait,
    Hold(PrintCode),
    Discard(PrintCode),
}

/// Judges a queued job. `live` says whether there is a connection to wait for.
pub fn judge(job: &PrintJob, entry: Option<&Entry>, waiting: &[Waiting], live: bool, now: TimeMs) -> Judged {
    let age = now.ms_since(job.made_at);
    let stale = !job.released && age > STALE_AFTER_MS;
    match job.kind {
        TicketKind::Test | TicketKind::Sheet if stale => Judged::Hold(PrintCode::Stale),
        TicketKind::Test | TicketKind::Sheet => Judged::Print { unconfirmed: false },
        TicketKind::Kitchen | TicketKind::Slip | TicketKind::Cancel => {
            let Some(entry) = entry else { return Judged::Hold(PrintCode::OrderGone) };
            let asked = command_about(job, waiting);
            let soon = live && age < PATIENCE_MS;
            if job.kind == TicketKind::Cancel {
                judge_cancel(entry, asked, stale, job.released, soon)
            } else {
                judge_food(entry, asked, stale, job.released, soon)
            }
        }
    }
}

/// What the counter has asked of the server and the log does not show yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Unanswered,
    Granted,
}

fn command_about(job: &PrintJob, waiting: &[Waiting]) -> Asked {
    let about = |one: &&Waiting| job.order_id == order_of(one) && is_wanted(job.kind, &one.command.action);
    let fates = waiting.iter().filter(about).map(|one| match &one.fate {
        Fate::Refused { .. } => Asked::Nothing,
        Fate::Unanswered => Asked::Unanswered,
        Fate::Applied { .. } => Asked::Granted,
    });
    fates.fold(Asked::Nothing, |best, one| match (best, one) {
        (Asked::Granted, _) | (_, Asked::Granted) => Asked::Granted,
        (Asked::Unanswered, _) | (_, Asked::Unanswered) => Asked::Unanswered,
        (Asked::Nothing, Asked::Nothing) => Asked::Nothing,
    })
}

pub(super) fn order_of(one: &Waiting) -> Option<shared::id::OrderId> {
    one.command.order_id
}

fn is_wanted(kind: TicketKind, action: &CommandAction) -> bool {
    match kind {
        TicketKind::Cancel => matches!(action, CommandAction::Cancel { .. } | CommandAction::Reject { .. }),
        TicketKind::Kitchen | TicketKind::Slip => matches!(action, CommandAction::Accept { .. }),
        TicketKind::Test | TicketKind::Sheet => false,
    }
}

fn judge_food(entry: &Entry, asked: Asked, stale: bool, released: bool, soon: bool) -> Judged {
    match entry.order.phase.name() {
        PhaseName::Cancelled | PhaseName::Rejected if !released => Judged::Discard(PrintCode::NotNeeded),
        PhaseName::PendingPayment => Judged::Discard(PrintCode::NotNeeded),
        PhaseName::Reserved | PhaseName::Placed if released => Judged::Print { unconfirmed: true },
        PhaseName::Reserved | PhaseName::Placed => match asked {
            Asked::Nothing => Judged::Discard(PrintCode::NotNeeded),
            Asked::Granted if !stale => Judged::Print { unconfirmed: false },
            Asked::Unanswered if soon => Judged::Wait,
            Asked::Unanswered if !stale => Judged::Print { unconfirmed: true },
            Asked::Granted | Asked::Unanswered => Judged::Hold(PrintCode::Stale),
        },
        PhaseName::Accepted | PhaseName::Cooking | PhaseName::Ready if stale => {
            Judged::Hold(PrintCode::Stale)
        }
        PhaseName::HandedOver | PhaseName::Completed if !released => Judged::Hold(PrintCode::OrderEnded),
        PhaseName::Accepted
        | PhaseName::Cooking
        | PhaseName::Ready
        | PhaseName::HandedOver
        | PhaseName::Completed
        | PhaseName::Rejected
        | PhaseName::Cancelled => Judged::Print { unconfirmed: false },
    }
}

fn judge_cancel(entry: &Entry, asked: Asked, stale: bool, released: bool, soon: bool) -> Judged {
    let ended = matches!(entry.order.phase.name(), PhaseName::Cancelled | PhaseName::Rejected);
    match asked {
        _ if stale => Judged::Hold(PrintCode::Stale),
        _ if ended => Judged::Print { unconfirmed: false },
        Asked::Granted => Judged::Print { unconfirmed: false },
        Asked::Unanswered if soon => Judged::Wait,
        Asked::Unanswered => Judged::Print { unconfirmed: true },
        // The server said no: the order goes on, and a cancel ticket would be a lie.
        Asked::Nothing if released => Judged::Hold(PrintCode::NotNeeded),
        Asked::Nothing => Judged::Discard(PrintCode::NotNeeded),
    }
}
