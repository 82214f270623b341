//! For the operator: health, metrics, the request log.

mod health;
mod metrics_page;
mod request_log;
pub mod rewound;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use shared::Code;

use crate::app::App;
use crate::problem::ApiError;

pub use metrics_page::{install as install_metrics, upkeep as keep_metrics_up};
pub use request_log::request_log;

/// The operator's addresses.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/health/stores", get(health::stores))
        .route("/metrics", get(metrics_page::show))
}

/// For every address that does not exist.
pub async fn not_found() -> ApiError {
    ApiError::refused(StatusCode::NOT_FOUND, Code::NotFound)
}
