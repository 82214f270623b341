//! `POST /v1/store/second-factor`, `/confirm`, `/remove`: an authenticator app (RFC 6238) and recovery codes for a login.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use shared::wire::{
    ConfirmedBy, RecoveryCodes, SecondFactorBegin, SecondFactorConfirm, SecondFactorRemove, SecondFactorSetup,
};
use shared::{Code, TimeMs};
use sqlx::PgConnection;

use super::json::JsonBody;
use super::session::OwnSession;
use super::staff::{not_found, own_password};
use super::{admit, totp};
use crate::app::App;
use crate::db::second_factors::SecondFactor;
use crate::db::staff::Home;
use crate::problem::ApiError;
use crate::vault::Vault;
use crate::{db, log, token};

/// Codes for when the phone is lost.
const RECOVERY_CODES: usize = 8;

/// A new secret, which counts once a first code was confirmed.
pub(super) async fn begin(
    State(app): State<App>,
    OwnSession(session): OwnSession,
    JsonBody(request): JsonBody<SecondFactorBegin>,
) -> Result<Json<SecondFactorSetup>, ApiError> {
    let own = own_password(&app, &session, request.own_password).await?;
    let secret = totp::fresh_secret();
    let sealed = app.vault.seal(&context(own.login.home), &secret);
    if !db::second_factors::begin(&app.db, own.login.home, &sealed, app.clock.now_ms()).await? {
        // One that works is taken away first, with a code of it.
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::NotAllowed));
    }
    let setup = totp::setup(&secret, &own.login_id)?;
    Ok(Json(setup))
}

/// The first code of the app: from now on the second factor counts. Answers the recovery codes, once.
pub(super) async fn confirm(
    State(app): State<App>,
    OwnSession(session): OwnSession,
    JsonBody(request): JsonBody<SecondFactorConfirm>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    let own = db::staff::login_of(&app.db, store_id, session.staff_id).await?.ok_or_else(not_found)?;
    admit::knock_with_code(&app, &own.login_id).await?;
    let mut tx = app.db.begin().await?;
    let factor = db::second_factors::of(&mut tx, own.login.home).await?;
    let factor = factor.filter(|factor| !factor.is_confirmed).ok_or_else(admit::wrong_code)?;
    let step = right_step(&app.vault, &factor, &request.code, now)?.ok_or_else(admit::wrong_code)?;
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| token::claim_code()).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| recovery_hash(code)).collect();
    db::second_factors::confirm(&mut tx, factor.home, step, &hashes, now).await?;
    tx.commit().await?;
    tracing::info!(%store_id, staff_id = %session.staff_id, "a second factor was set up");
    log::session_changed(&app, store_id).await;
    Ok(Json(RecoveryCodes { codes }))
}

/// Takes the second factor away, with the password and a code. A store that would be left with none lets devices in on the password again.
pub(super) async fn remove(
    State(app): State<App>,
    OwnSession(session): OwnSession,
    JsonBody(request): JsonBody<SecondFactorRemove>,
) -> Result<StatusCode, ApiError> {
    let own = own_password(&app, &session, request.own_password).await?;
    let (store_id, home) = (session.store_id, own.login.home);
    admit::knock_with_code(&app, &own.login_id).await?;
    let mut tx = app.db.begin().await?;
    let by = admit::try_code(&mut tx, &app, &[home], &request.code).await?;
    by.ok_or_else(admit::wrong_code)?;
    db::second_factors::remove(&mut tx, home).await?;
    for store in db::staff::memberships(&mut *tx, &own.login_id).await? {
        if db::second_factors::of_owners(&mut *tx, store.store_id).await?.is_empty() {
            db::staff::set_confirm_devices(&mut *tx, store.store_id, false).await?;
        }
    }
    tx.commit().await?;
    tracing::info!(%store_id, staff_id = %session.staff_id, "a second factor was taken away");
    log::session_changed(&app, store_id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Uses a typed code of the app, or a recovery code, up; `None` when it is neither, or was used.
pub(super) async fn use_code(
    tx: &mut PgConnection,
    vault: &Vault,
    home: Home,
    typed: &str,
    now: TimeMs,
) -> Result<Option<ConfirmedBy>, ApiError> {
    let Some(factor) = db::second_factors::of(tx, home).await?.filter(|factor| factor.is_confirmed) else {
        return Ok(None);
    };
    if let Some(step) = right_step(vault, &factor, typed, now)? {
        let fresh = db::second_factors::use_step(tx, home, step).await?;
        return Ok(fresh.then_some(ConfirmedBy::SecondFactor));
    }
    let fresh = db::second_factors::use_recovery(tx, home, &recovery_hash(typed), now).await?;
    Ok(fresh.then_some(ConfirmedBy::RecoveryCode))
}

fn right_step(
    vault: &Vault,
    factor: &SecondFactor,
    typed: &str,
    now: TimeMs,
) -> Result<Option<i64>, ApiError> {
    let secret = vault.open(&context(factor.home), &factor.sealed).map_err(anyhow::Error::from)?;
    let step = totp::step_of(&secret, typed, now)?;
    Ok(step.filter(|step| *step > factor.last_step))
}

/// Recovery codes have 59 bits, so their hash needs no salt and no slowness.
fn recovery_hash(code: &str) -> Vec<u8> {
    token::hash(&format!("recovery:{}", token::normal_claim_code(code)))
}

fn context(home: Home) -> String {
    format!("second-factor:{}:{}", home.store_id, home.staff_id)
}
