//! `POST /v1/store/sessions`: opens the counter session, or a viewer's.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use shared::wire::{ConfirmedBy, DeviceKey, SignInRequest, SignedIn, StoreChoice};
use shared::{Code, TimeMs};
use sqlx::PgConnection;

use super::doors::{self, Key};
use super::json::JsonBody;
use super::open::{Opening, clean_name, open};
use super::proof::{self, Asked};
use super::session::Peer;
use super::{admit, boot, password};
use crate::app::App;
use crate::db::device_requests::Request;
use crate::db::devices::KnownDevice;
use crate::db::staff::{Home, Membership};
use crate::problem::{ApiError, Told};
use crate::{db, log};

/// Signs in. An unknown login id and a wrong password cannot be told apart, neither by answer nor by time.
pub(super) async fn sign_in(
    State(app): State<App>,
    Peer(peer): Peer,
    (method, uri, headers): (Method, Uri, HeaderMap),
    JsonBody(request): JsonBody<SignInRequest>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    let login_id = request.login_id.trim().to_lowercase();
    let (home, stores) = right_password(&app, &login_id, request.password.clone(), peer).await?;
    let store = chosen(&request, stores)?;
    let (store_id, now) = (store.store_id, app.clock.now_ms());
    let subject = request.device_id.to_string();
    let asked = Asked { method: method.as_str(), path: uri.path(), subject: &subject };
    if request.second_factor.is_some() {
        admit::knock_with_code(&app, &login_id).await?;
    }
    let mut tx = app.db.begin().await?;
    let device = db::devices::known(&mut tx, store_id, request.device_id).await?;
    let key = proved(&headers, device.as_ref(), request.device_key, asked, now)?;
    let wish = Wish {
        home,
        store: &store,
        login_id: &login_id,
        device: device.as_ref(),
        key,
        network_tag: admit::network_tag(&app.config.signing_key, store_id, peer),
    };
    let confirmed_by = match admission(&mut tx, &app, &request, &wish).await? {
        Admission::In(confirmed_by) => confirmed_by,
        Admission::Waits(told) => {
            tx.commit().await?;
            metrics::counter!("sign_ins", "outcome" => "waits").increment(1);
            log::session_changed(&app, store_id).await;
            return Err(told);
        }
    };
    let opening = Opening {
        kind: request.kind,
        store_id,
        staff_id: store.staff_id,
        role: store.role,
        login_id: &login_id,
        device_id: request.device_id,
        device_name: &request.device_name,
        key,
        network_tag: &wish.network_tag,
        confirmed_by,
        take_over: request.take_over,
        boot: boot::named(&headers),
    };
    let signed_in = open(&mut tx, &app, &opening).await?;
    tx.commit().await?;
    told(&app, &signed_in, &opening).await;
    Ok((StatusCode::CREATED, Json(signed_in)))
}

/// Who signs in, and where, once the password was right.
struct Wish<'a> {
    home: Home,
    store: &'a Membership,
    login_id: &'a str,
    device: Option<&'a KnownDevice>,
    key: Option<DeviceKey>,
    network_tag: Vec<u8>,
}

/// Whether the device may come in.
enum Admission {
    /// And what confirmed it, if something had to.
    In(Option<ConfirmedBy>),
    /// It waits, and is told how.
    Waits(ApiError),
}

async fn admission(
    tx: &mut PgConnection,
    app: &App,
    request: &SignInRequest,
    wish: &Wish<'_>,
) -> Result<Admission, ApiError> {
    let (store_id, now) = (wish.store.store_id, app.clock.now_ms());
    let needed = admit::needed(tx, store_id, wish.home, wish.device, &wish.network_tag).await?;
    let Some(needed) = needed else { return Ok(Admission::In(None)) };
    if let Some(code) = &request.second_factor {
        let by = admit::try_code(tx, app, &needed.factors, code).await?;
        return Ok(Admission::In(Some(by.ok_or_else(admit::wrong_code)?)));
    }
    let (confirmation_id, number, expires_at) = admit::fresh(now);
    let wait = Request {
        store_id,
        confirmation_id,
        staff_id: wish.store.staff_id,
        login_id: wish.login_id.to_owned(),
        device_id: request.device_id,
        device_name: clean_name(&request.device_name),
        key: wish.key,
        network_tag: Some(wish.network_tag.clone()),
        kind: request.kind,
        number,
        is_known: wish.device.is_some(),
        expires_at,
    };
    Ok(Admission::Waits(admit::let_wait(tx, wait, &needed, now).await?))
}

/// The session is open: everybody who has to know is told.
pub(super) async fn told(app: &App, signed_in: &SignedIn, opening: &Opening<'_>) {
    metrics::counter!("sign_ins", "outcome" => "ok").increment(1);
    tracing::info!(store_id = %opening.store_id, session_id = %signed_in.session_id, device_id = %opening.device_id,
        kind = opening.kind.as_str(), fence = signed_in.fence, "somebody signed in");
    log::session_changed(app, opening.store_id).await;
}

/// The login behind an id and its password, with the stores where it may sign in.
pub(super) async fn right_password(
    app: &App,
    login_id: &str,
    typed: String,
    peer: IpAddr,
) -> Result<(Home, Vec<Membership>), ApiError> {
    // What cannot be a login id is nobody's, but counts for the address.
    let key = if password::check_login_id(login_id).is_ok() { login_id } else { "" };
    let keys = [Key::Pair(key.to_owned(), peer), Key::Login(key.to_owned()), Key::Address(peer)];
    doors::knock(app, &keys, app.clock.now_ms())
        .await
        .inspect_err(|_| metrics::counter!("sign_ins", "outcome" => "too_many").increment(1))?;
    let failed = || {
        metrics::counter!("sign_ins", "outcome" => "failed").increment(1);
        ApiError::unauthorized(Code::SignInFailed)
    };
    let login = db::staff::login(&app.db, key).await?;
    let hash = login.as_ref().map(|login| login.password_hash.clone());
    let right = password::verify(typed, hash).await?;
    let login = login.filter(|_| right).ok_or_else(failed)?;
    let stores = db::staff::memberships(&app.db, key).await?;
    if stores.is_empty() {
        return Err(failed());
    }
    doors::forgive(app, key, peer).await;
    Ok((login.home, stores))
}

/// The store that is meant; 409 `choose_store` when there are several and none was named.
fn chosen(request: &SignInRequest, stores: Vec<Membership>) -> Result<Membership, ApiError> {
    let choices = || {
        let choice = |store: &Membership| StoreChoice {
            store_id: store.store_id,
            store_name: store.store_name.clone(),
        };
        let told = Told { stores: Some(stores.iter().map(choice).collect()), ..Told::default() };
        ApiError::refused(StatusCode::CONFLICT, Code::ChooseStore).with(told)
    };
    let meant = match (request.store_id, stores.as_slice()) {
        (Some(named), stores) => stores.iter().find(|store| store.store_id == named),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    meant.cloned().ok_or_else(choices)
}

/// The key that the device has proved: its own, or the one that it brings. A device that has one always needs it.
pub(super) fn proved(
    headers: &HeaderMap,
    device: Option<&KnownDevice>,
    brought: Option<DeviceKey>,
    asked: Asked<'_>,
    now: TimeMs,
) -> Result<Option<DeviceKey>, ApiError> {
    if device.is_some_and(|device| device.is_revoked) {
        return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::DeviceRevoked));
    }
    let key = device.and_then(|device| device.key).or(brought);
    proof::of_sign_in(headers, key.as_ref(), asked, now)?;
    Ok(key)
}
