//! The payment saga: ready, callback, approval, unknown outcomes, refunds.
//!
//! Money moves only in `approve` and `refund`, each with its own row committed before the bytes leave. Unknown is a state: the
//! `reconciler` asks KakaoPay until it knows. A row is the work, a stream wakes the worker, a sweeper finds what was missed.

pub mod again;
mod agent;
pub mod approve;
mod booking;
mod breaker;
mod callback;
mod check;
mod checkout;
pub mod desk;
pub mod expiry;
mod failure;
pub mod kakaopay;
mod link;
pub mod links;
mod orderable;
mod outcome;
pub mod page;
mod ready;
pub mod reconciler;
pub mod refund;
mod returned;
pub mod settle;
mod stream;
pub mod worker;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub use failure::PageError;
pub use link::{Held, PayLink};

/// Addresses that customers' browsers open.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/pay/{token}", get(checkout::checkout))
        .route("/pay/{token}/approved", get(callback::approved))
        .route("/pay/{token}/cancelled", get(returned::returned))
        .route("/pay/{token}/failed", get(returned::returned))
}

/// Approval worker, reconciler, refunds.
pub fn start_workers(app: &App) {
    worker::start(app);
    let telling = app.clone();
    app.spawn(async move { again::run(telling).await });
}
