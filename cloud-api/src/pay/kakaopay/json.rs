//! KakaoPay's JSON. Answers are read tolerantly: unknown members are ignored, and everything that documents or captures disagree about
//! is optional. Amounts are whole won. Times are naive Korean wall clock (`yyyy-MM-ddTHH:mm:ss`).

use chrono::NaiveDateTime;
use serde::{Deserialize, Deserializer, Serialize};
use shared::{KST_OFFSET_MS, TimeMs};

/// Defines an enum of texts that keeps a text it does not know.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(from = "String")]
        pub enum $name { $($variant,)+ Other(String) }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text),
                }
            }
        }
    };
}

text_enum!(
    /// Where a payment stands, as the order inquiry says it.
    OrderStatus {
        Ready = "READY",
        SendTms = "SEND_TMS",
        OpenPayment = "OPEN_PAYMENT",
        SelectMethod = "SELECT_METHOD",
        ArsWaiting = "ARS_WAITING",
        AuthPassword = "AUTH_PASSWORD",
        IssuedSid = "ISSUED_SID",
        SuccessPayment = "SUCCESS_PAYMENT",
        PartCancelPayment = "PART_CANCEL_PAYMENT",
        CancelPayment = "CANCEL_PAYMENT",
        FailAuthPassword = "FAIL_AUTH_PASSWORD",
        QuitPayment = "QUIT_PAYMENT",
        FailPayment = "FAIL_PAYMENT",
    }
);

text_enum!(
    /// How the customer paid.
    Method { Card = "CARD", Money = "MONEY" }
);

text_enum!(
    /// A movement of money.
    ActionType { Payment = "PAYMENT", Cancel = "CANCEL", IssuedSid = "ISSUED_SID" }
);

impl Method {
    /// KakaoPay's own word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Card => "CARD",
            Self::Money => "MONEY",
            Self::Other(text) => text,
        }
    }
}

/// Won with its parts; VAT is inside `total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Amount {
    pub total: i64,
    #[serde(default)]
    pub tax_free: i64,
    #[serde(default)]
    pub vat: i64,
}

/// `ready`: asks for a payment.
#[derive(Serialize)]
pub struct ReadyRequest<'a> {
    pub cid: &'a str,
    pub partner_order_id: &'a str,
    pub partner_user_id: &'a str,
    pub item_name: &'a str,
    pub quantity: u32,
    pub total_amount: i64,
    pub tax_free_amount: i64,
    pub vat_amount: i64,
    pub approval_url: &'a str,
    pub cancel_url: &'a str,
    pub fail_url: &'a str,
}

/// Where to send the payer. The addresses are secrets of the payer: never logged.
#[derive(Clone, Deserialize)]
pub struct ReadyBody {
    /// 20 characters, opaque.
    pub tid: String,
    pub next_redirect_app_url: String,
    pub next_redirect_mobile_url: String,
    pub next_redirect_pc_url: String,
}

impl std::fmt::Debug for ReadyBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadyBody").field("tid", &self.tid).finish_non_exhaustive()
    }
}

/// `approve`: takes the money.
#[derive(Serialize)]
pub struct ApproveRequest<'a> {
    pub cid: &'a str,
    pub tid: &'a str,
    pub partner_order_id: &'a str,
    pub partner_user_id: &'a str,
    pub pg_token: &'a str,
    pub payload: &'a str,
    /// Makes KakaoPay refuse a mismatch too.
    pub total_amount: i64,
}

/// The money was taken. There is no status member.
#[derive(Debug, Clone, Deserialize)]
pub struct ApproveBody {
    /// The approval's number; the receipt's for payments without a card.
    pub aid: String,
    pub tid: String,
    pub cid: String,
    pub partner_order_id: String,
    pub partner_user_id: String,
    pub amount: Amount,
    pub payment_method_type: Option<Method>,
    pub card_info: Option<CardInfo>,
    pub approved_at: Option<String>,
}

