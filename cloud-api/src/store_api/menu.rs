//! `GET /v1/store/menu` and `GET /v1/store/schedule`: what a counter shows and edits.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ring::digest;
use shared::Code;
use shared::wire::{StoreHours, StoreMenu};

use super::session::StoreSession;
use crate::app::App;
use crate::db;
use crate::problem::ApiError;

/// Bytes of the digest that an `ETag` shows.
const TAG_BYTES: usize = 12;

/// The menu document with what is sold out and left; 304 when the caller has it already.
pub(super) async fn menu(
    State(app): State<App>,
    session: StoreSession,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut tx = app.db.begin_with("begin isolation level repeatable read read only").await?;
    let current = db::menus::published(&mut tx, session.store_id).await?;
    let current = current.ok_or_else(|| ApiError::refused(StatusCode::NOT_FOUND, Code::NotFound))?;
    let availability = db::availability::read(&mut tx, session.store_id, app.clock.now_ms()).await?;
    tx.commit().await?;
    let body = StoreMenu { menu_version: current.version, menu: current.menu, availability };
    answer(&headers, &body)
}

/// The hours, and what they mean now.
pub(super) async fn schedule(
    State(app): State<App>,
    session: StoreSession,
) -> Result<Json<StoreHours>, ApiError> {
    let mut tx = app.db.begin_with("begin isolation level repeatable read read only").await?;
    let current = db::stores::schedule(&mut *tx, session.store_id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let rules = db::reservations::rules(&mut *tx, session.store_id).await?;
    let (reservations, _) = rules.ok_or(sqlx::Error::RowNotFound)?;
    tx.commit().await?;
    let now = app.clock.now_ms();
    let schedule = current.schedule;
    Ok(Json(StoreHours {
        schedule_version: current.version,
        next_opening: schedule.next_opening(now),
        closes_at: schedule.hours_at(now).map(|hours| hours.close),
        schedule,
        reservations,
        server_time: now,
    }))
}

/// The whole answer under a tag of its content, so that nothing that changed keeps the same one.
fn answer(headers: &HeaderMap, body: &StoreMenu) -> Result<Response, ApiError> {
    let bytes = serde_json::to_vec(body).map_err(anyhow::Error::from)?;
    let digest = digest::digest(&digest::SHA256, &bytes);
    let hex: String = digest.as_ref().iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{}-{hex}\"", body.menu_version);
    let named = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has_it = named.split(',').any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
    };
    let tag = HeaderValue::from_str(&tag).map_err(anyhow::Error::from)?;
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}
