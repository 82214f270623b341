//! The numbers of Simple Order, each beside a peer or a limit.
//!
//! A [`Row`] is one line of the promise: it starts what it needs, measures several times, and says what came out as
//! [`Measure`]s. `main.rs` runs the rows that were asked for and prints a table for people and a line of JSON per measure.

pub mod approvals;
pub mod chat;
pub mod close_check;
pub mod journal;
pub mod load;
pub mod machine;
pub mod measure;
pub mod memory;
pub mod place_to_disk;
pub mod process_time;
pub mod row;
pub mod rows;
pub mod shop;
pub mod sse;
pub mod table;

pub use measure::{Limit, Measure, Unit};
pub use row::{Outcome, Row, Setup};
