//! Finding by what people type: spacing, case, unfinished syllables, initial consonants (초성), the wrong keyboard and typing errors are
//! forgiven; and how far away something is.
//!
//! A [`Text`] is something that can be found, a [`Query`] what was typed. Both are read once and compared often: a comparison takes a
//! microsecond and allocates nothing.

mod distance;
mod jamo;
mod query;
mod text;
mod typo;

pub use distance::{Distance, Spot};
pub use query::{Closeness, MAX_QUERY_CHARS, Query, WordSet};
pub use text::{Text, normal};
