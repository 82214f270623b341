//! The domain of Simple Order (간편주문): what both the cloud and the counter must agree on.
//!
//! Nothing here does I/O, reads a clock or is async. Times come in as [`TimeMs`], money is [`Won`], and the order
//! state machine is one pair of pure functions, [`order::decide`] and [`order::Order::evolve`].

pub mod availability;
pub mod business;
pub mod certificate;
pub mod code;
pub mod day;
#[cfg(feature = "failpoints")]
pub mod failpoint;
pub mod grade;
pub mod id;
pub mod ledger;
pub mod log;
pub mod menu;
pub mod order;
pub mod phone;
pub mod points;
pub mod reservation;
pub mod review;
pub mod schedule;
pub mod search;
pub mod session;
pub mod time;
pub mod wait;
pub mod wire;
pub mod won;

pub use code::Code;
pub use time::{KST_OFFSET_MS, TimeMs};
pub use won::Won;
