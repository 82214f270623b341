//! People who work at a store, what each may do, and the second factor.

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::id::{StaffId, StoreId};

/// Longest name of a person, in characters.
pub const MAX_STAFF_NAME: usize = 40;

/// What a person may do beside working orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Manages people, the second factor and how devices are let in.
    Owner,
    Staff,
}

/// A person as the counter shows them. Names are for the store's own people: they are in no log and no stream.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StaffCard {
    pub staff_id: StaffId,
    /// As the owner wrote it; the login id when nobody wrote one.
    pub name: String,
    pub login_id: String,
    pub role: StaffRole,
    /// Signs in no more since then.
    pub disabled_at: Option<TimeMs>,
    /// Signs in with a second factor on devices and in places that are new.
    pub has_second_factor: bool,
}

/// `POST /v1/store/staff`, by an owner: somebody new. Answered with [`StaffCard`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct NewStaff {
    /// The owner's own password: the counter stands open where many pass by.
    pub own_password: String,
    pub login_id: String,
    pub password: String,
    pub name: String,
    pub role: StaffRole,
}

/// `POST /v1/store/staff/{staff_id}`, by an owner; what is absent stays. Answered with [`StaffCard`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StaffChange {
    pub own_password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub role: Option<StaffRole>,
    /// `true` ends their sessions at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub disabled: Option<bool>,
    /// A new password for somebody who forgot theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub password: Option<String>,
}

/// `POST /v1/store/password`: one's own. Answered with 204; other sessions of the person end.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PasswordChange {
    pub own_password: String,
    pub password: String,
}

/// `POST /v1/store/second-factor`: begins to set one up. Answered with [`SecondFactorSetup`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SecondFactorBegin {
    pub own_password: String,
}

/// What an authenticator app has to know. Nothing is asked for before a first code was confirmed.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SecondFactorSetup {
    /// For typing, in base32.
    pub secret: String,
    /// `otpauth://totp/…`, what the QR code says.
    pub uri: String,
}

/// `POST /v1/store/second-factor/confirm`: the first code of the app. Answered with [`RecoveryCodes`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SecondFactorConfirm {
    pub code: String,
}

/// For when the phone is lost; each works once. Shown once, never again.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct RecoveryCodes {
    pub codes: Vec<String>,
}

/// `POST /v1/store/second-factor/remove`: needs the password and a code. Answered with 204.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SecondFactorRemove {
    pub own_password: String,
    /// Of the app, or a recovery code.
    pub code: String,
}

/// One of several stores that a login belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StoreChoice {
    pub store_id: StoreId,
    pub store_name: String,
}

/// `Debug` that shows ids and nothing that somebody typed.
macro_rules! says_nothing {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

says_nothing!(
    NewStaff,
    StaffChange,
    PasswordChange,
    SecondFactorBegin,
    SecondFactorSetup,
    SecondFactorConfirm,
    RecoveryCodes,
    SecondFactorRemove,
);

impl std::fmt::Debug for StaffCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaffCard").field("staff_id", &self.staff_id).finish_non_exhaustive()
    }
}
