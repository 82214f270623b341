//! `POST /v1/store/sessions/confirm`: a device that waits asks whether it was let in, or brings a code.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use shared::Code;
use shared::wire::{ConfirmRequest, ConfirmedBy, SignedIn};
use sqlx::PgConnection;

use super::admit::{self, Needed};
use super::boot;
use super::doors::{self, Key};
use super::json::JsonBody;
use super::open::{Opening, open};
use super::proof::{self, Asked};
use super::session::Peer;
use super::sign_in::told;
use crate::app::App;
use crate::db;
use crate::db::device_requests::{Request, RequestState};
use crate::db::staff::{Home, Membership};
use crate::problem::ApiError;
use crate::token;

/// Longest token that is looked up.
const MAX_TOKEN: usize = 128;
/// Codes that are tried for one wait; after that the password is asked again.
const MAX_TRIES: i32 = 5;

/// Opens the session once the device is let in.
pub(super) async fn confirm(
    State(app): State<App>,
    Peer(peer): Peer,
    (method, uri, headers): (Method, Uri, HeaderMap),
    JsonBody(request): JsonBody<ConfirmRequest>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    let now = app.clock.now_ms();
    doors::knock(&app, &[Key::Waiting(peer)], now).await?;
    if request.token.len() > MAX_TOKEN {
        return Err(over());
    }
    let token_hash = token::hash(&request.token);
    if request.second_factor.is_some() {
        let login_id = db::device_requests::login_id(&app.db, &token_hash, now).await?.ok_or_else(over)?;
        admit::knock_with_code(&app, &login_id).await?;
    }
    let mut tx = app.db.begin().await?;
    let found = db::device_requests::by_token(&mut tx, &token_hash, now).await?;
    let (wait, state, tries) = found.ok_or_else(over)?;
    let asked = Asked { method: method.as_str(), path: uri.path(), subject: &request.token };
    proof::of_sign_in(&headers, wait.key.as_ref(), asked, now)?;
    let (home, store) = person(&mut tx, &wait).await?;
    let needed = Needed { factors: admit::factors(&mut tx, wait.store_id, home).await? };
    let confirmed_by = match (state, &request.second_factor) {
        (RequestState::Denied, _) => {
            return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::DeviceDenied));
        }
        (RequestState::Used, _) => return Err(over()),
        (RequestState::Allowed, _) => ConfirmedBy::Counter,
        (RequestState::Pending, Some(_)) if tries >= MAX_TRIES => return Err(over()),
        (RequestState::Pending, Some(code)) => {
            match admit::try_code(&mut tx, &app, &needed.factors, code).await? {
                Some(by) => by,
                None => {
                    db::device_requests::count_try(&mut *tx, wait.store_id, wait.confirmation_id).await?;
                    tx.commit().await?;
                    return Err(admit::wrong_code());
                }
            }
        }
        (RequestState::Pending, None) => {
            return Err(admit::waiting(&mut tx, &wait, request.token, &needed, now).await?);
        }
    };
    let opening = Opening {
        kind: wait.kind,
        store_id: wait.store_id,
        staff_id: wait.staff_id,
        role: store.role,
        login_id: &wait.login_id,
        device_id: wait.device_id,
        device_name: &wait.device_name,
        key: wait.key,
        network_tag: wait.network_tag.as_deref().unwrap_or_default(),
        confirmed_by: Some(confirmed_by),
        take_over: request.take_over,
        boot: boot::named(&headers),
    };
    let signed_in = open(&mut tx, &app, &opening).await?;
    db::device_requests::used(&mut tx, wait.store_id, wait.confirmation_id).await?;
    tx.commit().await?;
    told(&app, &signed_in, &opening).await;
    Ok((StatusCode::CREATED, Json(signed_in)))
}

/// Who typed the password, if they may still sign in.
async fn person(tx: &mut PgConnection, wait: &Request) -> Result<(Home, Membership), ApiError> {
    let login = db::staff::login(&mut *tx, &wait.login_id).await?;
    let stores = db::staff::memberships(&mut *tx, &wait.login_id).await?;
    let store = stores.into_iter().find(|store| store.staff_id == wait.staff_id);
    match (login, store) {
        (Some(login), Some(store)) => Ok((login.home, store)),
        _ => Err(ApiError::unauthorized(Code::SignInFailed)),
    }
}

fn over() -> ApiError {
    ApiError::refused(StatusCode::FORBIDDEN, Code::ConfirmationExpired)
}
