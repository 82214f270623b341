//! A business day (영업일): from *ready* to *close*, past midnight if need be. It never follows the calendar.
//!
//! [`decide`] turns a command into events or a refusal, [`Day::fold`] applies an event. The server decides; the counter runs the same
//! code to predict.

mod decide;
mod event;

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::id::DayId;

pub use decide::{DayCommand, DayContext, DayRefusal, MAX_BREAK_MINUTES, MAX_BUSY_MINUTES, decide};
pub use event::{BreakCause, DayEvent, DayTotals, TransitionCause};

/// A business day of one store, as its log says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(from = "WrittenDay")]
pub struct Day {
    #[serde(rename = "day_id")]
    pub id: DayId,
    #[serde(flatten)]
    pub phase: DayPhase,
    /// When it began: the opening check, or the first opening.
    pub prepared_at: TimeMs,
    /// When it first took orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub opened_at: Option<TimeMs>,
    /// Minutes that are added to every promise while the store is busy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub busy: Option<Busy>,
}

/// A day as it may be written: before days had states there was only an id and an opening.
#[derive(Deserialize)]
struct WrittenDay {
    day_id: DayId,
    #[serde(flatten)]
    phase: Option<DayPhase>,
    prepared_at: Option<TimeMs>,
    opened_at: Option<TimeMs>,
    busy: Option<Busy>,
}

impl From<WrittenDay> for Day {
    fn from(written: WrittenDay) -> Self {
        let WrittenDay { day_id: id, phase, prepared_at, opened_at, busy } = written;
        let began = prepared_at.or(opened_at).unwrap_or(TimeMs(0));
        let phase = phase.unwrap_or(DayPhase::Open { since: opened_at.unwrap_or(began) });
        Self { id, phase, prepared_at: began, opened_at, busy }
    }
}

/// Busy mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Busy {
    pub extra_minutes: u32,
    /// Ends by itself then; until somebody says so without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub until: Option<TimeMs>,
}

/// Where the day stands; each variant carries what is valid only there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DayPhase {
    /// Somebody is at the counter and checks it; customers wait.
    Preparing,
    Open {
        since: TimeMs,
    },
    /// No new orders; those that exist are worked.
    OnBreak {
        since: TimeMs,
        /// Ends by itself then; until somebody says so without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        until: Option<TimeMs>,
        cause: BreakCause,
    },
    /// No new orders, but payments already under way are honoured.
    Closing {
        since: TimeMs,
        /// The last event of the day's books, once they are frozen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        cut: Option<i64>,
    },
    Closed {
        at: TimeMs,
    },
}

/// The state of a day without its data: the name in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    Preparing,
    Open,
    OnBreak,
    Closing,
    Closed,
}

impl DayState {
    /// Every state, in the order of a day's life.
    pub const ALL: [Self; 5] = [Self::Preparing, Self::Open, Self::OnBreak, Self::Closing, Self::Closed];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Open => "open",
            Self::OnBreak => "on_break",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    /// The state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether a new order may be placed.
    pub fn takes_placements(self) -> bool {
        match self {
            Self::Open => true,
            Self::Preparing | Self::OnBreak | Self::Closing | Self::Closed => false,
        }
    }

    /// Whether an order for a later time of this day may be placed, and its payment taken.
    pub fn takes_reservations(self) -> bool {
        match self {
            Self::Preparing | Self::Open | Self::OnBreak => true,
            Self::Closing | Self::Closed => false,
        }
    }

    /// Whether a payment that is already under way may still be captured.
    pub fn honours_payments(self) -> bool {
        match self {
            Self::Open | Self::OnBreak | Self::Closing => true,
            Self::Preparing | Self::Closed => false,
        }
    }

    /// Whether the day is still going on.
    pub fn is_running(self) -> bool {
        match self {
            Self::Preparing | Self::Open | Self::OnBreak | Self::Closing => true,
            Self::Closed => false,
        }
    }
}

impl DayPhase {
    /// The state without its data.
    pub fn state(&self) -> DayState {
        match self {
            Self::Preparing => DayState::Preparing,
            Self::Open { .. } => DayState::Open,
            Self::OnBreak { .. } => DayState::OnBreak,
            Self::Closing { .. } => DayState::Closing,
            Self::Closed { .. } => DayState::Closed,
        }
    }
}

impl Day {
    /// A day that has just begun.
    pub fn preparing(id: DayId, prepared_at: TimeMs) -> Self {
        Self { id, phase: DayPhase::Preparing, prepared_at, opened_at: None, busy: None }
    }

    /// The state without its data.
    pub fn state(&self) -> DayState {
        self.phase.state()
    }

    /// Minutes that are added to a promise made at `now`.
    pub fn extra_minutes(&self, now: TimeMs) -> u32 {
        let busy = self.busy.filter(|busy| busy.until.is_none_or(|until| now < until));
        busy.map_or(0, |busy| busy.extra_minutes)
    }

    /// Folds one event of the log, which belongs to the day `id`. Another day's id begins that day.
    pub fn fold(day: Option<Self>, id: DayId, event: &DayEvent) -> Self {
        let began = event.at();
        let mut day = day.filter(|day| day.id == id).unwrap_or_else(|| Self::preparing(id, began));
        day.evolve(event);
        day
    }

    /// Applies one event that [`decide`] produced.
    pub fn evolve(&mut self, event: &DayEvent) {
        match event {
            DayEvent::DayPrepared { prepared_at, .. } => {
                self.prepared_at = *prepared_at;
                self.phase = DayPhase::Preparing;
            }
            DayEvent::DayOpened { opened_at, .. } => {
                self.opened_at = Some(*opened_at);
                self.phase = DayPhase::Open { since: *opened_at };
            }
            DayEvent::BreakStarted { started_at, until, cause, .. } => {
                self.phase = DayPhase::OnBreak { since: *started_at, until: *until, cause: *cause };
            }
            DayEvent::BreakEnded { ended_at, .. } => self.phase = DayPhase::Open { since: *ended_at },
            DayEvent::BusySet { extra_minutes, until, .. } => {
                self.busy =
                    (*extra_minutes > 0).then_some(Busy { extra_minutes: *extra_minutes, until: *until });
            }
            DayEvent::ClosingStarted { closing_at, .. } => {
                self.phase = DayPhase::Closing { since: *closing_at, cut: None };
            }
            DayEvent::ClosingResumed { resumed_at, .. } => self.phase = DayPhase::Open { since: *resumed_at },
            DayEvent::DayCut { cut_at, upto_seq } => {
                let since = match self.phase {
                    DayPhase::Closing { since, .. } => since,
                    DayPhase::Preparing
                    | DayPhase::Open { .. }
                    | DayPhase::OnBreak { .. }
                    | DayPhase::Closed { .. } => *cut_at,
                };
                self.phase = DayPhase::Closing { since, cut: Some(*upto_seq) };
            }
            DayEvent::DayClosed { closed_at, .. } => self.phase = DayPhase::Closed { at: *closed_at },
        }
    }
}
