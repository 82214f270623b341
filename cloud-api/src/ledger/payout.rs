//! When the store gets its money.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use shared::{KST_OFFSET_MS, TimeMs};

use crate::clock::to_utc;

/// Banking days between the day of completion and the pay-out.
const PAYOUT_AFTER_BANKING_DAYS: u32 = 3;

/// The day in Korea when an order that was completed at `at` is paid out: the third weekday after it. Public holidays are the bank's
/// own affair: it pays on the next banking day.
pub fn payout_date(at: TimeMs) -> NaiveDate {
    // Read as UTC, it is Korea's calendar.
    let mut date = to_utc(at.plus_ms(KST_OFFSET_MS)).date_naive();
    let mut left = PAYOUT_AFTER_BANKING_DAYS;
    while left > 0 {
        date = date.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        if !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(date: &str, hour_kst: i64) -> String {
        let noon = date.parse::<NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
        payout_date(TimeMs(noon.timestamp_millis() + (hour_kst - 9) * 3_600_000)).to_string()
    }

    #[test]
    fn three_banking_days_later_in_korea() {
        // Monday, Wednesday, Friday, Saturday, Sunday.
        assert_eq!(paid("2026-11-16", 12), "2026-11-19");
        assert_eq!(paid("2026-11-18", 12), "2026-11-23");
        assert_eq!(paid("2026-11-20", 23), "2026-11-25");
        assert_eq!(paid("2026-11-21", 0), "2026-11-25");
        assert_eq!(paid("2026-11-22", 0), "2026-11-25");
    }
}
