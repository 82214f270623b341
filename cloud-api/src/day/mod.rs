//! The business day (영업일) on the server: everything that changes a day goes through [`transition`]; [`watch`] does what is due by itself.

mod forgotten;
mod transition;
pub mod watch;

pub use transition::{DayChange, DayError, DayMade, run, transition};
