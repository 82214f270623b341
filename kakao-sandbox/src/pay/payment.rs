//! One payment and the states it may be in.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::amount::Amount;

/// A tid and its addresses live this long after ready.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Ready,
    SendTms,
    OpenPayment,
    SelectMethod,
    ArsWaiting,
    AuthPassword,
    IssuedSid,
    SuccessPayment,
    PartCancelPayment,
    CancelPayment,
    FailAuthPassword,
    QuitPayment,
    FailPayment,
}

impl Status {
    /// Money was captured at some time.
    pub fn was_captured(self) -> bool {
        match self {
            Self::SuccessPayment | Self::PartCancelPayment | Self::CancelPayment => true,
            Self::Ready
            | Self::SendTms
            | Self::OpenPayment
            | Self::SelectMethod
            | Self::ArsWaiting
            | Self::AuthPassword
            | Self::IssuedSid
            | Self::FailAuthPassword
            | Self::QuitPayment
            | Self::FailPayment => false,
        }
    }

    /// The payer can still do something on the page.
    pub fn is_open(self) -> bool {
        match self {
            Self::Ready
            | Self::SendTms
            | Self::OpenPayment
            | Self::SelectMethod
            | Self::ArsWaiting
            | Self::AuthPassword => true,
            Self::IssuedSid
            | Self::SuccessPayment
            | Self::PartCancelPayment
            | Self::CancelPayment
            | Self::FailAuthPassword
            | Self::QuitPayment
            | Self::FailPayment => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Method {
    Card,
    Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActionKind {
    Payment,
    Cancel,
}

/// A movement of money.
#[derive(Debug, Clone)]
pub struct Action {
    pub aid: String,
    pub kind: ActionKind,
    pub amount: i64,
    pub at: DateTime<Utc>,
    pub payload: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Payment {
    pub tid: String,
    pub cid: String,
    /// 64 hex digits in the page's address.
    pub hash: String,
    pub partner_order_id: String,
    pub partner_user_id: String,
    pub item_name: String,
    pub item_code: Option<String>,
    pub quantity: i64,
    pub amount: Amount,
    pub canceled: Amount,
    pub approval_url: String,
    pub cancel_url: String,
    pub fail_url: String,
    /// The merchant allowed only this method.
    pub only_method: Option<Method>,
    pub method: Option<Method>,
    pub install_month: i64,
    pub pg_token: Option<String>,
    pub status: Status,
    pub created_at: DateTime<Utc>,
    pub approved_at: Option<DateTime<Utc>>,
    pub canceled_at: Option<DateTime<Utc>>,
    pub actions: Vec<Action>,
    /// An approve or cancel is under way.
    pub in_flight: bool,
}

impl Payment {
    pub fn expired(&self, now: DateTime<Utc>) -> bool {
        now - self.created_at > LIFETIME
    }

    /// Nothing can be cancelled before something was captured.
    pub fn cancellable(&self) -> Amount {
        if self.status.was_captured() { self.amount.minus(self.canceled) } else { Amount::default() }
    }

    pub fn captured(&self) -> i64 {
        if self.status.was_captured() { self.amount.total } else { 0 }
    }
}
