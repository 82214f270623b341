//! `POST /alimtalk/v2.3/appkeys/{appkey}/messages`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{header, http, refused};
use super::log::Sent;
use super::resend::{Resend, ResendParameter};
use super::template::{Button, Template, fill};
use crate::chat::{Event, Role};
use crate::clock::naive_kst;
use crate::connection::Cut;
use crate::faults::{Fault, Kind, Target};
use crate::lock;
use crate::rules::utf16_len;
use crate::world::World;

const MAX_RECIPIENTS: usize = 1_000;
const MAX_RECIPIENT_NO: usize = 15;
const MAX_TEMPLATE_CODE: usize = 20;
/// Of the text with its values.
const MAX_CONTENT: usize = 1_000;
const IDEMPOTENCY_HEADER: &str = "x-nc-api-idempotency-key";
/// Kakao's "delivered", and NHN's "not a KakaoTalk user" for a failure on demand.
const DELIVERED: i64 = 1000;
const NOT_A_USER: i64 = 3019;
/// The customer blocked the channel.
const BLOCKED: i64 = 3020;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    sender_key: String,
    #[serde(default)]
    template_code: String,
    #[serde(default)]
    recipient_list: Vec<Recipient>,
    sender_grouping_key: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    #[serde(default)]
    recipient_no: String,
    #[serde(default)]
    template_parameter: Option<Map<String, Value>>,
    #[serde(default)]
    buttons: Vec<Button>,
    resend_parameter: Option<ResendParameter>,
    recipient_grouping_key: Option<String>,
}

type Refusal = (i64, String);

pub async fn send(
    State(world): State<Arc<World>>,
    Path(app_key): Path<String>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let plan = world.faults.take(Target::Alimtalk);
    plan.wait().await;
    let fault = plan.fault.as_ref();
    match plan.kind() {
        Some(Kind::DropBefore) => return cut.without_answer(),
        Some(Kind::Status) => {
            let fallback = json!({"header": header(-9999, "system error")});
            let body = fault.and_then(|fault| fault.body.clone()).unwrap_or(fallback);
            return http(fault.and_then(|fault| fault.status).unwrap_or(500), &body);
        }
        Some(Kind::Maintenance) => return http(503, &json!({"header": header(-9999, "maintenance")})),
        Some(Kind::Quota) => return http(429, &json!({"header": header(-9999, "too many requests")})),
        Some(Kind::Error | Kind::Internal) => {
            return refused(fault.and_then(|fault| fault.code).unwrap_or(-9999), "error on demand");
        }
        Some(
            Kind::Delay
            | Kind::DropAfterCommit
            | Kind::UserLocked
            | Kind::BankUnknown
            | Kind::Decline
            | Kind::DuplicateCallback
            | Kind::TamperAmount,
        )
        | None => {}
    }
    let answer = match accept(&world, &app_key, &headers, &body, fault) {
        Ok(answer) => answer,
        Err((code, message)) => refused(code, &message),
    };
    if plan.kind() == Some(Kind::DropAfterCommit) { cut.without_answer() } else { answer }
}

fn accept(
    world: &World,
    app_key: &str,
    headers: &HeaderMap,
    body: &[u8],
    fault: Option<&Fault>,
) -> Result<Response, Refusal> {
    authorise(world, app_key, headers)?;
    let kind = text_header(headers, "content-type").unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        return Err(refusal(-9996, "Content-Type must be application/json"));
    }
    let request: Request =
        serde_json::from_slice(body).map_err(|error| (4, format!("the body is not understood: {error}")))?;
    check(&request)?;
    let key = text_header(headers, IDEMPOTENCY_HEADER);
    let now = world.clock.now();
    let mut alimtalk = lock(&world.alimtalk);
    if key.as_deref().is_some_and(|key| alimtalk.key_was_used(key, now)) {
        return Err(refusal(-1005, "this idempotency key was used within the last 10 minutes"));
    }
    let template = alimtalk
        .template(&request.template_code)
        .cloned()
        .ok_or_else(|| refusal(-3003, "there is no approved template with this code"))?;
    let request_id =
        format!("{}{}", now.format("%Y%m%d%H%M%S"), &uuid::Uuid::new_v4().simple().to_string()[..10]);
    let mut results = Vec::new();
    let mut accepted = Vec::new();
    for (index, recipient) in request.recipient_list.iter().enumerate() {
        let judged = compose(&template, recipient, world.config.sms_senders.as_deref());
        let (code, message) = judged.as_ref().err().cloned().unwrap_or((0, "success".to_owned()));
        results.push(json!({
            "recipientSeq": index + 1,
            "recipientNo": recipient.recipient_no,
            "resultCode": code,
            "resultMessage": message,
            "recipientGroupingKey": recipient.recipient_grouping_key,
        }));
        let Ok((text, buttons, resend)) = judged else { continue };
        accepted.push(Sent {
            request_id: request_id.clone(),
            recipient_seq: index + 1,
            to: recipient.recipient_no.clone(),
            template: template.template_code.clone(),
            variables: recipient.template_parameter.clone().unwrap_or_default(),
            text,
            buttons,
            idempotency_key: key.clone(),
            at: naive_kst(now),
            code: delivery_code(fault),
            sms: None,
            customer: None,
            resend,
            sent_at: now,
            sender_key: request.sender_key.clone(),
            grouping_key: recipient.recipient_grouping_key.clone(),
        });
    }
    let message = json!({"requestId": request_id, "senderGroupingKey": request.sender_grouping_key, "sendResults": results});
    if accepted.is_empty() {
        let head = header(-1031, "all recipients failed");
        return Ok(http(200, &json!({"header": head, "message": message})));
    }
    if let Some(key) = &key {
        alimtalk.use_key(key, now);
    }
    for mut sent in accepted {
        deliver(world, &template, &mut sent);
        alimtalk.push(sent);
    }
    Ok(http(200, &json!({"header": header(0, "success"), "message": message})))
}

