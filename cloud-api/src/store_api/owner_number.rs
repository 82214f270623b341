//! `POST /v1/store/alert-phone`: where the owner is called when nobody answers an order.

use axum::extract::State;
use axum::http::StatusCode;
use shared::Code;
use shared::phone::PhoneNumber;
use shared::wire::AlertPhoneChange;

use super::json::JsonBody;
use super::session::OwnerSession;
use super::staff::own_password;
use crate::app::App;
use crate::problem::ApiError;
use crate::{db, log};

/// What was said before is gone with the key that sealed it.
pub(super) async fn change(
    State(app): State<App>,
    OwnerSession(session): OwnerSession,
    JsonBody(change): JsonBody<AlertPhoneChange>,
) -> Result<StatusCode, ApiError> {
    let malformed = || ApiError::refused(StatusCode::BAD_REQUEST, Code::PhoneMalformed);
    let phone = change.phone.as_deref().map(|text| PhoneNumber::parse(text).ok_or_else(malformed));
    let phone = phone.transpose()?;
    own_password(&app, &session, change.own_password).await?;
    let (store_id, by) = (session.store_id, session.staff_id);
    let mut tx = app.db.begin().await?;
    db::owner_numbers::set(&mut tx, &app.vault, store_id, phone.as_ref(), by, app.clock.now_ms()).await?;
    tx.commit().await?;
    tracing::info!(%store_id, %by, given = phone.is_some(), "the owner's number was changed");
    log::session_changed(&app, store_id).await;
    Ok(StatusCode::NO_CONTENT)
}
