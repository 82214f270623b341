//! PostgreSQL and Redis of our own, as real processes: started in a folder, reachable through Unix sockets only, stopped or killed,
//! copied and put back. One of each for everything that develops, tests or torments Simple Order.

pub mod account;
mod copy;
pub mod place;
pub mod postgres;
pub mod process;
pub mod redis;

pub use account::Account;
pub use copy::copy_folder;
pub use place::Place;
pub use postgres::Postgres;
pub use redis::Redis;
