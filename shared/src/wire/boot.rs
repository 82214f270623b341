//! Which life of a device is talking: how a restored or copied disk is told from the one that it is a copy of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A device's memory without a break. A device whose disk was replaced by an older one takes a new incarnation, because its
/// numbers would otherwise be given out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(transparent)]
pub struct Incarnation(pub i64);

impl Incarnation {
    /// Programs that know no incarnations.
    pub const NONE: Self = Self(0);

    /// Whether the device names none.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// A new one. Random, because two copies of one disk would count to the same next number; 52 bits, because JavaScript
    /// reads it.
    pub fn fresh() -> Self {
        let random = uuid::Uuid::new_v4().as_u128() & ((1 << 52) - 1);
        Self(i64::try_from(random).unwrap_or_default().max(1))
    }
}

/// Carries [`Boot`] with every request of a counter.
pub const BOOT_HEADER: &str = "x-counter-boot";

/// One run of a counter's program, as `<incarnation>.<number>.<nonce>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Boot {
    pub incarnation: Incarnation,
    /// Counts the program's starts on this disk. A lower number after a higher one is an older copy of the disk.
    pub number: i64,
    /// Random at each start: the same number with another nonce is another computer with a copy of the disk.
    pub nonce: i64,
}

impl fmt::Display for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.incarnation.0, self.number, self.nonce)
    }
}

/// The text is not a boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a boot is written <incarnation>.<number>.<nonce>, all positive")]
pub struct NotABoot;

impl FromStr for Boot {
    type Err = NotABoot;

    fn from_str(text: &str) -> Result<Self, NotABoot> {
        let mut parts = text.split('.').map(|part| part.parse::<i64>().ok().filter(|part| *part > 0));
        let mut next = || parts.next().flatten().ok_or(NotABoot);
        let boot = Self { incarnation: Incarnation(next()?), number: next()?, nonce: next()? };
        if parts.next().is_some() { Err(NotABoot) } else { Ok(boot) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written_and_nothing_else_is() {
        let boot = Boot { incarnation: Incarnation::fresh(), number: 3, nonce: 7 };
        assert_eq!(boot.to_string().parse(), Ok(boot));
        assert!(boot.incarnation.0 < (1 << 53) && !boot.incarnation.is_none());
        for wrong in ["", "1.2", "1.2.3.4", "0.2.3", "1.-2.3", "a.b.c"] {
            assert_eq!(wrong.parse::<Boot>(), Err(NotABoot), "{wrong}");
        }
    }
}
