//! How long an order of now will take (예상 시간): said on every card before anybody pays.

use std::fmt;

/// Orders that a small kitchen works on at the same time.
const AT_ONCE: u32 = 4;
/// Beyond this nothing is promised more precisely.
const LONGEST_MINUTES: u32 = 180;

/// The wait of an order that is made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Minutes until it is ready.
    pub minutes: u32,
    /// Orders that were placed before it and are not ready yet.
    pub orders_ahead: u32,
}

impl Wait {
    /// `prep_minutes` is what one order takes when nobody waits, `busy_minutes` what the store adds by itself. Every order ahead adds its
    /// share of a kitchen that works on a few at once.
    pub fn estimate(prep_minutes: u32, busy_minutes: u32, orders_ahead: u32) -> Self {
        let queue = prep_minutes.saturating_mul(orders_ahead).div_ceil(AT_ONCE);
        let minutes = prep_minutes.saturating_add(busy_minutes).saturating_add(queue);
        Self { minutes: minutes.min(LONGEST_MINUTES), orders_ahead }
    }
}

/// `약 12분 · 앞에 5건`.
impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.minutes >= LONGEST_MINUTES { " 이상" } else { "" };
        write!(f, "약 {}분{more} · 앞에 {}건", self.minutes, self.orders_ahead)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn grows_with_the_queue() {
        assert_eq!(Wait::estimate(8, 0, 0).to_string(), "약 8분 · 앞에 0건");
        assert_eq!(Wait::estimate(8, 0, 5).to_string(), "약 18분 · 앞에 5건");
        assert_eq!(Wait::estimate(8, 12, 1).minutes, 22);
        assert_eq!(Wait::estimate(10, 0, 1_000).to_string(), "약 180분 이상 · 앞에 1000건");
    }

    proptest! {
        #[test]
        fn never_shrinks_and_never_overflows(prep: u32, busy: u32, ahead: u32, more in 0_u32..100) {
            let now = Wait::estimate(prep, busy, ahead);
            prop_assert!(now.minutes <= LONGEST_MINUTES);
            prop_assert!(Wait::estimate(prep, busy, ahead.saturating_add(more)).minutes >= now.minutes);
            prop_assert!(Wait::estimate(prep, busy.saturating_add(more), ahead).minutes >= now.minutes);
            prop_assert!(Wait::estimate(prep.min(180), 0, 0).minutes == prep.min(180));
        }
    }
}
