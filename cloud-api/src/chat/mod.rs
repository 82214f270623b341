//! The chatbot: Kakao calls `POST /kakao/skill`, we answer within its rules and its five seconds.
//!
//! [`payload`](self::payload) is Kakao's JSON coming in, `answer` what goes out; `turn` decides which operation a tap or a typed text is,
//! and every operation is a file. What a button asks for travels in the button; the order session lives in Redis, orders in Postgres.

mod action;
mod add;
mod answer;
mod book;
mod cancel;
mod closed;
mod draft;
mod expecting;
mod find;
mod help;
mod item;
mod known;
pub mod limits;
mod line;
mod menu;
mod menu_cache;
mod mine;
mod near;
mod options;
mod order_card;
pub mod pace;
mod pages;
mod payload;
mod phone;
mod placement;
mod points;
mod popular;
mod receipt;
mod received;
mod repeat;
mod request;
mod reserve;
mod review;
mod reviews;
mod session;
mod session_store;
mod skill;
mod standing;
mod status;
mod store_cards;
mod stores;
mod tell_me;
mod texts;
mod turn;
mod typed;
mod whereabouts;

use axum::Router;
use axum::routing::post;

use crate::app::App;

pub use book::{StoreBook, start};
pub use known::KnownCustomers;
pub use menu_cache::{MenuCache, current_in as current_menu};
pub use session_store::{current_version, waiting as waiting_session};

/// Addresses of the chatbot.
pub fn routes() -> Router<App> {
    Router::new().route("/kakao/skill", post(skill::skill))
}
