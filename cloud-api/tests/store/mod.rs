//! The counters' API, the relay and the event stream.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test says what it expects by panicking"
)]

mod canary;
mod commands;
pub mod device;
mod devices;
mod doors;
mod events;
pub mod follower;
mod isolation;
mod lives;
pub mod orders;
mod owner_number;
mod properties;
mod readings;
mod relay;
mod renewing;
mod second_factor;
mod sign_in;
mod snapshot;
mod staff;
pub mod stream;
mod viewers;
