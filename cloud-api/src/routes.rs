//! Every address of the server, on one page.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::{chat, ops, order_page, pay, store_api};

/// Largest body that any address reads.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// A request that takes longer is answered with 503. A stream has to begin in it; how long it lasts is its own affair.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(25);

/// The whole server.
pub fn router(app: App) -> Router {
    let timed = Router::new()
        .merge(chat::routes())
        .merge(pay::routes())
        .merge(order_page::routes())
        .merge(store_api::routes())
        .merge(ops::routes())
        .merge(store_api::stream_routes())
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT));
    Router::new()
        .merge(timed)
        .fallback(ops::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(axum::middleware::from_fn_with_state(app.clone(), ops::request_log))
        .with_state(app)
}
