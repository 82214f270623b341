//! `GET /metrics` in Prometheus' text format.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::health::require_admin;
use crate::app::App;
use crate::problem::ApiError;

/// How often measured times are put away.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

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

/// Puts measured times where a scrape reads them, again and again: without it they pile up in memory while nobody scrapes.
pub async fn upkeep(app: App) {
    while !app.shutdown.is_cancelled() {
        if let Some(handle) = HANDLE.get() {
            handle.run_upkeep();
        }
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = tokio::time::sleep(UPKEEP_EVERY) => {}
        }
    }
}

/// All metrics; needs the operator's token.
pub async fn show(State(app): State<App>, headers: HeaderMap) -> Result<String, ApiError> {
    require_admin(&app, &headers)?;
    Ok(HANDLE.get().map(PrometheusHandle::render).unwrap_or_default())
}
