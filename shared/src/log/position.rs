//! A place in a store's log. Never a bare number: the epoch and the hash tell whether it is still the same log.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ChainHash, GENESIS};

/// `<epoch>.<seq>.<hash8 hex>`. `seq` 0 stands before the first event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct Position {
    /// Changes when Postgres was restored or promoted.
    pub epoch: i32,
    pub seq: i64,
    /// The first eight bytes of the chain hash at `seq`, as 16 lower-case hex digits.
    pub hash8: String,
}

/// The text is not `<epoch>.<seq>.<hash8 hex>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a position such as 1.42.9f2c11ab00d0e4c7")]
pub struct NotAPosition(String);

impl Position {
    /// The position of event `seq`, whose chain hash is `hash`.
    pub fn new(epoch: i32, seq: i64, hash: &ChainHash) -> Self {
        Self { epoch, seq, hash8: hash.hash8() }
    }

    /// Before the first event of an epoch.
    pub fn start(epoch: i32) -> Self {
        Self::new(epoch, 0, &GENESIS)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.epoch, self.seq, self.hash8)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = || {
            let mut parts = text.split('.');
            let (epoch, seq, hash8) = (parts.next()?, parts.next()?, parts.next()?);
            let hex =
                hash8.len() == 16 && hash8.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            let (epoch, seq) = (epoch.parse::<i32>().ok()?, seq.parse::<i64>().ok()?);
            (parts.next().is_none() && hex && epoch >= 0 && seq >= 0).then(|| Self {
                epoch,
                seq,
                hash8: hash8.to_owned(),
            })
        };
        parsed().ok_or_else(|| NotAPosition(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for Position {
    type Error = NotAPosition;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Position> for String {
    fn from(position: Position) -> Self {
        position.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_it_writes(epoch in 0..i32::MAX, seq in 0..i64::MAX, bytes in any::<[u8; 32]>()) {
            let position = Position::new(epoch, seq, &ChainHash(bytes));
            prop_assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
        }

        #[test]
        fn never_panics_on_text(text in ".{0,60}") {
            let _ = text.parse::<Position>();
        }
    }

    #[test]
    fn refuses_what_is_not_a_position() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.xyz",
            "1.2.0000000000000000.4",
            "-1.2.0000000000000000",
            "1.2.ABCDEF0123456789",
        ] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }
}
