//! The counters' API under `/v1/store/`. Everything here but claiming and signing in needs a session — a counter's, where anything is
//! changed — and every query names that session's store.

mod acks;
mod admit;
mod boot;
mod claim;
mod commands;
mod confirm;
mod days;
mod desk;
mod devices;
mod doors;
mod events;
mod json;
mod lease;
mod log_page;
mod menu;
mod open;
mod owner_number;
mod password;
mod proof;
mod renew;
mod reviews;
mod second_factor;
mod session;
mod sign_in;
mod sign_out;
mod snapshot;
mod staff;
mod totp;

use axum::Router;
use axum::routing::{delete, get, post};

use crate::app::App;

pub use doors::SignInLimits;
pub use session::CounterSession;

/// Addresses that answer and end.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/store/claim", post(claim::claim))
        .route("/v1/store/sessions", post(sign_in::sign_in))
        .route("/v1/store/sessions/confirm", post(confirm::confirm))
        .route("/v1/store/sessions/renew", post(renew::renew))
        .route("/v1/store/sessions/lease", post(renew::go_on))
        .route("/v1/store/sessions/current", delete(sign_out::sign_out))
        .route("/v1/store/sessions/{session_id}", delete(devices::end_viewer))
        .route("/v1/store/desk", get(desk::desk))
        .route("/v1/store/settings", post(desk::change_settings))
        .route("/v1/store/alert-phone", post(owner_number::change))
        .route("/v1/store/devices/{device_id}", post(devices::change))
        .route("/v1/store/devices/requests/{confirmation_id}", post(devices::decide))
        .route("/v1/store/staff", post(staff::add))
        .route("/v1/store/staff/{staff_id}", post(staff::change))
        .route("/v1/store/password", post(staff::change_password))
        .route("/v1/store/second-factor", post(second_factor::begin))
        .route("/v1/store/second-factor/confirm", post(second_factor::confirm))
        .route("/v1/store/second-factor/remove", post(second_factor::remove))
        .route("/v1/store/reviews", get(reviews::list))
        .route("/v1/store/reviews/{order_id}/reply", post(reviews::reply))
        .route("/v1/store/reviews/{order_id}/hiding", post(reviews::hiding))
        .route("/v1/store/snapshot", get(snapshot::snapshot))
        .route("/v1/store/log", get(log_page::log_page))
        .route("/v1/store/menu", get(menu::menu))
        .route("/v1/store/schedule", get(menu::schedule))
        .route("/v1/store/commands", post(commands::commands))
        .route("/v1/store/acks", post(acks::acknowledge))
        .merge(days::routes())
}

/// The event stream, which does not end by itself.
pub fn stream_routes() -> Router<App> {
    Router::new().route("/v1/store/events", get(events::events))
}
