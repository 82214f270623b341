//! Printing: what is on paper, on a printer that does everything wrong, and never twice without a mark.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod exactly_once;
mod fake_printer;
mod golden;
mod judging;
mod layout;
mod orders;
mod pictures;
mod queue;
mod wire;
#[path = "../world/mod.rs"]
mod world;
