//! `POST /v1/store/sessions`: opens the counter session.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use shared::Code;
use shared::wire::{SignInRequest, SignedIn};

use super::boot;
use super::json::JsonBody;
use super::open::{Opening, open};
use super::password;
use super::session::Peer;
use crate::app::App;
use crate::problem::ApiError;
use crate::{db, log};

/// Signs in. An unknown login id and a wrong password cannot be told apart, neither by answer nor by time.
pub(super) async fn sign_in(
    State(app): State<App>,
    Peer(peer): Peer,
    headers: HeaderMap,
    JsonBody(request): JsonBody<SignInRequest>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    let login_id = request.login_id.trim().to_lowercase();
    // What cannot be a login id is nobody's, but counts for the address.
    let key = if password::check_login_id(&login_id).is_ok() { login_id.as_str() } else { "" };
    app.sign_in_limits.try_sign_in(key, peer, app.clock.now_ms()).map_err(|seconds| {
        metrics::counter!("sign_ins", "outcome" => "too_many").increment(1);
        ApiError::too_many(seconds)
    })?;
    let account = db::staff::by_login_id(&app.db, key).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let right = password::verify(request.password, hash).await?;
    let Some(account) = account.filter(|_| right) else {
        metrics::counter!("sign_ins", "outcome" => "failed").increment(1);
        return Err(ApiError::unauthorized(Code::SignInFailed));
    };
    app.sign_in_limits.forgive(key, peer);
    let store_id = account.store_id;
    let opening = Opening {
        store_id,
        staff_id: account.staff_id,
        login_id: &login_id,
        device_id: request.device_id,
        device_name: &request.device_name,
        take_over: request.take_over,
        boot: boot::named(&headers),
    };
    let mut tx = app.db.begin().await?;
    let signed_in = open(&mut tx, &app, &opening).await?;
    tx.commit().await?;
    metrics::counter!("sign_ins", "outcome" => "ok").increment(1);
    tracing::info!(%store_id, session_id = %signed_in.session_id, device_id = %request.device_id,
        fence = signed_in.fence, "a counter signed in");
    log::session_changed(&app, store_id).await;
    Ok((StatusCode::CREATED, Json(signed_in)))
}
