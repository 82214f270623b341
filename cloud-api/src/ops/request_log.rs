//! One line per request: what was asked, what was answered, how long it took, and the cause when it failed. No query, no body, no
//! token: a payment address carries secrets in both.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use crate::app::App;
use crate::problem::ErrorCause;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Logs the request, counts it, and names it in the answer.
pub async fn request_log(State(_app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = Uuid::now_v7().to_string();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let cause = response.extensions().get::<ErrorCause>().map(|cause| cause.0.clone());
    metrics::histogram!("http_request_seconds", "route" => route.clone(), "status" => status.to_string())
        .record(elapsed.as_secs_f64());
    let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match cause {
        Some(cause) => tracing::error!(%id, %method, route, status, ms, cause, "request failed"),
        None => tracing::info!(%id, %method, route, status, ms, "request"),
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
