//! Deterministic simulation. The product's own sync client, relay and payment workers run on a simulated clock, network, Redis, Postgres
//! and KakaoPay, all of them driven by one seed. A seed is a whole course of events: played again it gives the same trace, so whatever
//! goes wrong once can be looked at as often as one likes.
//!
//! Only the edges are simulated. What decides (`store_desktop_core::sync` with its real SQLite journal, `cloud_api::log::relay`,
//! `cloud_api::pay::{approve, reconciler, refund, expiry}`) is the product's code, through the traits that it meets its edges by.

pub mod counter;
mod dice;
mod facts;
mod ids;
pub mod pay;
mod play;
pub mod relay;
mod trace;

pub use dice::Dice;
pub use facts::Facts;
pub use play::{Played, Subject, Summary, play, play_many};
pub use trace::Trace;
