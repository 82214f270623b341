//! The counter's sync client with its real journal, on a network that delays, cuts, refuses, swallows and repeats, before a server that dies,
//! comes back and is restored to an older copy. The counter itself is killed at any await, and its journal may be replaced by an old image.
//!
//! At any moment the journal is a part of what the server's log was in that epoch. Soon after the network heals it is the log, every command
//! has an answer, and none had two effects.

mod game;
mod network;
mod server;
mod store;

pub use game::play;
