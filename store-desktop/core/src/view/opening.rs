//! The opening check (개점 점검) as the window shows it. It never stands in the way of opening.

use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::id::DayId;

/// What was looked at, and how it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OpeningView {
    /// In the order that a person goes through them; always all seven.
    pub items: Vec<CheckItem>,
    /// The last check that was finished, of this day or an earlier one.
    pub last: Option<OpeningResult>,
    /// Nobody has finished one for this day.
    pub due: bool,
}

/// One thing that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CheckItem {
    pub what: CheckWhat,
    pub state: CheckState,
    /// How it is, and what to do about it.
    pub korean: String,
    pub english: String,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum CheckWhat {
    Clock,
    Link,
    /// Pressed `test_sound`, answered with `sound_heard({heard})`.
    Sound,
    Printer,
    /// What was sold out before this day and still is.
    SoldOut,
    /// Orders that came while nobody was here.
    Parked,
    Journal,
}

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Good,
    /// Somebody should look at it; nothing is stopped.
    Look,
    /// Nobody tried yet.
    Untried,
}

/// A finished check, as it is kept in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OpeningResult {
    /// By the counter's clock.
    pub at: TimeMs,
    /// The day that it was made for; absent before the day began.
    pub day_id: Option<DayId>,
    pub items: Vec<CheckItem>,
}
