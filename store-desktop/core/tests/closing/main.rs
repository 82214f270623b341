//! Closing a day with proof, from the counter's side: the real counter against a store's server with a real log, and the journal changed
//! one field at a time.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod journal;
mod mutations;
mod proof;
mod server;
mod store;
mod wizard;
