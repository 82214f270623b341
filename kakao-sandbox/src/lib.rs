//! Stands in for Kakao on one machine: a chat page, KakaoPay and AlimTalk, strict about Kakao's own rules,
//! with faults on demand. Everything is kept in memory.
//!
//! ```no_run
//! # async fn f() -> anyhow::Result<()> {
//! use kakao_sandbox::{Config, Sandbox};
//! let sandbox = Sandbox::start(Config { bind: "127.0.0.1:0".into(), ..Config::default() }).await?;
//! println!("{}", sandbox.url());
//! sandbox.shutdown().await;
//! # Ok(()) }
//! ```

pub mod alimtalk;
mod chat;
mod clock;
pub mod config;
mod connection;
mod control;
pub mod faults;
mod pay;
mod problem;
mod routes;
pub mod rules;
mod sandbox;
mod skill;
mod world;

pub use config::{Block, Config, Mode};
pub use sandbox::Sandbox;
pub(crate) use world::lock;
