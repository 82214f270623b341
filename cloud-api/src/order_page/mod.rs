//! The order's page (`/o/{token}`): the true outcome of its payment, and from there on where the order stands, live.
//!
//! One fragment is drawn by the server and shown three ways: inside the whole page, pushed over server-sent events, and answered to a browser
//! whose connection was lost. Without JavaScript the page looks again by itself. See decision record 0018.

mod draw;
mod lang;
mod live;
mod money;
mod pages;
mod receipt;
mod seen;
mod show;
mod words;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub use pages::Pages;
pub use receipt::{Receipt, date_time, read as read_receipt};

/// Addresses that customers' browsers open.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{token}", get(show::show))
        .route("/o/{token}/now", get(show::now))
        .route("/o/{token}/events", get(live::events))
}
