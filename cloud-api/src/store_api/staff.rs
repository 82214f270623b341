//! `POST /v1/store/staff`, `/staff/{staff_id}` and `/password`: people, by an owner; one's own password, by anybody.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use shared::Code;
use shared::id::{StaffId, StoreId};
use shared::wire::{MAX_STAFF_NAME, NewStaff, PasswordChange, StaffCard, StaffChange};
use sqlx::PgConnection;

use super::doors::{self, Key};
use super::json::JsonBody;
use super::password;
use super::session::{CounterSession, OwnSession, OwnerSession};
use crate::app::App;
use crate::db::personal::{StaffPrivate, Subject};
use crate::db::staff::{NewPerson, OwnLogin};
use crate::problem::ApiError;
use crate::{db, log};

/// Most people of a store.
const MAX_STAFF: usize = 100;

/// Adds somebody with a login of their own.
pub(super) async fn add(
    State(app): State<App>,
    OwnerSession(session): OwnerSession,
    JsonBody(new): JsonBody<NewStaff>,
) -> Result<(StatusCode, Json<StaffCard>), ApiError> {
    let login_id = new.login_id.trim().to_lowercase();
    password::check_login_id(&login_id).map_err(ApiError::bad_request)?;
    password::check_password(&new.password, &login_id).map_err(ApiError::bad_request)?;
    let name = clean_staff_name(&new.name)?;
    own_password(&app, &session, new.own_password).await?;
    let password_hash = password::hash(new.password).await?;
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    let mut tx = app.db.begin().await?;
    if db::staff::list(&mut tx, &app.vault, store_id).await?.len() >= MAX_STAFF {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::NotAllowed));
    }
    let person = NewPerson { store_id, login_id: &login_id, role: new.role, password_hash: &password_hash };
    let staff_id = db::staff::create(&mut tx, &person, now)
        .await?
        .ok_or_else(|| ApiError::refused(StatusCode::CONFLICT, Code::LoginIdTaken))?;
    keep_name(&mut tx, &app, store_id, staff_id, name).await?;
    let card = card(&mut tx, &app, store_id, staff_id).await?;
    tx.commit().await?;
    tracing::info!(%store_id, %staff_id, by = %session.staff_id, "somebody was added to a store");
    log::session_changed(&app, store_id).await;
    Ok((StatusCode::CREATED, Json(card)))
}

/// Changes somebody; the sessions of somebody who may no longer sign in end at once.
pub(super) async fn change(
    State(app): State<App>,
    OwnerSession(session): OwnerSession,
    Path(staff_id): Path<StaffId>,
    JsonBody(change): JsonBody<StaffChange>,
) -> Result<Json<StaffCard>, ApiError> {
    let name = change.name.as_deref().map(clean_staff_name).transpose()?;
    own_password(&app, &session, change.own_password).await?;
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    let new_hash = match change.password {
        Some(password) => Some(new_hash(&app, store_id, staff_id, password).await?),
        None => None,
    };
    let mut tx = app.db.begin().await?;
    let (role, disabled) = db::staff::standing(&mut tx, store_id, staff_id).await?.ok_or_else(not_found)?;
    let disable = change.disabled.unwrap_or(disabled);
    if disable && staff_id == session.staff_id {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::NotAllowed));
    }
    db::staff::change(&mut tx, (store_id, staff_id), change.role.unwrap_or(role), disable, now).await?;
    if db::staff::count_owners(&mut *tx, store_id).await? == 0 {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::LastOwner));
    }
    if let Some(name) = name {
        keep_name(&mut tx, &app, store_id, staff_id, name).await?;
    }
    if let Some((own, hash)) = &new_hash {
        db::staff::set_password(&mut tx, own.login.home, hash).await?;
    }
    if disable || new_hash.is_some() {
        db::sessions::end_of_staff(&mut tx, store_id, staff_id, Some(session.session_id), now).await?;
    }
    let card = card(&mut tx, &app, store_id, staff_id).await?;
    tx.commit().await?;
    tracing::info!(%store_id, %staff_id, by = %session.staff_id, "somebody at a store was changed");
    log::session_changed(&app, store_id).await;
    Ok(Json(card))
}

/// One's own password; every other session of the person ends.
pub(super) async fn change_password(
    State(app): State<App>,
    OwnSession(session): OwnSession,
    JsonBody(change): JsonBody<PasswordChange>,
) -> Result<StatusCode, ApiError> {
    let own = own_password(&app, &session, change.own_password).await?;
    password::check_password(&change.password, &own.login_id).map_err(ApiError::bad_request)?;
    let hash = password::hash(change.password).await?;
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    let mut tx = app.db.begin().await?;
    db::staff::set_password(&mut tx, own.login.home, &hash).await?;
    for store in db::staff::memberships(&mut *tx, &own.login_id).await? {
        let except = Some(session.session_id);
        db::sessions::end_of_staff(&mut tx, store.store_id, store.staff_id, except, now).await?;
    }
    tx.commit().await?;
    log::session_changed(&app, store_id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The person's own password, asked again: the counter stands open where many pass by. 403 `own_password_wrong` otherwise.
pub(super) async fn own_password(
    app: &App,
    session: &CounterSession,
    typed: String,
) -> Result<OwnLogin, ApiError> {
    let keys = [Key::OwnPassword(session.staff_id), Key::Decide(session.store_id)];
    doors::knock(app, &keys, app.clock.now_ms()).await?;
    let own =
        db::staff::login_of(&app.db, session.store_id, session.staff_id).await?.ok_or_else(not_found)?;
    if !password::verify(typed, Some(own.login.password_hash.clone())).await? {
        return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::OwnPasswordWrong));
    }
    Ok(own)
}

/// The hash of somebody's new password. Whoever works in other stores too changes it themselves: no owner reaches into another store.
async fn new_hash(
    app: &App,
    store_id: StoreId,
    staff_id: StaffId,
    password: String,
) -> Result<(OwnLogin, String), ApiError> {
    let own = db::staff::login_of(&app.db, store_id, staff_id).await?.ok_or_else(not_found)?;
    if own.stores > 1 || own.login.home.store_id != store_id {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::NotAllowed));
    }
    password::check_password(&password, &own.login_id).map_err(ApiError::bad_request)?;
    let hash = password::hash(password).await?;
    Ok((own, hash))
}

/// Keeps what the others call a person; personal data like a customer's.
pub(super) async fn keep_name(
    tx: &mut PgConnection,
    app: &App,
    store_id: StoreId,
    staff_id: StaffId,
    name: String,
) -> Result<(), ApiError> {
    let subject = Subject::Staff(store_id, staff_id);
    db::personal::put(tx, &app.vault, subject, &StaffPrivate { name }, app.clock.now_ms()).await?;
    Ok(())
}

/// A person's name as typed, made presentable.
pub(super) fn clean_staff_name(typed: &str) -> Result<String, ApiError> {
    let name: String = typed.trim().chars().filter(|c| !c.is_control()).collect();
    match name.chars().count() {
        1..=MAX_STAFF_NAME => Ok(name),
        _ => Err(ApiError::bad_request(Code::StaffNameInvalid)),
    }
}

async fn card(
    tx: &mut PgConnection,
    app: &App,
    store_id: StoreId,
    staff_id: StaffId,
) -> Result<StaffCard, ApiError> {
    let people = db::staff::list(tx, &app.vault, store_id).await?;
    people.into_iter().find(|card| card.staff_id == staff_id).ok_or_else(not_found)
}

/// Nobody of this store.
pub(super) fn not_found() -> ApiError {
    ApiError::refused(StatusCode::NOT_FOUND, Code::NotFound)
}
