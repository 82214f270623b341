//! Points: earned by a completed order, used to pay a part of the next one, and given back with its money.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod crashes;
pub mod customer;
mod explaining;
mod guarded;
mod paying;

/// The server's failpoints that only a movement of points reaches.
pub const NAMES: &[&str] = &["points.before_entry", "points.after_entry"];
