//! What every call passes: faults, authorization, content type, cid.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::refusal::{Refusal, json_answer};
use super::request::Body;
use super::{approve, cancel, order, ready};
use crate::connection::Cut;
use crate::faults::{Fault, Kind, Plan, Target};
use crate::lock;
use crate::world::World;

const DEFAULT_TAMPERING: i64 = 100;

/// `POST /online/v1/payment/{operation}`.
pub async fn endpoint(
    State(world): State<Arc<World>>,
    Path(operation): Path<String>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = match operation.as_str() {
        "ready" => Target::PayReady,
        "approve" => Target::PayApprove,
        "order" => Target::PayOrder,
        "cancel" => Target::PayCancel,
        _ => return unknown_path().await,
    };
    let plan = world.faults.take(target);
    match plan.fault.as_ref().filter(|fault| !fault.captured).and_then(instead_of_work) {
        Some(Instead::Drop) => {
            plan.wait().await;
            return cut.without_answer();
        }
        Some(Instead::Answer(response)) => {
            plan.wait().await;
            return response;
        }
        None => {}
    }
    // The provider finishes what it started even when the merchant hangs up.
    let work = tokio::spawn(async move {
        let result = work(&world, target, &headers, &body, &plan).await;
        (result, plan)
    });
    let Ok((result, plan)) = work.await else {
        return Refusal::with_status(500, -500, "internal error").into_response();
    };
    finish(result, plan.fault.as_ref(), &cut)
}

/// `404`, `-404`.
pub async fn unknown_path() -> Response {
    Refusal::with_status(404, -404, "not found").into_response()
}

async fn work(
    world: &Arc<World>,
    target: Target,
    headers: &HeaderMap,
    body: &[u8],
    plan: &Plan,
) -> Result<Value, Refusal> {
    authorise(world, headers)?;
    let body = parse(headers, body)?;
    let cid = body.text("cid", 10)?;
    if cid != world.config.pay_cid {
        return Err(Refusal::new(-731, "invalid cid"));
    }
    match target {
        Target::PayReady => {
            plan.wait().await;
            ready::run(world, &body)
        }
        Target::PayApprove => approve::run(world, &body, plan).await,
        Target::PayCancel => cancel::run(world, &body, plan).await,
        Target::PayOrder | Target::Alimtalk | Target::Skill => {
            plan.wait().await;
            order::run(world, &body)
        }
    }
}

fn authorise(world: &World, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(given) = headers.get("authorization").and_then(|value| value.to_str().ok()) else {
        return Err(Refusal::with_status(400, -400, "authorization header is required"));
    };
    let key = given.strip_prefix("SECRET_KEY ").or_else(|| given.strip_prefix("DEV_SECRET_KEY "));
    let accepted = match (key, world.config.pay_secret_key.as_deref()) {
        (Some(key), Some(wanted)) => key == wanted,
        (Some(key), None) => !key.trim().is_empty(),
        (None, _) => false,
    };
    if !accepted {
        return Err(Refusal::with_status(401, -401, "invalid secret key"));
    }
    if !lock(&world.live).online_payment_enabled {
        return Err(Refusal::with_status(403, -403, "api not registered"));
    }
    Ok(())
}

fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Body, Refusal> {
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.trim().to_ascii_lowercase().starts_with("application/json") {
        return Err(Refusal::invalid("Content-Type must be application/json"));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(Body(map)),
        Ok(_) => Err(Refusal::invalid("the body must be a JSON object")),
        Err(error) => Err(Refusal::invalid(format!("the body is not JSON: {error}"))),
    }
}

enum Instead {
    Drop,
    Answer(Response),
}

/// Faults that keep the operation from happening.
fn instead_of_work(fault: &Fault) -> Option<Instead> {
    match fault.kind {
        Kind::DropBefore => Some(Instead::Drop),
        Kind::Error | Kind::Internal | Kind::Status | Kind::Maintenance | Kind::Quota => {
            Some(Instead::Answer(error_answer(fault)))
        }
        Kind::Delay
        | Kind::DropAfterCommit
        | Kind::UserLocked
        | Kind::BankUnknown
        | Kind::Decline
        | Kind::DuplicateCallback
        | Kind::TamperAmount => None,
    }
}

fn error_answer(fault: &Fault) -> Response {
    match (fault.kind, fault.code) {
        (Kind::Maintenance, _) => Refusal::with_status(503, -503, "maintenance").into_response(),
        (Kind::Quota, _) => Refusal::with_status(429, -429, "quota exceeded").into_response(),
        (Kind::Status, _) => {
            let status = fault.status.unwrap_or(500);
            let generic = json!({"error_code": -500, "error_message": "internal error"});
            json_answer(status, fault.body.as_ref().unwrap_or(&generic))
        }
        (_, Some(code)) => {
            Refusal::with_status(fault.status.unwrap_or(400), code, "error on demand").into_response()
        }
        (_, None) => Refusal::with_status(500, -500, "internal error").into_response(),
    }
}

/// Faults that spoil the answer after the work was done.
fn finish(result: Result<Value, Refusal>, fault: Option<&Fault>, cut: &Cut) -> Response {
    let kind = fault.map(|fault| fault.kind);
    if matches!(kind, Some(Kind::DropAfterCommit | Kind::DropBefore)) {
        return cut.without_answer();
    }
    match (result, fault) {
        (Ok(_), Some(fault)) if fault.captured && instead_of_work(fault).is_some() => error_answer(fault),
        (Ok(mut body), Some(fault)) if fault.kind == Kind::TamperAmount => {
            tamper(&mut body, fault.amount);
            json_answer(200, &body)
        }
        (Ok(body), _) => json_answer(200, &body),
        (Err(refusal), _) => refusal.into_response(),
    }
}

fn tamper(body: &mut Value, amount: Option<i64>) {
    if let Some(total) = body.pointer_mut("/amount/total") {
        let honest = total.as_i64().unwrap_or_default();
        *total = json!(amount.unwrap_or(honest - DEFAULT_TAMPERING));
    }
}
