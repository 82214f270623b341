//! Inquiries about messages sent.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{refused, with};
use super::log::Sent;
use super::send::authorise;
use crate::clock::nhn_kst;
use crate::lock;
use crate::world::World;

const DELIVERED: i64 = 1000;
const MAX_LISTED: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    request_id: Option<String>,
}

/// `GET …/messages/{requestId}/{recipientSeq}`.
pub async fn one(
    State(world): State<Arc<World>>,
    Path((app_key, request_id, recipient_seq)): Path<(String, String, usize)>,
    headers: HeaderMap,
) -> Response {
    if let Err((code, message)) = authorise(&world, &app_key, &headers) {
        return refused(code, &message);
    }
    let alimtalk = lock(&world.alimtalk);
    let found = alimtalk
        .messages()
        .iter()
        .rev()
        .find(|sent| sent.request_id == request_id && sent.recipient_seq == recipient_seq);
    match found {
        Some(sent) => with("message", line(sent)),
        None => refused(4, "there is no such message"),
    }
}

/// `GET …/messages?requestId=`.
pub async fn list(
    State(world): State<Arc<World>>,
    Path(app_key): Path<String>,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Response {
    if let Err((code, message)) = authorise(&world, &app_key, &headers) {
        return refused(code, &message);
    }
    let Some(request_id) = filter.request_id else { return refused(4, "requestId is required") };
    let alimtalk = lock(&world.alimtalk);
    let matching = alimtalk.messages().iter().filter(|sent| sent.request_id == request_id);
    let messages: Vec<Value> = matching.take(MAX_LISTED).map(line).collect();
    with("messageSearchResultResponse", json!({"totalCount": messages.len(), "messages": messages}))
}

/// Nothing to resend, resent, or not possible.
fn resend_status(sent: &Sent) -> &'static str {
    match (&sent.resend, &sent.sms) {
        _ if sent.code == DELIVERED => "RSC01",
        (None, _) => "RSC01",
        (Some(_), Some(_)) => "RSC04",
        (Some(_), None) => "RSC05",
    }
}

fn line(sent: &Sent) -> Value {
    let delivered = sent.code == DELIVERED;
    let at = nhn_kst(sent.sent_at);
    json!({
        "requestId": sent.request_id,
        "recipientSeq": sent.recipient_seq,
        "senderKey": sent.sender_key,
        "templateCode": sent.template,
        "recipientNo": sent.to,
        "content": sent.text,
        "requestDate": at,
        "createDate": at,
        "receiveDate": at,
        "resendStatus": resend_status(sent),
        "messageStatus": if delivered { "COMPLETED" } else { "FAILED" },
        "resultCode": sent.code.to_string(),
        "resultCodeName": if delivered { "성공" } else { "실패" },
        "buttons": sent.buttons,
        "recipientGroupingKey": sent.grouping_key,
    })
}
