//! Reservations that the store can no longer keep.

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::day::DayPhase;
use crate::schedule::StoreSchedule;

/// Why a reservation that was taken does not fit any more. It is never dropped for it: a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ReservationProblem {
    /// The hours changed: the store is closed when the customer comes, or when it has to begin.
    OutsideHours,
    /// The store rests then.
    InBreak,
    /// The day is being closed.
    DayIsClosing,
}

/// What stands against a reservation; nothing when all is well. Without a schedule only the day is asked.
pub fn problem(
    schedule: Option<&StoreSchedule>,
    day: Option<&DayPhase>,
    pick_up_at: TimeMs,
    fires_at: TimeMs,
) -> Option<ReservationProblem> {
    match day {
        Some(DayPhase::Closing { .. } | DayPhase::Closed { .. }) => {
            return Some(ReservationProblem::DayIsClosing);
        }
        Some(DayPhase::OnBreak { until, .. }) if until.is_none_or(|until| fires_at < until) => {
            return Some(ReservationProblem::InBreak);
        }
        Some(DayPhase::Preparing | DayPhase::Open { .. } | DayPhase::OnBreak { .. }) | None => {}
    }
    let hours = match schedule?.hours_at(pick_up_at) {
        // A store that was opened before its hours took it on purpose.
        Some(hours) if hours.open <= fires_at || matches!(day, Some(DayPhase::Open { .. })) => hours,
        Some(_) | None => return Some(ReservationProblem::OutsideHours),
    };
    let rests = |at: TimeMs| hours.break_at(at).is_some();
    (rests(pick_up_at) || rests(fires_at)).then_some(ReservationProblem::InBreak)
}
