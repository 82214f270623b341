//! The chatbot as Kakao calls it. Every answer in these tests is checked against Kakao's own rules.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

pub mod bot;
mod callers;
mod cancelling;
mod favourites;
pub mod first_order;
mod large_menus;
mod limits;
mod places;
mod placing;
mod repeating;
mod searching;
pub mod sessions;
mod trouble;
mod walking;
