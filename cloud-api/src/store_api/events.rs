//! `GET /v1/store/events`: the store log as it happens.
//!
//! Resumed by `Last-Event-ID: <epoch>.<seq>.<hash8>`. Without it a counter gets the log from before its first event in the current
//! epoch; a device that acknowledged more than it names gets `reset: rewound`.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::Response;
use shared::Code;
use shared::log::Position;

use super::boot;
use super::proof::Asked;
use super::session::{admitted, bearer, counter_gone};
use crate::app::App;
use crate::log::hub::Hub;
use crate::log::sse::{Connection, reset_frame};
use crate::log::{self, Start};
use crate::ops::rewound;
use crate::problem::ApiError;
use crate::{db, token};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells nginx and its kin to pass each frame on at once.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Opens the stream; its first frame is a beat, or the `reset` that ends it. The session is looked up together with the log, not by the
/// extractor that other addresses use, and the hub notes in its own time that the device is there: thousands come at once.
pub(super) async fn events(
    State(app): State<App>,
    (method, uri, headers): (Method, Uri, HeaderMap),
) -> Result<Response, ApiError> {
    let token = bearer(&headers)?;
    let position = asked_position(&headers)?;
    let resumed =
        log::resume(&app, token::hash(token), position).await.map_err(|_| ApiError::unavailable())?;
    let resumed = resumed.ok_or_else(|| ApiError::unauthorized(Code::SignedOut))?;
    let session = resumed.session;
    let asked = Asked { method: method.as_str(), path: uri.path(), subject: token };
    let now = app.clock.now_ms();
    admitted(&app, &session, &headers, asked, now).await?;
    if !session.kind.is_counter()
        && !db::sessions::counter_is_connected(&app.db, session.store_id, now).await?
    {
        return Err(counter_gone());
    }
    if boot::named(&headers) != resumed.boot {
        boot::check(&app, session.store_id, session.device_id, &headers).await?;
    }
    let body = match resumed.start {
        Start::After { from, head } => {
            let seat = Hub::sit(&app, &head, session.device_id).map_err(|_| ApiError::unavailable())?;
            let connection = Connection::new(app, seat, session.session_id, from);
            Body::from_stream(connection.into_frames())
        }
        Start::Reset { asked, reason } => {
            if session.kind.is_counter()
                && let Err(error) = rewound::claimed(&app, session.store_id, &asked).await
            {
                tracing::warn!(%error, "whether Postgres lost events could not be looked up");
            }
            Body::from(reset_frame(&asked, reason))
        }
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// The position that the counter resumes after. An empty header is none; anything else must be a position.
fn asked_position(headers: &HeaderMap) -> Result<Option<Position>, ApiError> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let position = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    position.map(Some).ok_or_else(|| ApiError::bad_request(Code::PositionUnknown))
}
