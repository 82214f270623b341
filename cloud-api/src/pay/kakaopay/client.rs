//! The four calls. No redirects, no retries, bounded answers; secrets, payers' addresses and one-time tokens never reach a log.

use std::time::{Duration, Instant};

use anyhow::Context;
use reqwest::{Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::code::{Class, class};
use super::json::{
    ApproveBody, ApproveRequest, CancelBody, CancelRequest, ErrorBody, OrderBody, OrderRequest, ReadyBody,
    ReadyRequest,
};
use crate::config::KakaoPayConfig;
use crate::failpoint;
use crate::secret::Secret;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// KakaoPay gives up after 11 s itself; giving up earlier would make unknown outcomes of known ones.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// A connection that nobody used for this long is not used again: a firewall on the way may have forgotten it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a connection that carries a call is asked for a sign of life, and how long that may take. With HTTP/2 many calls share one: a
/// silent one would otherwise take in every call after it.
const KEEPALIVE: Duration = Duration::from_secs(5);
/// Longest a call that moves money can take in all. Leases are longer.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// An inquiry changes nothing and is asked again, so it may give up early.
const INQUIRY_TIMEOUT: Duration = Duration::from_secs(5);
/// Answers are about one kilobyte.
const MAX_BODY: usize = 64 * 1024;
/// Longest name of what is bought, in characters.
const MAX_ITEM_NAME: usize = 100;

/// How a call ended.
#[derive(Debug, Clone)]
pub enum Answer<T> {
    /// It happened.
    Done(T),
    /// KakaoPay said no.
    Refused(Refusal),
    /// Nobody knows whether it happened.
    Unknown(Cause),
}

/// KakaoPay's no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `error_code`.
    pub code: i64,
    /// What the bank or card company said, such as `USER_LOCKED`.
    pub detail: Option<String>,
    pub class: Class,
    /// It came with a 5xx status: KakaoPay is not well.
    pub server_error: bool,
}

impl Refusal {
    /// As it is kept with the attempt or refund: `-780/USER_LOCKED`.
    pub fn text(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}/{detail}", self.code),
            None => self.code.to_string(),
        }
    }
}

/// Why an outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No connection was made, so not a byte was sent.
    NotSent,
    /// The connection broke or the answer took too long.
    NoAnswer,
    /// 5xx without a code that says more.
    ServerError,
    /// The answer is not what an answer looks like.
    Unreadable,
}

impl Cause {
    /// The name that is kept with the attempt or refund.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::NoAnswer => "no_answer",
            Self::ServerError => "server_error",
            Self::Unreadable => "unreadable",
        }
    }
}

impl<T> Answer<T> {
    /// Whether KakaoPay works: a refusal for a reason of the payment is an answer like any other.
    pub fn is_healthy(&self) -> bool {
        match self {
            Self::Done(_) => true,
            Self::Refused(refusal) => refusal.class != Class::Quota && !refusal.server_error,
            Self::Unknown(_) => false,
        }
    }
}

/// What `ready` is asked.
pub struct ReadyCall<'a> {
    pub order_id: &'a str,
    pub user_id: &'a str,
    /// Cut to 100 characters.
    pub item_name: &'a str,
    pub quantity: u32,
    pub total: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub approval_url: &'a str,
    pub cancel_url: &'a str,
    pub fail_url: &'a str,
}

/// What `approve` is asked.
pub struct ApproveCall<'a> {
    pub tid: &'a str,
    pub order_id: &'a str,
    pub user_id: &'a str,
    pub pg_token: &'a str,
    /// The attempt's id; the inquiry repeats it.
    pub payload: &'a str,
    pub total: i64,
}

/// What `cancel` is asked.
pub struct CancelCall<'a> {
    pub tid: &'a str,
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
    /// What must still be refundable, this refund included: KakaoPay's compare-and-swap.
    pub expected_remaining: i64,
    /// The refund's id; the inquiry repeats it.
    pub payload: &'a str,
}

/// A client of one merchant id.
pub struct Client {
    http: reqwest::Client,
    base: String,
    cid: String,
    authorization: Secret,
}

impl Client {
    /// Connects with the first call.
    pub fn new(config: &KakaoPayConfig) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_keepalive(KEEPALIVE)
            .tcp_keepalive_interval(KEEPALIVE)
            .http2_keep_alive_interval(KEEPALIVE)
            .http2_keep_alive_timeout(KEEPALIVE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .context("the HTTP client for KakaoPay cannot be built")?;
        Ok(Self {
            http,
            base: format!("{}/online/v1/payment", config.url),
            cid: config.cid.clone(),
            authorization: Secret::new(format!("SECRET_KEY {}", config.secret_key.expose())),
        })
    }

    /// The merchant id.
    pub fn cid(&self) -> &str {
        &self.cid
    }

