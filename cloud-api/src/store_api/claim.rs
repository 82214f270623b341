//! `POST /v1/store/claim`: the owner's first sign-up, with the code from the operator.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use shared::Code;
use shared::id::{StaffId, StoreId};
use shared::wire::{ClaimRequest, SessionKind, SignedIn, StaffRole};
use sqlx::PgConnection;

use super::doors::{self, Key};
use super::json::JsonBody;
use super::open::{Opening, open};
use super::proof::Asked;
use super::session::Peer;
use super::sign_in::{proved, right_password};
use super::staff::{clean_staff_name, keep_name};
use super::{admit, boot, password};
use crate::app::App;
use crate::db::staff::NewPerson;
use crate::problem::ApiError;
use crate::{db, log, token};

/// How the owner's login comes to be.
enum Owner {
    New { password_hash: String },
    Existing,
}

/// Makes the owner's account, or gives an existing one this store too, enrols the device and opens the counter session, all or nothing.
pub(super) async fn claim(
    State(app): State<App>,
    Peer(peer): Peer,
    (method, uri, headers): (Method, Uri, HeaderMap),
    JsonBody(request): JsonBody<ClaimRequest>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    let now = app.clock.now_ms();
    doors::knock(&app, &[Key::Address(peer)], now).await?;
    password::check_login_id(&request.login_id).map_err(ApiError::bad_request)?;
    let name = request.name.as_deref().map(clean_staff_name).transpose()?;
    let code_hash = token::hash(&token::normal_claim_code(&request.claim_code));
    let owner = owner(&app, &request, &code_hash, peer).await?;
    let subject = request.device_id.to_string();
    let asked = Asked { method: method.as_str(), path: uri.path(), subject: &subject };
    let mut tx = app.db.begin().await?;
    let store_id = db::staff::use_claim_code(&mut tx, &code_hash, now).await?.ok_or_else(wrong_code)?;
    let staff_id = write(&mut tx, &app, store_id, &request.login_id, &owner).await?;
    if let Some(name) = name {
        keep_name(&mut tx, &app, store_id, staff_id, name).await?;
    }
    let device = db::devices::known(&mut tx, store_id, request.device_id).await?;
    let key = proved(&headers, device.as_ref(), request.device_key, asked, now)?;
    let opening = Opening {
        kind: SessionKind::Counter,
        store_id,
        staff_id,
        role: StaffRole::Owner,
        login_id: &request.login_id,
        device_id: request.device_id,
        device_name: &request.device_name,
        key,
        network_tag: &admit::network_tag(&app.config.signing_key, store_id, peer),
        confirmed_by: None,
        take_over: false,
        boot: boot::named(&headers),
    };
    let signed_in = open(&mut tx, &app, &opening).await?;
    tx.commit().await?;
    tracing::info!(%store_id, %staff_id, device_id = %request.device_id, "a store was claimed");
    log::session_changed(&app, store_id).await;
    Ok((StatusCode::CREATED, Json(signed_in)))
}

/// The code is looked up before the costly hash, and used up after it.
async fn owner(app: &App, request: &ClaimRequest, code_hash: &[u8], peer: IpAddr) -> Result<Owner, ApiError> {
    if !request.existing_login {
        password::check_password(&request.password, &request.login_id).map_err(ApiError::bad_request)?;
    }
    if db::staff::claimable(&app.db, code_hash, app.clock.now_ms()).await?.is_none() {
        return Err(wrong_code());
    }
    if request.existing_login {
        right_password(app, &request.login_id, request.password.clone(), peer).await?;
        return Ok(Owner::Existing);
    }
    Ok(Owner::New { password_hash: password::hash(request.password.clone()).await? })
}

async fn write(
    tx: &mut PgConnection,
    app: &App,
    store_id: StoreId,
    login_id: &str,
    owner: &Owner,
) -> Result<StaffId, ApiError> {
    let now = app.clock.now_ms();
    match owner {
        Owner::Existing => Ok(db::staff::join(tx, store_id, login_id, now).await?),
        Owner::New { password_hash } => {
            let new = NewPerson { store_id, login_id, role: StaffRole::Owner, password_hash };
            let created = db::staff::create(tx, &new, now).await?;
            created.ok_or_else(|| ApiError::refused(StatusCode::CONFLICT, Code::LoginIdTaken))
        }
    }
}

fn wrong_code() -> ApiError {
    ApiError::refused(StatusCode::FORBIDDEN, Code::ClaimCodeInvalid)
}
