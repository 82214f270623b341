//! Devices of the store at the counter: letting one in that waits, removing one, sending a viewer away.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use shared::Code;
use shared::id::{ConfirmationId, DeviceId, SessionId};
use shared::wire::{DeviceDecision, SessionKind, StaffRole};

use super::doors::{self, Key};
use super::json::JsonBody;
use super::session::OwnSession;
use super::staff::not_found;
use crate::app::App;
use crate::db::sessions::EndReason;
use crate::problem::ApiError;
use crate::{db, log};

/// `POST /v1/store/devices/{device_id}`.
#[derive(Debug, Deserialize)]
pub(super) struct DeviceChange {
    /// `true` ends its sessions at once; only an owner takes it back.
    revoked: bool,
}

/// `POST /v1/store/devices/requests/{confirmation_id}`: lets a device in that waits, or sends it away.
pub(super) async fn decide(
    State(app): State<App>,
    OwnSession(session): OwnSession,
    Path(confirmation_id): Path<ConfirmationId>,
    JsonBody(decision): JsonBody<DeviceDecision>,
) -> Result<StatusCode, ApiError> {
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    doors::knock(&app, &[Key::Decide(store_id)], now).await?;
    let request = (store_id, confirmation_id);
    let allow = decision.allow;
    let number = decision.number.trim();
    if !db::device_requests::decide(&app.db, request, number, allow, session.staff_id, now).await? {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::ConfirmationExpired));
    }
    tracing::info!(%store_id, %confirmation_id, allow, by = %session.staff_id, "a device that waits was decided on");
    log::session_changed(&app, store_id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a device from the store, or takes it back. The counter does not remove itself: it signs out.
pub(super) async fn change(
    State(app): State<App>,
    OwnSession(session): OwnSession,
    Path(device_id): Path<DeviceId>,
    JsonBody(change): JsonBody<DeviceChange>,
) -> Result<StatusCode, ApiError> {
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    doors::knock(&app, &[Key::Decide(store_id)], now).await?;
    if device_id == session.device_id {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::NotAllowed));
    }
    if !change.revoked && session.role != StaffRole::Owner {
        return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::OwnerOnly));
    }
    let mut tx = app.db.begin().await?;
    let revoked = change.revoked.then_some((session.staff_id, now));
    if !db::devices::set_revoked(&mut tx, store_id, device_id, revoked).await? {
        return Err(not_found());
    }
    if change.revoked {
        db::sessions::end_of_device(&mut tx, store_id, device_id, EndReason::Revoked, now).await?;
    }
    tx.commit().await?;
    tracing::info!(%store_id, %device_id, revoked = change.revoked, by = %session.staff_id, "a device was changed");
    log::session_changed(&app, store_id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v1/store/sessions/{session_id}`: sends a viewer away. It may sign in again.
pub(super) async fn end_viewer(
    State(app): State<App>,
    OwnSession(session): OwnSession,
    Path(session_id): Path<SessionId>,
) -> Result<StatusCode, ApiError> {
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    doors::knock(&app, &[Key::Decide(store_id)], now).await?;
    let kind = db::sessions::kind(&app.db, store_id, session_id).await?.ok_or_else(not_found)?;
    if kind != SessionKind::Viewer {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::NotAllowed));
    }
    db::sessions::end(&app.db, store_id, session_id, EndReason::Revoked, now).await?;
    log::session_changed(&app, store_id).await;
    Ok(StatusCode::NO_CONTENT)
}
