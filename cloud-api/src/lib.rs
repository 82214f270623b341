//! The cloud side of Simple Order (간편주문).
//!
//! `chat` talks with KakaoTalk, `pay` with KakaoPay, `store_api` with the counters, `notify` sends messages. They all change orders
//! through [`orders`], which alone appends to the store log. SQL lives in `db`. Everything else is plumbing.

pub mod app;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod close;
pub mod config;
pub mod day;
pub mod db;
pub mod failpoint;
pub mod lease;
pub mod ledger;
pub mod limits;
pub mod log;
pub mod menu;
pub mod notify;
pub mod ops;
pub mod order_page;
pub mod orders;
pub mod pay;
pub mod points;
pub mod problem;
pub mod read_models;
pub mod redis_link;
pub mod reservations;
pub mod reviews;
pub mod routes;
pub mod secret;
pub mod serve;
pub mod store_api;
pub mod timers;
pub mod token;
pub mod vault;
pub mod wake;

/// The migrations of this build.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");
