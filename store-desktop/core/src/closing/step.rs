//! Which step the wizard is at: decided from what is known, without doing anything. Nothing is skipped: a later step needs all before it.

use shared::day::DayState;
use shared::wire::{Blocker, BlockerCode};

use super::progress::Progress;
use super::view::CloseStep;

/// What the counter sees of its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The day as the journal's events tell it, without predictions; `None` while the journal knows none, or when it is another.
    pub day: Option<DayState>,
    /// The journal's latest day is another one.
    pub is_another_day: bool,
    /// This counter has asked to take orders again, and the journal does not show it yet.
    pub resuming: bool,
    /// Orders that are neither finished nor ended, as they are shown.
    pub open_orders: usize,
    /// Commands without an answer.
    pub unsent: usize,
    /// Refusals that nobody has dismissed.
    pub refused: usize,
    /// Where the journal ends.
    pub head_seq: i64,
}

/// The step. `blockers` is what the server said last, if it was asked.
pub fn step(progress: &Progress, seen: &Seen, blockers: Option<&[Blocker]>) -> CloseStep {
    if progress.certified {
        return CloseStep::Closed;
    }
    if seen.day == Some(DayState::Closed) || progress.close_sent {
        return CloseStep::Certificate;
    }
    if seen.day != Some(DayState::Closing) || seen.resuming {
        return CloseStep::StopOrders;
    }
    if seen.open_orders > 0 {
        return CloseStep::OpenOrders;
    }
    if seen.unsent > 0 || seen.refused > 0 {
        return CloseStep::Commands;
    }
    if progress.cut.is_none() {
        let clear = blockers.is_some_and(|blockers| !blockers.iter().any(hinders_cut));
        return if clear { CloseStep::Cut } else { CloseStep::Payments };
    }
    if progress.proof.is_none() {
        return CloseStep::Journal;
    }
    if !progress.holds() {
        return CloseStep::Books;
    }
    if progress.finished { CloseStep::Certificate } else { CloseStep::Totals }
}

/// Everything but the missing cut itself.
pub fn hinders_cut(blocker: &Blocker) -> bool {
    blocker.code != BlockerCode::NotCut
}
