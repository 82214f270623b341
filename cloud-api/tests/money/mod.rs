//! The ledger, partial refunds, and what a person settles.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod explaining;
mod invariants;
mod parts;
mod settling;
