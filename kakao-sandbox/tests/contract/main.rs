//! The sandbox against the vectors of Kakao's rules, and its own promises. Everything on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod alimtalk;
mod callback;
mod chat;
mod event_api;
mod faults;
mod kakaopay;
mod page;
mod requests;
mod rules;
mod transport;
mod world;
