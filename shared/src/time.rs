//! Points in time and Korean wall-clock arithmetic. Korea has had one offset, UTC+9, since 1988.

use serde::{Deserialize, Serialize};

/// Offset of Korean time from UTC in milliseconds.
pub const KST_OFFSET_MS: i64 = 9 * 60 * 60 * 1000;
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(transparent)]
pub struct TimeMs(pub i64);

impl TimeMs {
    /// This time and `minutes` more.
    pub fn plus_minutes(self, minutes: u32) -> Self {
        Self(self.0.saturating_add(i64::from(minutes) * 60_000))
    }

    /// This time and `ms` milliseconds more.
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` until this time; negative when this time is the earlier one.
    pub fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Korean wall clock as `HH:MM`.
    pub fn kst_clock(self) -> String {
        let minutes = (self.0 + KST_OFFSET_MS).rem_euclid(DAY_MS) / 60_000;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_korean_clock() {
        assert_eq!(TimeMs(0).kst_clock(), "09:00");
        assert_eq!(TimeMs(15 * 60 * 60 * 1000).kst_clock(), "00:00");
        assert_eq!(TimeMs(-60_000).kst_clock(), "08:59");
    }
}
