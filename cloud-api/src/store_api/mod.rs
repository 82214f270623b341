//! The counters' API under `/v1/store/`. Everything here but claiming and signing in needs a counter session, and every query names
//! that session's store.

mod acks;
mod boot;
mod claim;
mod commands;
mod events;
mod json;
mod limits;
mod log_page;
mod open;
mod password;
mod session;
mod sign_in;
mod sign_out;
mod snapshot;

use axum::Router;
use axum::routing::{delete, get, post};

use crate::app::App;

pub use limits::SignInLimits;
pub use session::CounterSession;

/// Addresses that answer and end.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/store/claim", post(claim::claim))
        .route("/v1/store/sessions", post(sign_in::sign_in))
        .route("/v1/store/sessions/current", delete(sign_out::sign_out))
        .route("/v1/store/snapshot", get(snapshot::snapshot))
        .route("/v1/store/log", get(log_page::log_page))
        .route("/v1/store/commands", post(commands::commands))
        .route("/v1/store/acks", post(acks::acknowledge))
}

/// The event stream, which does not end by itself.
pub fn stream_routes() -> Router<App> {
    Router::new().route("/v1/store/events", get(events::events))
}
