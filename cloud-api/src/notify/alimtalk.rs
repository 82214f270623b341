//! NHN Cloud's AlimTalk API v2.3: the one file that knows its JSON. Source: NHN Cloud KakaoTalk Bizmessage guide.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::phone::PhoneNumber;
use uuid::Uuid;

use crate::config::AlimTalkConfig;
use crate::db::deliveries::Delivery;
use crate::orders::Template;

/// How long the provider may take.
const TIMEOUT: Duration = Duration::from_secs(8);
/// The same idempotency key came within ten minutes: the first one was accepted.
const ALREADY_ACCEPTED: i64 = -1005;
/// Kakao sent it and heard nothing of the phone.
const SENT_UNCONFIRMED: &str = "3005";
/// Codes that a later try may get past: system errors at NHN or Kakao.
const WORTH_ANOTHER_TRY: [i64; 5] = [-9999, 3006, 3012, 9998, 9999];

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The provider took it; delivery is reported later.
    Accepted { request_id: Option<String> },
    /// It will never be sent; the text says why.
    Refused(String),
    /// Nobody knows, or it may work later. The same key again cannot send it twice.
    TryAgain(String),
}

/// What is known of a message that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Ended(Delivery),
    /// It is under way, or nobody answered.
    NotYet,
}

/// One message: where it goes and what it says.
#[derive(Debug)]
pub struct Letter {
    pub template: Template,
    pub phone: PhoneNumber,
    pub variables: Map<String, Value>,
    /// Groups the messages about one thing.
    pub about: Uuid,
    /// Sent as a short message where Kakao cannot deliver, if the operator has a number to send from.
    pub fallback: Option<String>,
}

/// The client.
pub struct AlimTalk {
    http: reqwest::Client,
    config: AlimTalkConfig,
}

#[derive(Deserialize)]
struct Answer {
    header: Header,
    message: Option<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    result_code: i64,
    #[serde(default)]
    result_message: String,
    is_successful: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    request_id: Option<String>,
    #[serde(default)]
    send_results: Vec<Recipient>,
}

/// The answer to an inquiry.
#[derive(Deserialize)]
struct Inquiry {
    message: Option<Line>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    message_status: Option<String>,
    #[serde(default)]
    result_code: String,
    resend_status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    result_code: i64,
    #[serde(default)]
    result_message: String,
}

impl AlimTalk {
    /// A client; connects with the first message.
    pub fn new(config: AlimTalkConfig) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, config })
    }

    /// Sends one message. `key` is the message's own id, so that a repeated call sends nothing twice.
    pub async fn send(&self, key: Uuid, letter: &Letter) -> Sent {
        let url = format!("{}/alimtalk/v2.3/appkeys/{}/messages", self.config.url, self.config.app_key);
        let mut recipient = json!({"recipientNo": letter.phone.digits(), "templateParameter": letter.variables,
                                   "recipientGroupingKey": letter.about.to_string()});
        if let (Some(text), Some(from)) = (&letter.fallback, &self.config.sms_sender) {
            recipient["resendParameter"] =
                json!({"isResend": true, "resendType": "SMS", "resendContent": text, "resendSendNo": from});
        }
        let body = json!({
            "senderKey": self.config.sender_key,
            "templateCode": letter.template.code(),
            "recipientList": [recipient],
        });
        let request = self
            .http
            .post(url)
            .header("X-Secret-Key", self.config.secret_key.expose())
            .header("X-NC-API-IDEMPOTENCY-KEY", key.to_string())
            .json(&body);
        match request.send().await {
            Ok(response) => match response.json::<Answer>().await {
                Ok(answer) => judge(answer),
                Err(error) => Sent::TryAgain(format!("unreadable answer: {}", error.without_url())),
            },
            Err(error) => Sent::TryAgain(format!("no answer: {}", error.without_url())),
        }
    }

    /// What became of a message; `request_id` is what the provider called it.
    pub async fn ask(&self, request_id: &str) -> Asked {
        let url = format!(
            "{}/alimtalk/v2.3/appkeys/{}/messages/{request_id}/1",
            self.config.url, self.config.app_key
        );
        let request = self.http.get(url).header("X-Secret-Key", self.config.secret_key.expose());
        let inquiry = match request.send().await {
            Ok(response) => response.json::<Inquiry>().await,
            Err(error) => Err(error),
        };
        match inquiry {
            Ok(Inquiry { message: Some(line) }) => judge_line(&line),
            Ok(Inquiry { message: None }) => Asked::NotYet,
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "what became of a message was not said");
                Asked::NotYet
            }
        }
    }
}

