//! approve: the money moves. Not idempotent: a second call says -702, not the first answer.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::answer;
use super::payment::{Action, ActionKind, Payment, Status};
use super::payments::number;
use super::refusal::Refusal;
use super::request::Body;
use crate::faults::{Fault, Kind, Plan};
use crate::lock;
use crate::world::World;

struct Request {
    tid: String,
    order: String,
    user: String,
    pg_token: String,
    payload: Option<String>,
    total: Option<i64>,
}

pub async fn run(world: &World, body: &Body, plan: &Plan) -> Result<Value, Refusal> {
    let request = Request {
        tid: body.text("tid", 20)?,
        order: body.text("partner_order_id", 100)?,
        user: body.text("partner_user_id", 100)?,
        pg_token: body.text("pg_token", 2048)?,
        payload: body.payload()?,
        total: body.optional_won("total_amount")?,
    };
    begin(world, &request)?;
    plan.wait().await;
    let mut payments = lock(&world.payments);
    let payment = payments.by_tid(&request.tid).ok_or_else(unknown)?;
    payment.in_flight = false;
    settle(payment, request, world.clock.now(), plan.fault.as_ref())
}

fn unknown() -> Refusal {
    Refusal::new(-721, "tid not found")
}

/// Checks in the documented order and marks the payment as being approved.
fn begin(world: &World, request: &Request) -> Result<(), Refusal> {
    let now = world.clock.now();
    let mut payments = lock(&world.payments);
    let payment = payments.by_tid(&request.tid).ok_or_else(unknown)?;
    if payment.partner_order_id != request.order {
        return Err(Refusal::new(-706, "partner_order_id mismatch"));
    }
    if payment.partner_user_id != request.user {
        return Err(Refusal::new(-707, "partner_user_id mismatch"));
    }
    if matches!(payment.status, Status::SuccessPayment | Status::PartCancelPayment) {
        return Err(Refusal::new(-702, "already paid"));
    }
    if payment.in_flight {
        return Err(Refusal::new(-785, "approve or cancel is already in progress"));
    }
    if !payment.status.is_open() {
        return Err(Refusal::new(-783, "not approvable"));
    }
    if payment.expired(now) {
        return Err(Refusal::new(-723, "payment expired"));
    }
    if payment.status != Status::AuthPassword {
        return Err(Refusal::new(-701, "authentication not completed"));
    }
    if payment.pg_token.as_deref() != Some(request.pg_token.as_str()) {
        return Err(Refusal::new(-708, "invalid pg_token"));
    }
    if request.total.is_some_and(|total| total != payment.amount.total) {
        return Err(Refusal::new(-725, "invalid total amount"));
    }
    payment.in_flight = true;
    Ok(())
}

/// What the bank or card company says, then the capture.
fn settle(
    payment: &mut Payment,
    request: Request,
    now: DateTime<Utc>,
    fault: Option<&Fault>,
) -> Result<Value, Refusal> {
    match fault.map(|fault| fault.kind) {
        Some(Kind::UserLocked) => {
            return Err(Refusal::approval_failure(
                "USER_LOCKED",
                "진행중인 거래가 있습니다. 잠시 후 다시 시도해 주세요.",
            ));
        }
        Some(Kind::Decline) => {
            payment.status = Status::FailPayment;
            let code = fault.and_then(|fault| fault.code).unwrap_or(8324);
            return Err(Refusal::approval_failure(&code.to_string(), "한도초과"));
        }
        Some(Kind::BankUnknown) => {
            if fault.is_some_and(|fault| fault.captured) {
                capture(payment, request.payload, now);
            }
            return Err(Refusal::approval_failure("BANK_FIRM_UNKNOWN", "은행 응답을 확인할 수 없습니다."));
        }
        Some(
            Kind::Delay
            | Kind::Error
            | Kind::DropBefore
            | Kind::DropAfterCommit
            | Kind::Status
            | Kind::Internal
            | Kind::Maintenance
            | Kind::Quota
            | Kind::DuplicateCallback
            | Kind::TamperAmount,
        )
        | None => {}
    }
    let payload = request.payload.clone();
    capture(payment, request.payload, now);
    Ok(answer::approved(payment, payload.as_deref()))
}

fn capture(payment: &mut Payment, payload: Option<String>, now: DateTime<Utc>) {
    payment.status = Status::SuccessPayment;
    payment.approved_at = Some(now);
    payment.actions.push(Action {
        aid: number('A', now),
        kind: ActionKind::Payment,
        amount: payment.amount.total,
        at: now,
        payload,
    });
}
