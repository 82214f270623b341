//! `POST /v1/store/sessions/renew` and `/lease`: a session goes on with another token. Neither touches the session's stream.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use shared::Code;
use shared::wire::{LeaseRequest, RenewRequest, Renewed, SessionTerms};
use sqlx::PgConnection;

use super::doors::{self, Key};
use super::json::JsonBody;
use super::lease::{self, Lease};
use super::proof::{self, Asked};
use super::session::{Peer, StoreSession, bearer, ended};
use crate::app::App;
use crate::db::sessions::{EndReason, NewSession};
use crate::problem::ApiError;
use crate::{db, log, token};

/// The next token of a session. The one that asks works on until the new one was used for a while, so an answer that is lost, or requests
/// on their way, interrupt nothing.
pub(super) async fn renew(
    State(app): State<App>,
    session: StoreSession,
    (method, uri, headers): (Method, Uri, HeaderMap),
    JsonBody(request): JsonBody<RenewRequest>,
) -> Result<Json<Renewed>, ApiError> {
    let now = app.clock.now_ms();
    doors::knock(&app, &[Key::Renew(session.session_id)], now).await?;
    let presented = bearer(&headers)?;
    let key = match (session.key, request.device_key) {
        (Some(key), _) => Some(key),
        (None, Some(key)) => {
            let asked = Asked { method: method.as_str(), path: uri.path(), subject: presented };
            proof::of_session(&headers, Some(&key), asked, now)?;
            db::devices::keep_key(&app.db, session.store_id, session.device_id, key).await?;
            Some(key)
        }
        (None, None) => None,
    };
    let next = token::session_token();
    let hashes = (token::hash(presented), token::hash(&next));
    let renewed = db::sessions::renew(
        &app.db,
        session.store_id,
        session.session_id,
        (&hashes.0, &hashes.1),
        lease::expiry(now),
        now,
    )
    .await?;
    if !renewed {
        metrics::counter!("sessions_renewed", "outcome" => "refused").increment(1);
        return Err(ApiError::refused(axum::http::StatusCode::FORBIDDEN, Code::SignInAgain));
    }
    metrics::counter!("sessions_renewed", "outcome" => "ok").increment(1);
    let lease = session.kind.is_counter().then_some(Lease {
        store_id: session.store_id,
        session_id: session.session_id,
        staff_id: session.staff_id,
        device_id: session.device_id,
        fence: session.fence,
        until: now,
        key,
    });
    Ok(Json(Renewed { token: next, terms: lease::terms(&app.config.signing_key, lease, now) }))
}

/// A session for as long as the lease lasts, when nobody ended the old one. It works orders and closes the day; it manages nobody.
pub(super) async fn go_on(
    State(app): State<App>,
    Peer(peer): Peer,
    (method, uri, headers): (Method, Uri, HeaderMap),
    JsonBody(request): JsonBody<LeaseRequest>,
) -> Result<Json<Renewed>, ApiError> {
    let now = app.clock.now_ms();
    doors::knock(&app, &[Key::Address(peer)], now).await?;
    let signed_out = || ApiError::unauthorized(Code::SignedOut);
    let lease = Lease::read(&app.config.signing_key, &request.lease, now).ok_or_else(signed_out)?;
    let asked = Asked { method: method.as_str(), path: uri.path(), subject: &request.lease };
    proof::of_session(&headers, lease.key.as_ref(), asked, now)?;
    let token = token::session_token();
    let mut tx = app.db.begin().await?;
    db::sessions::queue_up(&mut tx, lease.store_id).await?;
    revive(&mut tx, &lease, &token::hash(&token), now).await?;
    tx.commit().await?;
    metrics::counter!("sessions_leased").increment(1);
    tracing::error!(store_id = %lease.store_id, session_id = %lease.session_id, device_id = %lease.device_id,
        "a counter goes on under its lease: its token was refused although nobody ended the session");
    log::session_changed(&app, lease.store_id).await;
    let terms = SessionTerms { expires_at: lease.until, renew_at: lease.until, lease: None, leased: true };
    Ok(Json(Renewed { token, terms }))
}

async fn revive(
    tx: &mut PgConnection,
    lease: &Lease,
    token_hash: &[u8],
    now: shared::TimeMs,
) -> Result<(), ApiError> {
    let (store_id, session_id) = (lease.store_id, lease.session_id);
    match db::sessions::ended(&mut *tx, store_id, session_id, now).await? {
        None | Some(EndReason::Expired) => {
            if db::sessions::go_on_leased(tx, store_id, session_id, token_hash, lease.until).await? {
                return Ok(());
            }
            // Another session began after this one's time was over.
            Err(ended(EndReason::Expired))
        }
        Some(reason) if db::sessions::kind(&mut *tx, store_id, session_id).await?.is_some() => {
            Err(ended(reason))
        }
        Some(_) => reinstate(tx, lease, token_hash, now).await,
    }
}

/// The database knows nothing of the session: it came back older than the lease.
async fn reinstate(
    tx: &mut PgConnection,
    lease: &Lease,
    token_hash: &[u8],
    now: shared::TimeMs,
) -> Result<(), ApiError> {
    let store_id = lease.store_id;
    let person = db::staff::standing(tx, store_id, lease.staff_id).await?;
    let held = db::sessions::held(tx, store_id).await?.is_some_and(|held| held.expires_at > now);
    if held || person.is_none_or(|(_, disabled)| disabled) {
        return Err(ended(EndReason::SignedOut));
    }
    let device = db::devices::Enrolment {
        store_id,
        device_id: lease.device_id,
        name: super::open::NAMELESS,
        key: lease.key,
        network_tag: None,
        confirmed_by: None,
    };
    if db::devices::known(tx, store_id, lease.device_id).await?.is_none() {
        db::devices::enrol(tx, &device, now).await?;
    } else if db::devices::known(tx, store_id, lease.device_id).await?.is_some_and(|known| known.is_revoked) {
        return Err(ended(EndReason::Revoked));
    }
    if let Some(expired) = db::sessions::held(tx, store_id).await? {
        db::sessions::end(&mut *tx, store_id, expired.session_id, EndReason::Expired, now).await?;
    }
    let new = NewSession {
        store_id,
        session_id: lease.session_id,
        kind: shared::wire::SessionKind::Counter,
        staff_id: lease.staff_id,
        device_id: lease.device_id,
        token_hash,
        fence: lease.fence.max(db::sessions::last_fence(tx, store_id).await? + 1),
        expires_at: lease.until,
    };
    db::sessions::open(tx, &new, now).await?;
    db::sessions::go_on_leased(tx, store_id, lease.session_id, token_hash, lease.until).await?;
    Ok(())
}
