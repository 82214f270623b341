//! Korean dates on paper.

use shared::{KST_OFFSET_MS, TimeMs};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const WEEKDAYS: [&str; 7] = ["월", "화", "수", "목", "금", "토", "일"];

/// `2026-11-21 (토)`.
pub fn kst_date(time: TimeMs) -> String {
    let days = (time.0 + KST_OFFSET_MS).div_euclid(DAY_MS);
    let (year, month, day) = civil(days);
    // 1970-01-01 was a Thursday.
    let weekday = WEEKDAYS[usize::try_from((days + 3).rem_euclid(7)).unwrap_or(0)];
    format!("{year:04}-{month:02}-{day:02} ({weekday})")
}

/// `2026-11-21 (토) 18:31`.
pub fn kst_date_time(time: TimeMs) -> String {
    format!("{} {}", kst_date(time), time.kst_clock())
}

/// Year, month and day of a number of days since 1970-01-01, by Howard Hinnant's `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_korean_and_cross_midnight_there() {
        // 2026-11-21T14:59:00Z is one minute to midnight in Korea.
        let before = TimeMs(1_795_273_140_000);
        assert_eq!(kst_date_time(before), "2026-11-21 (토) 23:59");
        assert_eq!(kst_date_time(before.plus_minutes(1)), "2026-11-22 (일) 00:00");
        assert_eq!(kst_date(TimeMs(0)), "1970-01-01 (목)");
        assert_eq!(kst_date(TimeMs(951_782_400_000)), "2000-02-29 (화)");
    }
}
