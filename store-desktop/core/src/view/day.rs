//! What the window shows of the business day: what comes next, what may be pressed, what should not be forgotten.

use serde::Serialize;
use shared::TimeMs;
use shared::day::TransitionCause;

use super::Undo;

/// The business day beside [`super::View::day`], which is the day itself as it will probably be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DayView {
    /// The day, as it is shown, is a prediction: the server has not answered yet.
    pub provisional: bool,
    /// What may be pressed now, the most likely first.
    pub actions: Vec<DayAction>,
    /// What happens by itself next.
    pub next: Option<Transition>,
    /// What somebody should not forget.
    pub reminder: Option<Reminder>,
    /// The latest change of the day or of what is sold, for ten minutes: `undo({key})` does the opposite.
    pub undo: Option<Undo>,
}

/// A button of the day. Each is a host call of the same name with `day_` before it: `day_prepare`, `day_open`, ….
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum DayAction {
    Prepare,
    Open,
    BreakStart,
    BreakEnd,
    Busy,
    ClosingStart,
    ClosingResume,
}

/// Something that the server will do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Transition {
    pub kind: TransitionKind,
    /// By the server's clock.
    pub at: TimeMs,
    pub cause: TransitionCause,
}

/// What happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum TransitionKind {
    Open,
    BreakStart,
    BreakEnd,
    ClosingStart,
    /// Busy mode ends.
    BusyEnd,
    /// Something is on sale again.
    BackOnSale,
}

/// What somebody should not forget, with a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Reminder {
    pub kind: ReminderKind,
    /// The time that it is about, by the server's clock.
    pub at: TimeMs,
    /// What to press, if anything.
    pub action: Option<DayAction>,
    pub korean: String,
    pub english: String,
}

/// What a reminder is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ReminderKind {
    /// Opening time is near and nobody has begun the day.
    OpenSoon,
    /// Opening time has passed.
    OpenLate,
    BreakSoon,
    /// The break should be over.
    BreakOver,
    CloseSoon,
    /// Closing time has passed and the store still takes orders.
    CloseLate,
    /// Closing began long ago, or closing time is hours away: the day was forgotten.
    CloseForgotten,
}

/// This computer's clock against the server's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ClockView {
    /// Counter clock minus server clock in milliseconds, by the last beat: positive when this computer is ahead.
    pub skew_ms: i64,
    /// Worth a word: more than two seconds.
    pub noticeable: bool,
    /// Empty while it is not worth a word.
    pub korean: String,
    pub english: String,
}

/// How many orders there are; a lane's list may be longer than the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Counts {
    pub reserved: u32,
    pub fresh: u32,
    pub cooking: u32,
    pub ready: u32,
    pub done: u32,
    /// Of the fresh ones, those that came while nobody was here.
    pub parked: u32,
    /// Of the done ones, those that were rejected or cancelled.
    pub ended_early: u32,
}
