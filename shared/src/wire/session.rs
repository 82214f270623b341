//! Claiming a store and signing in.

use serde::{Deserialize, Serialize};

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
}

/// `POST /v1/store/sessions`: opens the counter session. Answered with [`SignedIn`].
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
}

/// An open counter session.
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
