//! A store's week. Hours are minutes of the business day and may pass 24:00: `25:00` is one o'clock the next morning.
//!
//! [`StoreSchedule`] answers when a store is open, [`automatic`] what the server does about it by itself.

pub mod automatic;
mod date;
mod hours;
mod problems;

use serde::{Deserialize, Serialize};

pub use date::{KstDate, NotADate};
pub use hours::{Hours, Wanted};
pub use problems::ScheduleProblem;

/// Latest minute that a business day may end at: 36:00.
const LAST_MINUTE: u16 = 36 * 60;
/// Most breaks of one business day.
pub const MAX_BREAKS: usize = 6;

/// Minutes since the midnight that the business day began on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct MinuteOfDay(pub u16);

/// The text is not a time such as `09:30` or `25:00`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time between 00:00 and 36:00")]
pub struct NotAMinute(String);

impl TryFrom<String> for MinuteOfDay {
    type Error = NotAMinute;

    fn try_from(text: String) -> Result<Self, NotAMinute> {
        let parsed = text.split_once(':').and_then(|(hours, minutes)| {
            let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
            (minutes < 60).then(|| hours.checked_mul(60)?.checked_add(minutes)).flatten()
        });
        parsed.filter(|m| *m <= LAST_MINUTE).map(Self).ok_or(NotAMinute(text))
    }
}

impl From<MinuteOfDay> for String {
    fn from(minute: MinuteOfDay) -> Self {
        format!("{:02}:{:02}", minute.0 / 60, minute.0 % 60)
    }
}

/// Hours of one weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DayHours {
    pub open: MinuteOfDay,
    pub close: MinuteOfDay,
    /// The break inside the hours, or the first of several.
    #[serde(default, rename = "break", skip_serializing_if = "Option::is_none")]
    pub rest: Option<(MinuteOfDay, MinuteOfDay)>,
    /// The other breaks. Beside the first, so that a reader who knows of one break only still reads that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<(MinuteOfDay, MinuteOfDay)>>"))]
    pub more_breaks: Vec<(MinuteOfDay, MinuteOfDay)>,
}

impl DayHours {
    /// Every break of the day, from and to, in the order in which they were written.
    pub fn breaks(&self) -> impl Iterator<Item = (MinuteOfDay, MinuteOfDay)> {
        self.rest.into_iter().chain(self.more_breaks.iter().copied())
    }
}

/// The week; a day without hours is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct WeekSchedule {
    pub mon: Option<DayHours>,
    pub tue: Option<DayHours>,
    pub wed: Option<DayHours>,
    pub thu: Option<DayHours>,
    pub fri: Option<DayHours>,
    pub sat: Option<DayHours>,
    pub sun: Option<DayHours>,
}

/// What the server does by itself when the schedule says so. Without it the counter only reminds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct SchedulePolicy {
    /// Opens at opening time, but only while a counter is connected: never a store that nobody is at.
    #[serde(default)]
    pub auto_open: bool,
    /// Takes the break of the schedule, and ends it.
    #[serde(default)]
    pub auto_break: bool,
    /// Takes no more orders from closing time on.
    #[serde(default)]
    pub auto_close: bool,
}

impl SchedulePolicy {
    /// Whether the server does nothing by itself.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A store's hours: its week, the days it is closed, and what happens by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StoreSchedule {
    pub week: WeekSchedule,
    /// Business days that do not take place.
    #[serde(default)]
    pub holidays: Vec<KstDate>,
    #[serde(default)]
    pub policy: SchedulePolicy,
}

impl WeekSchedule {
    /// Each weekday's name with its hours.
    pub fn days(&self) -> [(&'static str, Option<&DayHours>); 7] {
        [
            ("mon", self.mon.as_ref()),
            ("tue", self.tue.as_ref()),
            ("wed", self.wed.as_ref()),
            ("thu", self.thu.as_ref()),
            ("fri", self.fri.as_ref()),
            ("sat", self.sat.as_ref()),
            ("sun", self.sun.as_ref()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_break_is_written_as_it_always_was_and_the_others_beside_it() {
        let one = r#"{"open":"11:00","close":"25:00","break":["15:00","17:00"]}"#;
        let hours: DayHours = serde_json::from_str(one).expect("as stores have it");
        assert_eq!(serde_json::to_string(&hours).expect("JSON"), one);
        let two =
            r#"{"open":"11:00","close":"26:00","break":["15:00","17:00"],"more_breaks":[["24:30","25:00"]]}"#;
        let hours: DayHours = serde_json::from_str(two).expect("with a second break");
        let breaks: Vec<_> = hours.breaks().map(|(from, to)| (from.0, to.0)).collect();
        assert_eq!(breaks, [(900, 1_020), (1_470, 1_500)]);
        assert_eq!(serde_json::to_string(&hours).expect("JSON"), two);
    }

    #[test]
    fn reads_hours_past_midnight_and_refuses_nonsense() {
        let read = |text: &str| MinuteOfDay::try_from(text.to_owned());
        assert_eq!(read("25:00"), Ok(MinuteOfDay(1500)));
        assert_eq!(String::from(MinuteOfDay(570)), "09:30");
        for text in ["9", "09:60", "37:00", "", "ab:cd", "70000:00", "-1:00"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