fn delivery_code(fault: Option<&Fault>) -> i64 {
    let declined = fault.filter(|fault| fault.kind == Kind::Decline);
    declined.map_or(DELIVERED, |fault| fault.code.unwrap_or(NOT_A_USER))
}

fn refusal(code: i64, message: &str) -> Refusal {
    (code, message.to_owned())
}

fn text_header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

pub fn authorise(world: &World, app_key: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    if world.config.alimtalk_app_key.as_deref().is_some_and(|wanted| wanted != app_key) {
        return Err(refusal(-1000, "this appkey is not known"));
    }
    let secret = text_header(headers, "x-secret-key").unwrap_or_default();
    let accepted =
        world.config.alimtalk_secret_key.as_deref().map_or(!secret.is_empty(), |wanted| wanted == secret);
    if accepted { Ok(()) } else { Err(refusal(-1001, "X-Secret-Key is missing or wrong")) }
}

fn check(request: &Request) -> Result<(), Refusal> {
    if request.sender_key.is_empty() {
        return Err(refusal(-1006, "senderKey is required"));
    }
    if request.template_code.is_empty() || request.template_code.chars().count() > MAX_TEMPLATE_CODE {
        return Err(refusal(4, "templateCode must have 1 to 20 characters"));
    }
    if request.recipient_list.is_empty() || request.recipient_list.len() > MAX_RECIPIENTS {
        return Err(refusal(4, "recipientList must hold 1 to 1000 recipients"));
    }
    Ok(())
}

/// The words and buttons for one recipient, and the short message for the case that Kakao fails.
type Composed = (String, Vec<Button>, Option<Resend>);

/// Every variable must be given, none besides.
fn compose(
    template: &Template,
    recipient: &Recipient,
    sms_senders: Option<&[String]>,
) -> Result<Composed, Refusal> {
    let digits = recipient.recipient_no.chars().filter(char::is_ascii_digit).count();
    if digits < 10 || recipient.recipient_no.len() > MAX_RECIPIENT_NO {
        return Err(refusal(-5000, "recipientNo is not a phone number"));
    }
    let values = recipient.template_parameter.clone().unwrap_or_default();
    let wanted = template.variables();
    for name in &wanted {
        if !values.get(name).is_some_and(Value::is_string) {
            return Err((-3004, format!("templateParameter lacks the text \"{name}\"")));
        }
    }
    if let Some(name) = values.keys().find(|name| !wanted.contains(*name)) {
        return Err((-3049, format!("the template has no variable \"{name}\"")));
    }
    let text = fill(&template.template_content, &values);
    if utf16_len(&text) > MAX_CONTENT {
        return Err(refusal(-2019, "the text is longer than 1000 characters"));
    }
    let resend =
        recipient.resend_parameter.as_ref().map(|resend| resend.check(sms_senders)).transpose()?.flatten();
    let mut buttons = template.filled_buttons(&values);
    for (index, button) in buttons.iter_mut().enumerate() {
        let ordering = button.ordering.map_or(index + 1, usize::from);
        let given = recipient.buttons.iter().find(|given| given.ordering.map(usize::from) == Some(ordering));
        if let Some(given) = given {
            button.chat_event = given.chat_event.clone().or(button.chat_event.take());
            button.chat_extra = given.chat_extra.clone().or(button.chat_extra.take());
        }
    }
    Ok((text, buttons, resend))
}

/// Shows the message in the chat of the customer whose phone it is, or the short message that goes out instead.
fn deliver(world: &World, template: &Template, sent: &mut Sent) {
    let mut chat = lock(&world.chat);
    let mut room = chat.by_phone(&sent.to);
    if sent.code == DELIVERED && room.as_ref().is_some_and(|room| room.blocked) {
        sent.code = BLOCKED;
    }
    let (role, kind, content) = if sent.code == DELIVERED {
        (Role::Alimtalk, "alimtalk", card(world, template, sent))
    } else {
        sent.sms = sent.resend.as_ref().and_then(Resend::deliver);
        let Some(sms) = &sent.sms else { return };
        (Role::Sms, "sms", json!({"text": sms.text, "from": sms.from, "type": sms.kind, "to": sent.to}))
    };
    let Some(room) = room.as_mut() else { return };
    let message = room.push(role, kind, content, sent.sent_at).clone();
    sent.customer = (role == Role::Alimtalk).then(|| room.id.clone());
    let _ = world.events.send(Event::Message { customer: room.id.clone(), message });
}

fn card(world: &World, template: &Template, sent: &Sent) -> Value {
    let title = template.template_title.as_deref().map(|title| fill(title, &sent.variables));
    json!({
        "sender": world.config.bot_name,
        "template": sent.template,
        "name": template.template_name,
        "title": title,
        "text": sent.text,
        "buttons": sent.buttons,
        "to": sent.to,
    })
}
