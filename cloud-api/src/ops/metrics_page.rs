//! `GET /metrics` in Prometheus' text format.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::HeaderMap;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::health::require_admin;
use crate::app::App;
use crate::problem::ApiError;

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts collecting; once per process, later calls do nothing.
pub fn install() {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics are collected by somebody else in this process");
        }
        handle
    });
}

/// All metrics; needs the operator's token.
pub async fn show(State(app): State<App>, headers: HeaderMap) -> Result<String, ApiError> {
    require_admin(&app, &headers)?;
    Ok(HANDLE.get().map(PrometheusHandle::render).unwrap_or_default())
}
