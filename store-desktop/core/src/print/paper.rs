//! The paper (용지) in a printer, and what its memory can draw.

use serde::{Deserialize, Serialize};

/// Dots of a one-column character; a Korean one is twice as wide.
pub const CHARACTER_DOTS: usize = 12;
/// Dots of a line of text.
pub const LINE_DOTS: usize = 24;

/// How wide the paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Paper {
    #[serde(rename = "mm58")]
    Mm58,
    #[default]
    #[serde(rename = "mm80")]
    Mm80,
}

impl Paper {
    /// One-column characters in a line.
    pub fn columns(self) -> usize {
        match self {
            Self::Mm58 => 32,
            Self::Mm80 => 48,
        }
    }

    /// Dots in a line.
    pub fn dots(self) -> usize {
        self.columns() * CHARACTER_DOTS
    }
}

/// Which characters the printer can draw by itself; the others are sent as dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Rom {
    /// 2,350 syllables: what every Korean printer has.
    #[default]
    KsX1001,
    /// All 11,172 syllables.
    Cp949,
    /// Nothing but ASCII: the whole ticket is drawn. For printers without Korean characters.
    Ascii,
}