/// The card, as far as a receipt needs it.
#[derive(Debug, Clone, Deserialize)]
pub struct CardInfo {
    /// The card approval's number (승인번호); only this answer ever tells it.
    pub approved_id: Option<String>,
}

/// `order`: what really happened.
#[derive(Serialize)]
pub struct OrderRequest<'a> {
    pub cid: &'a str,
    pub tid: &'a str,
}

/// What KakaoPay knows of a payment.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderBody {
    pub tid: String,
    pub cid: String,
    pub status: OrderStatus,
    pub partner_order_id: Option<String>,
    pub partner_user_id: Option<String>,
    pub payment_method_type: Option<Method>,
    pub amount: Option<Amount>,
    pub canceled_amount: Option<Amount>,
    pub cancel_available_amount: Option<Amount>,
    pub approved_at: Option<String>,
    #[serde(default)]
    pub payment_action_details: Vec<ActionDetail>,
}

/// One movement of money of a payment.
#[derive(Debug, Clone, Deserialize)]
pub struct ActionDetail {
    pub aid: String,
    pub payment_action_type: ActionType,
    pub amount: Option<i64>,
    /// What the merchant sent with it: an attempt's or a refund's id.
    pub payload: Option<String>,
}

/// `cancel`: gives money back.
#[derive(Serialize)]
pub struct CancelRequest<'a> {
    pub cid: &'a str,
    pub tid: &'a str,
    pub cancel_amount: i64,
    pub cancel_tax_free_amount: i64,
    pub cancel_vat_amount: i64,
    /// What must still be refundable, this refund included; another sum is refused.
    pub cancel_available_amount: i64,
    pub payload: &'a str,
}

/// The money went back.
#[derive(Debug, Clone, Deserialize)]
pub struct CancelBody {
    pub aid: String,
    pub tid: String,
    pub status: OrderStatus,
    pub approved_cancel_amount: Option<Amount>,
    pub canceled_amount: Option<Amount>,
}

/// A refusal.
#[derive(Debug, Deserialize)]
pub struct ErrorBody {
    #[serde(deserialize_with = "int_or_text")]
    pub error_code: i64,
    pub extras: Option<ErrorExtras>,
}

/// What the bank or card company said.
#[derive(Debug, Deserialize)]
pub struct ErrorExtras {
    pub method_result_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum IntOrText {
    Int(i64),
    Text(String),
}

fn int_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match IntOrText::deserialize(deserializer)? {
        IntOrText::Int(code) => Ok(code),
        IntOrText::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}

/// A naive Korean time as a point in time.
pub fn kst_time(text: &str) -> Option<TimeMs> {
    let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok()?;
    Some(TimeMs(naive.and_utc().timestamp_millis() - KST_OFFSET_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_naive_korean_times() {
        assert_eq!(kst_time("1970-01-01T09:00:01"), Some(TimeMs(1_000)));
        assert_eq!(kst_time("yesterday"), None);
    }

    #[test]
    fn reads_codes_as_numbers_and_as_texts_and_keeps_unknown_words() {
        for body in [r#"{"error_code": -780, "new": 1}"#, r#"{"error_code": "-780"}"#] {
            assert_eq!(serde_json::from_str::<ErrorBody>(body).unwrap().error_code, -780);
        }
        let status: OrderStatus = serde_json::from_str("\"HALF_PAID\"").unwrap();
        assert_eq!(status, OrderStatus::Other("HALF_PAID".into()));
    }

    #[test]
    fn addresses_of_the_payer_are_not_shown() {
        let body = r#"{"tid": "T1", "next_redirect_app_url": "https://secret", "next_redirect_mobile_url": "https://secret",
                       "next_redirect_pc_url": "https://secret"}"#;
        let body: ReadyBody = serde_json::from_str(body).unwrap();
        assert!(!format!("{body:?}").contains("secret"));
    }
}