/// A message has one recipient, so its line says everything. A short message may still be under way when Kakao has failed.
fn judge_line(line: &Line) -> Asked {
    let code = || line.result_code.clone();
    match (line.message_status.as_deref(), line.resend_status.as_deref()) {
        (Some("COMPLETED"), _) => Asked::Ended(Delivery::Kakao),
        (Some("FAILED"), Some("RSC02" | "RSC03")) => Asked::NotYet,
        (Some("FAILED"), Some("RSC04")) => Asked::Ended(Delivery::Sms(code())),
        (Some("FAILED"), _) if line.result_code == SENT_UNCONFIRMED => {
            Asked::Ended(Delivery::Unknown(code()))
        }
        (Some("FAILED" | "CANCEL"), _) => Asked::Ended(Delivery::Undelivered(code())),
        (Some(_) | None, _) => Asked::NotYet,
    }
}

/// HTTP 200 is not success: the header and each recipient have a code of their own.
fn judge(answer: Answer) -> Sent {
    let recipient = answer.message.as_ref().and_then(|message| message.send_results.first());
    let request_id = answer.message.as_ref().and_then(|message| message.request_id.clone());
    let (code, text) = match recipient {
        Some(recipient) if answer.header.is_successful => (recipient.result_code, &recipient.result_message),
        Some(_) | None => (answer.header.result_code, &answer.header.result_message),
    };
    match code {
        0 if answer.header.is_successful => Sent::Accepted { request_id },
        ALREADY_ACCEPTED => Sent::Accepted { request_id },
        code if WORTH_ANOTHER_TRY.contains(&code) => Sent::TryAgain(format!("{code} {text}")),
        code => Sent::Refused(format!("{code} {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(json: Value) -> Sent {
        judge(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn only_a_recipient_without_error_counts_as_accepted() {
        let ok = json!({"header": {"resultCode": 0, "resultMessage": "success", "isSuccessful": true},
            "message": {"requestId": "r1", "sendResults": [{"recipientSeq": 1, "resultCode": 0, "resultMessage": "ok"}]}});
        assert_eq!(judged(ok), Sent::Accepted { request_id: Some("r1".into()) });
        let recipient_failed = json!({"header": {"resultCode": 0, "resultMessage": "success", "isSuccessful": true},
            "message": {"requestId": "r1", "sendResults": [{"resultCode": -3004, "resultMessage": "parameter"}]}});
        assert_eq!(judged(recipient_failed), Sent::Refused("-3004 parameter".into()));
    }

    #[test]
    fn a_short_message_counts_when_it_went_out() {
        let line = |status: &str, code: &str, resend: Option<&str>| {
            let line = json!({"messageStatus": status, "resultCode": code, "resendStatus": resend});
            judge_line(&serde_json::from_value(line).unwrap())
        };
        assert_eq!(line("COMPLETED", "1000", Some("RSC01")), Asked::Ended(Delivery::Kakao));
        assert_eq!(line("FAILED", "3020", Some("RSC03")), Asked::NotYet);
        assert_eq!(line("FAILED", "3020", Some("RSC04")), Asked::Ended(Delivery::Sms("3020".into())));
        assert_eq!(line("FAILED", "3019", Some("RSC05")), Asked::Ended(Delivery::Undelivered("3019".into())));
        assert_eq!(line("FAILED", "3018", None), Asked::Ended(Delivery::Undelivered("3018".into())));
        assert_eq!(line("FAILED", "3005", None), Asked::Ended(Delivery::Unknown("3005".into())));
        assert_eq!(line("READY", "", None), Asked::NotYet);
    }

    #[test]
    fn a_used_key_means_that_it_went_out_before() {
        let used = json!({"header": {"resultCode": -1005, "resultMessage": "reused", "isSuccessful": false}});
        assert_eq!(judged(used), Sent::Accepted { request_id: None });
        let down = json!({"header": {"resultCode": -9999, "resultMessage": "system", "isSuccessful": false}});
        assert_eq!(judged(down), Sent::TryAgain("-9999 system".into()));
    }
}
