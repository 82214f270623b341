//! Payments at a KakaoPay with every fault, worked on by two processes that are killed at any await, over a Postgres whose statements and
//! commits fail or lose their answers.
//!
//! At the end no money is anywhere but where the books say, nothing is unknown, and every order that was paid twice was paid back once.

mod customer;
pub mod database;
mod desk;
mod game;
mod kakao;
mod process;
pub mod rows;
pub mod transaction;
mod verdict;

pub use game::play;
