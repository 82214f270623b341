//! The counters' API under `/v1/store/`.

use axum::Router;

use crate::app::App;

/// Addresses that answer and end.
pub fn routes() -> Router<App> {
    Router::new()
}

/// The event stream, which does not end by itself.
pub fn stream_routes() -> Router<App> {
    Router::new()
}