    /// Asks for a payment. Nothing is charged.
    pub async fn ready(&self, call: &ReadyCall<'_>) -> Answer<ReadyBody> {
        let item_name: String = call.item_name.chars().take(MAX_ITEM_NAME).collect();
        let request = ReadyRequest {
            cid: &self.cid,
            partner_order_id: call.order_id,
            partner_user_id: call.user_id,
            item_name: &item_name,
            quantity: call.quantity,
            total_amount: call.total,
            tax_free_amount: call.tax_free,
            vat_amount: call.vat,
            approval_url: call.approval_url,
            cancel_url: call.cancel_url,
            fail_url: call.fail_url,
        };
        self.post("ready", &request, CALL_TIMEOUT).await
    }

    /// Takes the money. Not idempotent: a second call on a paid tid is refused with -702.
    pub async fn approve(&self, call: &ApproveCall<'_>) -> Answer<ApproveBody> {
        let request = ApproveRequest {
            cid: &self.cid,
            tid: call.tid,
            partner_order_id: call.order_id,
            partner_user_id: call.user_id,
            pg_token: call.pg_token,
            payload: call.payload,
            total_amount: call.total,
        };
        self.post("approve", &request, CALL_TIMEOUT).await
    }

    /// Asks what happened to a payment.
    pub async fn order(&self, tid: &str) -> Answer<OrderBody> {
        self.post("order", &OrderRequest { cid: &self.cid, tid }, INQUIRY_TIMEOUT).await
    }

    /// Gives money back.
    pub async fn cancel(&self, call: &CancelCall<'_>) -> Answer<CancelBody> {
        let request = CancelRequest {
            cid: &self.cid,
            tid: call.tid,
            cancel_amount: call.amount,
            cancel_tax_free_amount: call.tax_free,
            cancel_vat_amount: call.vat,
            cancel_available_amount: call.expected_remaining,
            payload: call.payload,
        };
        self.post("cancel", &request, CALL_TIMEOUT).await
    }

    async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        operation: &'static str,
        body: &B,
        timeout: Duration,
    ) -> Answer<T> {
        let started = Instant::now();
        let request = self
            .http
            .post(format!("{}/{operation}", self.base))
            .header(reqwest::header::AUTHORIZATION, self.authorization.expose())
            .timeout(timeout)
            .json(body);
        let answer = match request.send().await {
            Ok(response) => match in_flight(operation).await {
                Ok(()) => read(response).await,
                Err(_) => Answer::Unknown(Cause::NoAnswer),
            },
            Err(error) if error.is_connect() => Answer::Unknown(Cause::NotSent),
            Err(_) => Answer::Unknown(Cause::NoAnswer),
        };
        let outcome = label(&answer);
        metrics::histogram!("kakaopay_call_seconds", "operation" => operation, "outcome" => outcome.clone())
            .record(started.elapsed().as_secs_f64());
        tracing::info!(operation, outcome, ms = started.elapsed().as_millis(), "kakaopay call");
        answer
    }
}

/// The request has left and its answer is on the way.
async fn in_flight(operation: &str) -> Result<(), failpoint::Injected> {
    match operation {
        "ready" => failpoint::reach("pay.ready_inflight").await,
        "approve" => failpoint::reach("pay.approve_inflight").await,
        "cancel" => failpoint::reach("pay.refund_inflight").await,
        _ => Ok(()),
    }
}

fn label<T>(answer: &Answer<T>) -> String {
    match answer {
        Answer::Done(_) => "done".to_owned(),
        Answer::Refused(refusal) => refusal.code.to_string(),
        Answer::Unknown(cause) => cause.as_str().to_owned(),
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Answer<T> {
    let status = response.status();
    let Some(bytes) = bounded(response).await else { return Answer::Unknown(Cause::NoAnswer) };
    parse(status, &bytes)
}

/// Classifies an answer. The code decides; the HTTP status only when there is none.
pub(super) fn parse<T: DeserializeOwned>(status: StatusCode, bytes: &[u8]) -> Answer<T> {
    if status.is_success() {
        return match serde_json::from_slice(bytes) {
            Ok(body) => Answer::Done(body),
            Err(_) => Answer::Unknown(Cause::Unreadable),
        };
    }
    match serde_json::from_slice::<ErrorBody>(bytes) {
        Ok(error) => {
            let detail = error.extras.and_then(|extras| extras.method_result_code);
            let (code, server_error) = (error.error_code, status.is_server_error());
            Answer::Refused(Refusal { code, detail, class: class(code), server_error })
        }
        Err(_) if status.is_server_error() => Answer::Unknown(Cause::ServerError),
        Err(_) => Answer::Unknown(Cause::Unreadable),
    }
}

async fn bounded(mut response: Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "vectors.rs"]
mod vectors;
