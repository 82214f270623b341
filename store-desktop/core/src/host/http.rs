//! The host over HTTP on this computer: for browser tests and for a counter without a window.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path as Segment, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::Stream;
use serde_json::Value;
use tokio::net::TcpListener;
use tower_http::services::{ServeDir, ServeFile};

use super::CounterHost;
use crate::HostError;

/// Longest arguments of a call.
const MAX_ARGUMENTS: usize = 64 * 1024;

/// Serves `POST /host/<name>`, `GET /host/events` and, with `dist`, the built front end, until the listener fails.
/// Whoever reaches it works the counter, so it only listens on this computer's own address.
pub async fn serve(
    host: Arc<CounterHost>,
    listener: TcpListener,
    dist: Option<&Path>,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            format!("{address} can be reached from other computers; bind 127.0.0.1"),
        ));
    }
    axum::serve(listener, router(host, dist)).await
}

/// The routes, without the check of the address.
pub fn router(host: Arc<CounterHost>, dist: Option<&Path>) -> Router {
    let router = Router::new()
        .route("/host/events", get(events))
        .route("/host/{name}", post(call))
        .layer(DefaultBodyLimit::max(MAX_ARGUMENTS))
        .with_state(host);
    let router = match dist {
        Some(dist) => {
            router.fallback_service(ServeDir::new(dist).fallback(ServeFile::new(dist.join("index.html"))))
        }
        None => router,
    };
    router.layer(middleware::from_fn(only_from_here))
}

/// A page of another site must not reach us by a name that it made point here.
async fn only_from_here(request: Request, next: Next) -> Response {
    if comes_from_here(request.headers()) {
        next.run(request).await
    } else {
        let error = HostError::bad_call("only pages of this computer may work the counter");
        (StatusCode::FORBIDDEN, Json(error)).into_response()
    }
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let named = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin_is_here = match named(header::ORIGIN) {
        None => true,
        Some(origin) => origin.strip_prefix("http://").is_some_and(is_here),
    };
    origin_is_here && named(header::HOST).is_some_and(is_here)
}

fn is_here(authority: &str) -> bool {
    if authority == "localhost" || authority.starts_with("localhost:") {
        return true;
    }
    let address = authority.parse::<SocketAddr>().map(|address| address.ip());
    address.or_else(|_| authority.parse()).is_ok_and(|ip| ip.is_loopback())
}

async fn call(
    State(host): State<Arc<CounterHost>>,
    Segment(name): Segment<String>,
    Json(arguments): Json<Value>,
) -> Response {
    match host.call(&name, arguments).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response(),
    }
}

async fn events(State(host): State<Arc<CounterHost>>) -> impl IntoResponse {
    Sse::new(views(host)).keep_alive(KeepAlive::default())
}

fn views(host: Arc<CounterHost>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures_util::stream::unfold(host.views(), |mut views| async move {
        let view = views.next().await;
        // A view holds only strings, numbers and lists; one that could not be written would be left out.
        let event = Event::default().event("view").json_data(&view).unwrap_or_default();
        Some((Ok(event), views))
    })
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn only_this_computer_is_here() {
        for name in ["127.0.0.1:8123", "localhost", "localhost:80", "[::1]:9"] {
            assert!(is_here(name), "{name}");
        }
        for name in ["evil.example", "127.0.0.1.evil.example:80", "192.168.0.2:80", "localhost.evil.example"]
        {
            assert!(!is_here(name), "{name}");
        }
    }
}
