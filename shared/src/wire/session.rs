//! Claiming a store, signing in, and keeping the session.

use serde::{Deserialize, Serialize};

use super::{DeviceKey, SessionKind, StaffRole};
use crate::TimeMs;
use crate::id::{DeviceId, SessionId, StaffId, StoreId};

/// `POST /v1/store/claim`: the owner's first sign-up, with the code from the operator. Answered with [`SignedIn`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ClaimRequest {
    pub claim_code: String,
    pub login_id: String,
    pub password: String,
    /// Made once by the device and kept there.
    pub device_id: DeviceId,
    pub device_name: String,
    /// The device's public key; from then on each of its requests carries a proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<String>"))]
    pub device_key: Option<DeviceKey>,
    /// What the store's people call the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub name: Option<String>,
    /// The login exists and gets this store too; `password` is its own.
    #[serde(default)]
    pub existing_login: bool,
}

/// `POST /v1/store/sessions`: opens the counter session, or a viewer's. Answered with [`SignedIn`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SignInRequest {
    pub login_id: String,
    pub password: String,
    pub device_id: DeviceId,
    pub device_name: String,
    /// Take the counter session from the device that holds it.
    #[serde(default)]
    pub take_over: bool,
    /// The device's public key; from then on each of its requests carries a proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<String>"))]
    pub device_key: Option<DeviceKey>,
    #[serde(default, skip_serializing_if = "SessionKind::is_counter")]
    pub kind: SessionKind,
    /// Which store, when the login has several: 409 `choose_store` lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub store_id: Option<StoreId>,
    /// A code of an authenticator app, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub second_factor: Option<String>,
}

/// An open session.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SignedIn {
    /// Opaque; sent as `Authorization: Bearer …`. The server keeps only its hash.
    pub token: String,
    pub session_id: SessionId,
    pub store_id: StoreId,
    pub store_name: String,
    pub staff_id: StaffId,
    pub login_id: String,
    /// Grows with each take-over; an older holder's writes are refused.
    pub fence: i64,
    #[serde(default)]
    pub kind: SessionKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub role: Option<StaffRole>,
    /// Absent from servers that do not renew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub terms: Option<SessionTerms>,
}

/// How long a session lasts and how it goes on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SessionTerms {
    pub expires_at: TimeMs,
    /// From then on `POST /v1/store/sessions/renew` gives the next token. The old one works on until the new one was used for a while.
    pub renew_at: TimeMs,
    /// Signed by the server. When the token is refused although nobody ended the session, `POST /v1/store/sessions/lease` takes this and
    /// gives a session for one more day. Absent in such a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub lease: Option<String>,
    /// This session goes on under a lease: a person has to sign in before `expires_at`.
    #[serde(default)]
    pub leased: bool,
}

/// `POST /v1/store/sessions/renew`. Answered with [`Renewed`].
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct RenewRequest {
    /// A device that enrolled without a key may bring one now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<DeviceKey>,
}

/// `POST /v1/store/sessions/lease`. Answered with [`Renewed`].
#[derive(Clone, Serialize, Deserialize)]
pub struct LeaseRequest {
    pub lease: String,
}

/// The same session with another token.
#[derive(Clone, Serialize, Deserialize)]
pub struct Renewed {
    pub token: String,
    pub terms: SessionTerms,
}

/// Who holds a store's counter session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CounterHolder {
    pub device_name: String,
    pub since: TimeMs,
    pub last_seen: Option<TimeMs>,
}

impl std::fmt::Debug for ClaimRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClaimRequest").field("login_id", &self.login_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInRequest").field("login_id", &self.login_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("session_id", &self.session_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SessionTerms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionTerms").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewed").finish_non_exhaustive()
    }
}
