//! When the store gets its money.

use chrono::NaiveDate;
use shared::TimeMs;
use shared::schedule::KstDate;

/// Banking days between the day of completion and the pay-out.
const PAYOUT_AFTER_BANKING_DAYS: u32 = 3;
/// The first day of the weekend, counted from Monday.
const SATURDAY: usize = 5;

/// The day in Korea when an order that was completed at `at` is paid out: the third weekday after it. Public holidays are the bank's
/// own affair: it pays on the next banking day.
pub fn payout_date(at: TimeMs) -> NaiveDate {
    let mut date = KstDate::of(at);
    let mut left = PAYOUT_AFTER_BANKING_DAYS;
    while left > 0 {
        date = date.plus_days(1);
        if date.weekday() < SATURDAY {
            left -= 1;
        }
    }
    date.to_string().parse().unwrap_or(NaiveDate::MAX)
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
