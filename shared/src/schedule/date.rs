//! Dates of the Korean calendar, as a schedule names them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::MinuteOfDay;
use crate::TimeMs;
use crate::time::{DAY_MS, KST_OFFSET_MS};

/// Years that a schedule may name; far more than any store plans.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// A date such as `2027-02-07`, kept as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct KstDate(i32);

/// The text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date such as 2027-02-07")]
pub struct NotADate(String);

impl KstDate {
    /// The dates that these texts name, in their order; the first that is none ends it.
    pub fn all(texts: &[String]) -> Result<Vec<Self>, NotADate> {
        texts.iter().map(|text| Self::try_from(text.clone())).collect()
    }

    /// The date in Korea at this time.
    pub fn of(time: TimeMs) -> Self {
        let days = (time.0.saturating_add(KST_OFFSET_MS)).div_euclid(DAY_MS);
        Self(i32::try_from(days).unwrap_or(i32::MAX / 2))
    }

    /// When this minute of the business day that begins on this date is.
    pub fn at(self, minute: MinuteOfDay) -> TimeMs {
        TimeMs(i64::from(self.0) * DAY_MS - KST_OFFSET_MS + i64::from(minute.0) * 60_000)
    }

    /// So many days later, or earlier.
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Days from Monday, 0 to 6.
    pub fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        usize::try_from((self.0 + 3).rem_euclid(7)).unwrap_or(0)
    }

    /// Year, month and day.
    pub fn parts(self) -> (i32, i32, i32) {
        // Days are counted from the first of March of year 0, so that a leap day ends its year.
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        (year_of_era + era * 400 + i32::from(month <= 2), month, day)
    }

    fn from_parts(year: i32, month: i32, day: i32) -> Option<Self> {
        if !YEARS.contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let march_year = year - i32::from(month <= 2);
        let era = march_year.div_euclid(400);
        let year_of_era = march_year.rem_euclid(400);
        let march_month = (month + 9) % 12;
        let of_year = (153 * march_month + 2) / 5 + day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        let date = Self(era * 146_097 + of_era - 719_468);
        // The thirtieth of February is another day.
        (date.parts() == (year, month, day)).then_some(date)
    }
}

impl fmt::Display for KstDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl From<KstDate> for String {
    fn from(date: KstDate) -> Self {
        date.to_string()
    }
}

impl TryFrom<String> for KstDate {
    type Error = NotADate;

    fn try_from(text: String) -> Result<Self, NotADate> {
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let mut parts = text.split('-').map(|part| part.parse::<i32>().ok());
        let read = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(year)), Some(Some(month)), Some(Some(day)), None) if plain => {
                Self::from_parts(year, month, day)
            }
            _ => None,
        };
        read.ok_or(NotADate(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> KstDate {
        KstDate::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn knows_weekdays_leap_days_and_nonsense() {
        assert_eq!(date("1970-01-01"), KstDate(0));
        assert_eq!((date("2026-11-22").weekday(), date("2026-11-23").weekday()), (6, 0));
        assert_eq!(date("2028-02-28").plus_days(1).to_string(), "2028-02-29");
        assert_eq!(date("2027-02-28").plus_days(1).to_string(), "2027-03-01");
        for text in [
            "2027-02-29",
            "2027-13-01",
            "2027-00-01",
            "27-02-07",
            "2027-2-7",
            "2027-02-07x",
            "",
            "1969-12-31",
        ] {
            assert!(KstDate::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_is_read_whole_or_not_at_all() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(KstDate::all(&[]), Ok(Vec::new()));
        let two = KstDate::all(&texts(&["2027-02-07", "2026-12-25"]));
        assert_eq!(two, Ok(vec![date("2027-02-07"), date("2026-12-25")]));
        let wrong = KstDate::all(&texts(&["2027-02-07", "2027-02-29", "christmas"]));
        assert_eq!(wrong, Err(NotADate("2027-02-29".to_owned())));
    }

    #[test]
    fn a_date_begins_at_korean_midnight() {
        let midnight = date("2026-11-22").at(MinuteOfDay(0));
        assert_eq!(midnight.kst_clock(), "00:00");
        assert_eq!(
            (KstDate::of(midnight), KstDate::of(midnight.plus_ms(-1))),
            (date("2026-11-22"), date("2026-11-21"))
        );
        assert_eq!(date("2026-11-22").at(MinuteOfDay(25 * 60)), date("2026-11-23").at(MinuteOfDay(60)));
    }

    proptest! {
        #[test]
        fn is_read_as_it_is_written(days in 0..2_900_000_i32) {
            let date = KstDate(days);
            prop_assert_eq!(KstDate::try_from(date.to_string()), Ok(date));
            let next = date.plus_days(1);
            prop_assert_eq!((date.weekday() + 1) % 7, next.weekday());
            prop_assert!(date.parts() < next.parts());
        }
    }
}
