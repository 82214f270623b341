//! Who is asking: the session behind a bearer token.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::order::Actor;
use shared::wire::{DeviceKey, SessionKind, StaffRole};
use shared::{Code, TimeMs};

use super::proof::{self, Asked};
use crate::app::App;
use crate::db;
use crate::db::sessions::{EndReason, Found};
use crate::problem::ApiError;
use crate::token;

/// Longest token that is looked up.
const MAX_TOKEN: usize = 128;
/// A session is noted as seen at most this often.
const SEEN_EVERY_MS: i64 = 10_000;

/// An open session of either kind; 401 `session_taken_over`, `device_revoked` or `signed_out` otherwise, 401 `device_key_needed` on
/// another device than its own, and 409 `counter_not_connected` for a viewer while no counter is.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoreSession {
    pub kind: SessionKind,
    pub store_id: StoreId,
    pub session_id: SessionId,
    pub staff_id: StaffId,
    pub device_id: DeviceId,
    pub fence: i64,
    pub role: StaffRole,
    pub leased: bool,
    pub key: Option<DeviceKey>,
}

/// An open counter session; 403 `read_only_session` for a viewer.
#[derive(Debug, Clone, Copy)]
pub struct CounterSession {
    pub store_id: StoreId,
    pub session_id: SessionId,
    pub staff_id: StaffId,
    pub device_id: DeviceId,
    pub fence: i64,
    pub role: StaffRole,
    /// It goes on under a lease: it works orders and closes the day, and manages nobody.
    pub leased: bool,
}

/// A counter session that may manage the person's own things; 403 `sign_in_again` under a lease.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnSession(pub CounterSession);

/// A counter session of an owner; 403 `owner_only` otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnerSession(pub CounterSession);

impl CounterSession {
    /// As the log names it.
    pub fn actor(&self) -> Actor {
        Actor::Counter { device_id: self.device_id, staff_id: self.staff_id }
    }
}

impl FromRequestParts<App> for StoreSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers)?;
        let now = app.clock.now_ms();
        let found = db::sessions::by_token(&app.db, &token::hash(token), now)
            .await?
            .ok_or_else(|| ApiError::unauthorized(Code::SignedOut))?;
        let asked = Asked { method: parts.method.as_str(), path: parts.uri.path(), subject: token };
        admitted(app, &found, &parts.headers, asked, now).await?;
        super::boot::check(app, found.store_id, found.device_id, &parts.headers).await?;
        // Signing out is for viewers that rest, too.
        if !found.kind.is_counter()
            && parts.method != Method::DELETE
            && !db::sessions::counter_is_connected(&app.db, found.store_id, now).await?
        {
            return Err(counter_gone());
        }
        if found.settles || now.ms_since(found.last_seen) >= SEEN_EVERY_MS {
            db::sessions::touch(&app.db, found.store_id, found.session_id, found.settles, now).await?;
        }
        Ok(Self {
            kind: found.kind,
            store_id: found.store_id,
            session_id: found.session_id,
            staff_id: found.staff_id,
            device_id: found.device_id,
            fence: found.fence,
            role: found.role,
            leased: found.leased,
            key: found.key,
        })
    }
}

impl FromRequestParts<App> for CounterSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let session = StoreSession::from_request_parts(parts, app).await?;
        if !session.kind.is_counter() {
            return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::ReadOnlySession));
        }
        Ok(Self {
            store_id: session.store_id,
            session_id: session.session_id,
            staff_id: session.staff_id,
            device_id: session.device_id,
            fence: session.fence,
            role: session.role,
            leased: session.leased,
        })
    }
}

impl FromRequestParts<App> for OwnSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let session = CounterSession::from_request_parts(parts, app).await?;
        if session.leased {
            return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::SignInAgain));
        }
        Ok(Self(session))
    }
}

impl FromRequestParts<App> for OwnerSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let OwnSession(session) = OwnSession::from_request_parts(parts, app).await?;
        match session.role {
            StaffRole::Owner => Ok(Self(session)),
            StaffRole::Staff => Err(ApiError::refused(StatusCode::FORBIDDEN, Code::OwnerOnly)),
        }
    }
}

/// Whether the session behind a token may be used by whoever brings it.
pub(super) async fn admitted(
    app: &App,
    found: &Found,
    headers: &HeaderMap,
    asked: Asked<'_>,
    now: TimeMs,
) -> Result<(), ApiError> {
    proof::of_session(headers, found.key.as_ref(), asked, now)?;
    match found.ended {
        None => Ok(()),
        Some(reason) => Err(over(&app.db, found.store_id, reason).await?),
    }
}

/// How a request of a session that is over is refused. Whoever lost the counter is told to whom.
pub(super) async fn over(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    reason: EndReason,
) -> Result<ApiError, sqlx::Error> {
    let holder = match reason {
        EndReason::TakenOver => db::sessions::holder(db, store_id).await?,
        EndReason::Revoked | EndReason::SignedOut | EndReason::Renewed | EndReason::Expired => None,
    };
    Ok(ended(reason).held_by(holder))
}

/// A viewer comes back when a counter does.
pub(super) fn counter_gone() -> ApiError {
    ApiError::refused(StatusCode::CONFLICT, Code::CounterNotConnected)
}

/// The token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .filter(|token| !token.is_empty() && token.len() <= MAX_TOKEN)
        .ok_or_else(|| ApiError::unauthorized(Code::SignedOut))
}

/// The same without a look at who has the counter.
pub(super) fn ended(reason: EndReason) -> ApiError {
    ApiError::unauthorized(match reason {
        EndReason::TakenOver => Code::SessionTakenOver,
        EndReason::Revoked => Code::DeviceRevoked,
        EndReason::SignedOut | EndReason::Renewed | EndReason::Expired => Code::SignedOut,
    })
}

/// The address that the request comes from: as the outermost proxy of ours saw it, else the connection's own.
pub(super) struct Peer(pub IpAddr);

impl FromRequestParts<App> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        if let Some(told) = forwarded_for(&parts.headers, app.config.trusted_proxies) {
            return Ok(Self(told));
        }
        let known = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self(known.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

/// The entry that our outermost proxy wrote. What stands left of it is the caller's own claim and counts for nothing.
fn forwarded_for(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
    let index = hops.len().checked_sub(proxies).filter(|_| proxies > 0)?;
    hops.get(index)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_proxies_wrote_counts() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 10.0.0.1, 10.0.0.2".parse().unwrap());
        assert_eq!(forwarded_for(&headers, 0), None);
        assert_eq!(forwarded_for(&headers, 1), "10.0.0.2".parse().ok());
        assert_eq!(forwarded_for(&headers, 2), "10.0.0.1".parse().ok());
        assert_eq!(forwarded_for(&headers, 4), None);
        assert_eq!(forwarded_for(&HeaderMap::new(), 1), None);
    }
}
