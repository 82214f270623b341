//! What is on paper, byte for byte and as a picture, what may be printed, and the way to a printer that does everything wrong.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod fake_printer;
mod golden;
mod judging;
mod layout;
mod orders;
mod pictures;
mod wire;
