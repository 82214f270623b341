//! Addresses of one order's payment.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::id::{AttemptId, OrderId};

use super::page;
use crate::app::App;
use crate::token;

/// Where an order can be paid.
pub fn pay(app: &App, order_id: OrderId) -> String {
    format!("/pay/{}", order_token(app, order_id))
}

/// The order's page.
pub fn order(app: &App, order_id: OrderId) -> String {
    format!("/o/{}", order_token(app, order_id))
}

fn order_token(app: &App, order_id: OrderId) -> String {
    token::link(&app.config.signing_key, "order", order_id.0)
}

/// The token in the addresses that KakaoPay returns to.
pub fn attempt_token(app: &App, attempt_id: AttemptId) -> String {
    token::link(&app.config.signing_key, "attempt", attempt_id.0)
}

/// Sends a browser on, without a trace in caches and referrers.
pub fn redirect(status: StatusCode, location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else { return page::trouble().into_response() };
    let mut response = status.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    page::private(&mut response);
    response
}
