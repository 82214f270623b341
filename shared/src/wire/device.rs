//! Devices of a store: which are enrolled, which ask to be let in, and who is there.

use serde::{Deserialize, Serialize};

use super::{StaffCard, StoreChoice};
use crate::TimeMs;
use crate::id::{ConfirmationId, DeviceId, SessionId, StaffId};

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// Works the orders; one per store.
    #[default]
    Counter,
    /// Looks on while a counter is connected.
    Viewer,
}

impl SessionKind {
    /// The name that it has in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Viewer => "viewer",
        }
    }

    pub fn is_counter(&self) -> bool {
        *self == Self::Counter
    }
}

/// With code `device_unconfirmed`, after the right password: how the device can be let in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Confirmation {
    /// For `POST /v1/store/sessions/confirm`, in place of the password.
    pub token: String,
    /// Shown here and at the counter: the person there allows the device that shows the same.
    pub number: String,
    pub expires_at: TimeMs,
    /// A counter is connected and was asked.
    pub by_counter: bool,
    /// A code of an authenticator app, or a recovery code, lets it in.
    pub by_second_factor: bool,
}

/// `POST /v1/store/sessions/confirm`: asks whether the device is let in, or brings a code. Answered with `SignedIn`, with 403
/// `device_unconfirmed` while nobody has decided, 403 `device_denied`, or like a sign-in.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ConfirmRequest {
    pub token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub second_factor: Option<String>,
    #[serde(default)]
    pub take_over: bool,
}

/// A device that waits to be let in, as the counter shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DeviceRequest {
    pub confirmation_id: ConfirmationId,
    pub device_id: DeviceId,
    pub device_name: String,
    pub number: String,
    pub kind: SessionKind,
    /// Whose password was typed there.
    pub staff_id: StaffId,
    pub asked_at: TimeMs,
    pub expires_at: TimeMs,
    /// It was here before, in another place.
    pub is_known: bool,
}

/// `POST /v1/store/devices/requests/{confirmation_id}`. Answered with 204.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DeviceDecision {
    pub allow: bool,
    /// The number that the person saw; another one changes nothing.
    pub number: String,
}

/// What let a device in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ConfirmedBy {
    /// The password alone was enough then.
    Password,
    Counter,
    SecondFactor,
    RecoveryCode,
}

impl ConfirmedBy {
    const ALL: [Self; 4] = [Self::Password, Self::Counter, Self::SecondFactor, Self::RecoveryCode];

    /// The name that it has in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Counter => "counter",
            Self::SecondFactor => "second_factor",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == name)
    }
}

/// A device of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DeviceCard {
    pub device_id: DeviceId,
    pub name: String,
    pub enrolled_at: TimeMs,
    pub last_seen: Option<TimeMs>,
    /// It proves who it is with a key of its own.
    pub has_key: bool,
    pub confirmed_by: ConfirmedBy,
    pub revoked_at: Option<TimeMs>,
    /// Its open session.
    pub session: Option<DeviceSession>,
}

/// An open session as the device list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DeviceSession {
    pub session_id: SessionId,
    pub kind: SessionKind,
    pub staff_id: StaffId,
    pub since: TimeMs,
    /// It was heard from within the last minute and a half.
    pub connected: bool,
}

/// `GET /v1/store/desk`: people, devices and requests of the store, for whoever is signed in. `beat.desk` says when it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Desk {
    /// Who asks.
    pub me: StaffCard,
    pub device_id: DeviceId,
    pub staff: Vec<StaffCard>,
    pub devices: Vec<DeviceCard>,
    /// Empty for viewers.
    pub requests: Vec<DeviceRequest>,
    pub settings: DeskSettings,
    /// Where the owner is called when nobody answers an order, masked; for owners only, and absent where nobody gave a number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub alert_phone: Option<String>,
    /// Other stores of this login.
    pub stores: Vec<StoreChoice>,
}

/// How the store lets devices in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DeskSettings {
    /// A new device needs the counter's word or a second factor even when nobody has set one up.
    pub confirm_new_devices: bool,
}

/// `POST /v1/store/settings`, by an owner. Answered with 204; 409 `second_factor_missing` while no owner has one, because then nobody
/// could replace a broken counter.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SettingsChange {
    pub own_password: String,
    pub confirm_new_devices: bool,
}

/// `POST /v1/store/alert-phone`, by an owner: a mobile number that is called when nobody answers an order. Answered with 204; 400
/// `phone_malformed` for anything else.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AlertPhoneChange {
    pub own_password: String,
    /// As people write it; `null` erases it, and the store's own number is called.
    pub phone: Option<String>,
}

macro_rules! says_nothing {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

says_nothing!(AlertPhoneChange, Confirmation, ConfirmRequest, SettingsChange);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_in_the_database_and_on_the_wire() {
        for by in ConfirmedBy::ALL {
            assert_eq!(serde_json::to_value(by).unwrap(), by.as_str());
            assert_eq!(ConfirmedBy::from_name(by.as_str()), Some(by));
        }
        for kind in [SessionKind::Counter, SessionKind::Viewer] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
