//! Printing in a running counter: by itself, once, and never in the way of an order.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod exactly_once;
#[path = "../print/fake_printer.rs"]
mod fake_printer;
mod queue;
mod two_counters;
#[path = "../world/mod.rs"]
mod world;
