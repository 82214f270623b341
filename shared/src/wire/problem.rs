//! Errors on the wire: RFC 9457 problem documents.

use serde::{Deserialize, Serialize};

use crate::Code;

/// `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Problem {
    /// `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// English, for engineers.
    pub title: String,
    pub status: u16,
    pub code: Code,
    /// For the person at the screen, in Korean; says what to do.
    pub detail: String,
    /// Finds the request's log line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Who holds the counter session, with `counter_session_held` and `session_taken_over`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<super::CounterHolder>,
    /// How the device can be let in, with `device_unconfirmed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub confirmation: Option<super::Confirmation>,
    /// The stores of the login, with `choose_store`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub stores: Option<Vec<super::StoreChoice>>,
    /// The server's time, with `clock_off`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub server_time: Option<crate::TimeMs>,
}
