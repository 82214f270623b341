//! `POST /v1/store/claim`: the owner's first sign-up, with the code from the operator.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use shared::Code;
use shared::wire::{ClaimRequest, SignedIn};

use super::boot;
use super::json::JsonBody;
use super::open::{Opening, open};
use super::password;
use super::session::Peer;
use crate::app::App;
use crate::problem::ApiError;
use crate::{db, log, token};

/// Makes the owner's account, enrols the device and opens the counter session, all or nothing.
pub(super) async fn claim(
    State(app): State<App>,
    Peer(peer): Peer,
    headers: HeaderMap,
    JsonBody(request): JsonBody<ClaimRequest>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    let now = app.clock.now_ms();
    app.sign_in_limits.try_claim(peer, now).map_err(ApiError::too_many)?;
    password::check_login_id(&request.login_id).map_err(ApiError::bad_request)?;
    password::check_password(&request.password, &request.login_id).map_err(ApiError::bad_request)?;
    let code_hash = token::hash(&token::normal_claim_code(&request.claim_code));
    // Looked up before the costly hash, and used up after it.
    if db::staff::claimable(&app.db, &code_hash, now).await?.is_none() {
        return Err(wrong_code());
    }
    let password_hash = password::hash(request.password).await?;
    let mut tx = app.db.begin().await?;
    let store_id = db::staff::use_claim_code(&mut tx, &code_hash, now).await?.ok_or_else(wrong_code)?;
    let staff_id = db::staff::create_owner(&mut tx, store_id, &request.login_id, &password_hash, now)
        .await?
        .ok_or_else(|| ApiError::refused(StatusCode::CONFLICT, Code::LoginIdTaken))?;
    let opening = Opening {
        store_id,
        staff_id,
        login_id: &request.login_id,
        device_id: request.device_id,
        device_name: &request.device_name,
        take_over: false,
        boot: boot::named(&headers),
    };
    let signed_in = open(&mut tx, &app, &opening).await?;
    tx.commit().await?;
    tracing::info!(%store_id, %staff_id, device_id = %request.device_id, "a store was claimed");
    log::session_changed(&app, store_id).await;
    Ok((StatusCode::CREATED, Json(signed_in)))
}

fn wrong_code() -> ApiError {
    ApiError::refused(StatusCode::FORBIDDEN, Code::ClaimCodeInvalid)
}
