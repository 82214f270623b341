//! `GET /v1/store/desk`: people, devices and requests of the store; `POST /v1/store/settings`: how it lets devices in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use shared::Code;
use shared::phone::PhoneNumber;
use shared::wire::{Desk, DeskSettings, SettingsChange, StaffRole, StoreChoice};

use super::json::JsonBody;
use super::session::{OwnerSession, StoreSession};
use super::staff::{not_found, own_password};
use crate::app::App;
use crate::problem::ApiError;
use crate::{db, log};

/// Everything of one moment.
pub(super) async fn desk(State(app): State<App>, session: StoreSession) -> Result<Json<Desk>, ApiError> {
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    let mut tx = app.db.begin_with("begin isolation level repeatable read read only").await?;
    let staff = db::staff::list(&mut tx, &app.vault, store_id).await?;
    let me = staff.iter().find(|card| card.staff_id == session.staff_id).cloned().ok_or_else(not_found)?;
    let requests = match session.kind.is_counter() {
        true => db::device_requests::pending(&mut *tx, store_id, now).await?,
        false => Vec::new(),
    };
    let stores = db::staff::memberships(&mut *tx, &me.login_id).await?;
    let others = stores.into_iter().filter(|store| store.store_id != store_id);
    let callee = db::owner_numbers::callee(&mut *tx, &app.vault, store_id).await?;
    let given = PhoneNumber::parse(&callee.phone).filter(|_| callee.is_given && me.role == StaffRole::Owner);
    let desk = Desk {
        alert_phone: given.map(|phone| phone.masked()),
        me,
        device_id: session.device_id,
        staff,
        devices: db::devices::list(&mut *tx, store_id, now).await?,
        requests,
        settings: DeskSettings {
            confirm_new_devices: db::staff::confirms_devices(&mut *tx, store_id).await?,
        },
        stores: others
            .map(|store| StoreChoice { store_id: store.store_id, store_name: store.store_name })
            .collect(),
    };
    tx.commit().await?;
    Ok(Json(desk))
}

/// The owner's switch. It needs an owner with a second factor: without one nobody could replace a broken counter.
pub(super) async fn change_settings(
    State(app): State<App>,
    OwnerSession(session): OwnerSession,
    JsonBody(change): JsonBody<SettingsChange>,
) -> Result<StatusCode, ApiError> {
    own_password(&app, &session, change.own_password).await?;
    let store_id = session.store_id;
    let mut tx = app.db.begin().await?;
    if change.confirm_new_devices && db::second_factors::of_owners(&mut *tx, store_id).await?.is_empty() {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::SecondFactorMissing));
    }
    db::staff::set_confirm_devices(&mut *tx, store_id, change.confirm_new_devices).await?;
    tx.commit().await?;
    tracing::info!(%store_id, on = change.confirm_new_devices, by = %session.staff_id, "confirming new devices was switched");
    log::session_changed(&app, store_id).await;
    Ok(StatusCode::NO_CONTENT)
}
