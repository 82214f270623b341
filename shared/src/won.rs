//! Money. Korean won has no minor unit, so amounts are whole numbers and nothing here touches a float.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A non-negative amount of won, at most [`Won::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "i64"))]
#[serde(try_from = "i64", into = "i64")]
pub struct Won(i64);

/// The number is negative or above [`Won::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an amount in won between 0 and 1,000,000,000,000")]
pub struct NotWon(pub i64);

impl Won {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// A bound far above any sum of a store's year, far below any overflow.
    pub const MAX: i64 = 1_000_000_000_000;

    /// An amount, or [`NotWon`] when it is out of range.
    pub fn new(amount: i64) -> Result<Self, NotWon> {
        if (0..=Self::MAX).contains(&amount) { Ok(Self(amount)) } else { Err(NotWon(amount)) }
    }

    /// Whether it is no money.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The number of won.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The sum, or `None` above [`Won::MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::new(self.0.checked_add(other.0)?).ok()
    }

    /// The difference, or `None` when `other` is the larger.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::new(self.0.checked_sub(other.0)?).ok()
    }

    /// `count` times this amount, or `None` above [`Won::MAX`].
    pub fn checked_mul(self, count: u32) -> Option<Self> {
        Self::new(self.0.checked_mul(i64::from(count))?).ok()
    }

    /// The 10 % VAT contained in this tax-inclusive amount: a eleventh, rounded half up (KakaoPay's default too).
    pub fn vat_included(self) -> Self {
        Self((2 * self.0 + 11) / 22)
    }
}

impl TryFrom<i64> for Won {
    type Error = NotWon;

    fn try_from(amount: i64) -> Result<Self, NotWon> {
        Self::new(amount)
    }
}

impl From<Won> for i64 {
    fn from(won: Won) -> Self {
        won.0
    }
}

impl fmt::Display for Won {
    /// `12,500원`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str("원")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_like_a_price_tag() {
        for (amount, text) in
            [(0, "0원"), (999, "999원"), (1_000, "1,000원"), (12_500, "12,500원"), (1_234_567, "1,234,567원")]
        {
            assert_eq!(Won(amount).to_string(), text);
        }
    }

    #[test]
    fn vat_follows_the_published_examples() {
        for (total, vat) in [(18_300, 1_664), (15_000, 1_364), (10_000, 909), (11_000, 1_000), (0, 0)] {
            assert_eq!(Won(total).vat_included(), Won(vat));
        }
    }

    #[test]
    fn json_rejects_what_is_not_money() {
        assert!(serde_json::from_str::<Won>("-1").is_err());
        assert!(serde_json::from_str::<Won>("1.5").is_err());
        assert!(serde_json::from_str::<Won>("1000000000001").is_err());
        assert_eq!(serde_json::to_string(&Won(3_200)).unwrap(), "3200");
    }

    proptest! {
        #[test]
        fn sums_come_apart_again(a in 0..Won::MAX / 2, b in 0..Won::MAX / 2) {
            let sum = Won(a).checked_add(Won(b)).unwrap();
            prop_assert_eq!(sum.checked_sub(Won(b)), Some(Won(a)));
            prop_assert_eq!(Won(a).checked_sub(sum).is_some(), b == 0);
        }
    }
}
