//! Closing a day with proof, from the server's side.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod accounting;
mod blockers;
pub mod crashes;
pub mod day;
mod ending;
mod kakaopay;
mod mutations;
