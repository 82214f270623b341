//! The payment saga: ready, callback, approval, unknown outcomes, refunds.

pub mod expiry;

use axum::Router;

use crate::app::App;
use crate::config::KakaoPayConfig;

/// KakaoPay with its circuit breaker.
pub struct PayLink {}

impl PayLink {
    /// A link to KakaoPay; connects with the first call.
    pub fn new(_config: &KakaoPayConfig) -> anyhow::Result<Self> {
        Ok(Self {})
    }

    /// Whether a customer should be sent to pay now; `false` while the circuit breaker is open.
    pub fn is_available(&self) -> bool {
        true
    }
}

/// Addresses that customers' browsers open.
pub fn routes() -> Router<App> {
    Router::new()
}

/// Approval worker, reconciler, refunds and timers.
pub fn start_workers(_app: &App) {}
