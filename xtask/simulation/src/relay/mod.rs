//! Relays between Postgres and a Redis that is emptied, rolled back, overwritten by others and away, while Postgres itself may be
//! restored to an older copy. Two relays run at once; each may stall for long or be killed at any await.
//!
//! Whatever happens, a stream never has a hole; after everything is well again, the stream of the running day is the log of that day.

mod game;
mod postgres;
mod redis;
mod world;

pub use game::play;
pub use postgres::Postgres;
pub use redis::Redis;
