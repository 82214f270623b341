//! `POST /kakao/skill`. Kakao waits five seconds and shows nothing at all when anything is wrong, so a person who waits always gets a valid
//! answer with status 200; only a caller that is not Kakao gets an error.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use shared::Code;
use tracing::Instrument;

use super::answer::Answer;
use super::payload::Payload;
use super::{pace, texts, turn};
use crate::app::App;
use crate::problem::ApiError;

/// Largest request body.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// How long we think before we say that it takes too long. Kakao gives up at five seconds, the network's share included.
const TIME_BUDGET: Duration = Duration::from_millis(3_200);

/// Answers one thing that a person said or tapped.
pub async fn skill(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    require_secret(&app, &parts.headers)?;
    let payload = read(body).await?;
    if !app.config.kakao.bot_ids.iter().any(|id| id.trim_end_matches('!') == payload.bot_id()) {
        return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::NotAllowed));
    }
    let span = tracing::info_span!(
        "skill",
        request_id = seen(&parts.headers, "x-request-id"),
        footprint = seen(&parts.headers, "x-chappie-footprint")
    );
    let answer = match pace::admit(&app, &payload).await {
        Ok(()) => within_budget(&app, &payload).instrument(span.clone()).await,
        Err(seconds) => pace::slow_down(seconds),
    };
    span.in_scope(|| tracing::info!("answered"));
    let body = answer.to_body(&app.config.kakao.block_id);
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, json)], body).into_response())
}

async fn within_budget(app: &App, payload: &Payload) -> Answer {
    let outcome = match tokio::time::timeout(TIME_BUDGET, turn::answer(app, payload)).await {
        Ok(Ok(answer)) => return answer,
        Ok(Err(error)) => {
            tracing::error!(error = format!("{error:#}"), "a chat answer failed");
            "failed"
        }
        Err(_) => {
            tracing::error!(budget_ms = TIME_BUDGET.as_millis(), "a chat answer took too long");
            "late"
        }
    };
    metrics::counter!("chat_fallbacks", "reason" => outcome).increment(1);
    Answer::text(texts::TROUBLE)
}

fn require_secret(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let secret = headers.get("x-skill-secret").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if app.config.kakao.skill_secret.matches(secret) {
        Ok(())
    } else {
        Err(ApiError::unauthorized(Code::SignedOut))
    }
}

async fn read(body: Body) -> Result<Payload, ApiError> {
    let mut bytes = Vec::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        // One that breaks off is no large one.
        let piece = piece.map_err(|_| ApiError::bad_request(Code::BadRequest))?;
        if bytes.len() + piece.len() > MAX_BODY_BYTES {
            return Err(ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, Code::BodyTooLarge));
        }
        bytes.extend_from_slice(&piece);
    }
    Payload::parse(&bytes).ok_or_else(|| ApiError::bad_request(Code::BadRequest))
}

/// A header for the log: short and printable.
fn seen(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.chars().take(80).collect()
}
