//! cancel: full or partial refund, guarded by `cancel_available_amount`.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::amount::{Amount, default_vat};
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
    total: i64,
    tax_free: i64,
    vat: Option<i64>,
    /// What the merchant believes is left, this refund included.
    available: Option<i64>,
    payload: Option<String>,
}

pub async fn run(world: &World, body: &Body, plan: &Plan) -> Result<Value, Refusal> {
    let request = Request {
        tid: body.text("tid", 20)?,
        total: body.won("cancel_amount")?,
        tax_free: body.won("cancel_tax_free_amount")?,
        vat: body.optional_won("cancel_vat_amount")?,
        available: body.optional_won("cancel_available_amount")?,
        payload: body.payload()?,
    };
    if request.total <= 0 || request.tax_free < 0 || request.vat.is_some_and(|vat| vat < 0) {
        return Err(Refusal::invalid("cancel amounts must be positive"));
    }
    let amount = begin(world, &request)?;
    plan.wait().await;
    let mut payments = lock(&world.payments);
    let payment = payments.by_tid(&request.tid).ok_or_else(unknown)?;
    payment.in_flight = false;
    settle(payment, amount, request.payload, world.clock.now(), plan.fault.as_ref())
}

fn unknown() -> Refusal {
    Refusal::new(-721, "tid not found")
}

fn begin(world: &World, request: &Request) -> Result<Amount, Refusal> {
    let mut payments = lock(&world.payments);
    let payment = payments.by_tid(&request.tid).ok_or_else(unknown)?;
    if payment.in_flight {
        return Err(Refusal::new(-785, "approve or cancel is already in progress"));
    }
    if !matches!(payment.status, Status::SuccessPayment | Status::PartCancelPayment) {
        return Err(Refusal::new(-784, "not cancellable"));
    }
    let amount = refund(payment, request)?;
    payment.in_flight = true;
    Ok(amount)
}

/// The parts of this refund; afterwards amount = cancelled + available holds for every part.
fn refund(payment: &Payment, request: &Request) -> Result<Amount, Refusal> {
    let left = payment.cancellable();
    let wrong = || Refusal::new(-722, "invalid amount");
    if request.available.is_some_and(|available| available != left.total) {
        return Err(wrong());
    }
    if request.total > payment.amount.total {
        return Err(Refusal::new(-711, "cancel amount exceeds approved"));
    }
    if request.total > left.total {
        return Err(Refusal::new(-710, "cancel amount exceeds available"));
    }
    let closing = request.total == left.total;
    // With a cup deposit only everything at once can be cancelled.
    if payment.amount.green_deposit > 0 && !closing {
        return Err(wrong());
    }
    let taxable = request.total - request.tax_free;
    if taxable < 0 || request.tax_free > left.tax_free || taxable > left.total - left.tax_free {
        return Err(wrong());
    }
    // Without an explicit VAT the closing refund takes what is left, so that the parts sum up.
    let vat = match request.vat {
        Some(vat) => vat,
        None if closing => left.vat,
        None => default_vat(request.total, request.tax_free).min(left.vat),
    };
    if vat > left.vat || vat > taxable || (closing && vat != left.vat) {
        return Err(wrong());
    }
    let green_deposit = if closing { left.green_deposit } else { 0 };
    Ok(Amount { total: request.total, tax_free: request.tax_free, vat, green_deposit, ..Amount::default() })
}

fn settle(
    payment: &mut Payment,
    amount: Amount,
    payload: Option<String>,
    now: DateTime<Utc>,
    fault: Option<&Fault>,
) -> Result<Value, Refusal> {
    match fault.map(|fault| fault.kind) {
        Some(Kind::Decline) => return Err(Refusal::cancel_failure("6666", "원거래없음")),
        Some(Kind::UserLocked) => {
            return Err(Refusal::cancel_failure(
                "USER_LOCKED",
                "진행중인 거래가 있습니다. 잠시 후 다시 시도해 주세요.",
            ));
        }
        Some(Kind::BankUnknown) => {
            if fault.is_some_and(|fault| fault.captured) {
                apply(payment, amount, payload, now);
            }
            return Err(Refusal::cancel_failure("BANK_FIRM_UNKNOWN", "은행 응답을 확인할 수 없습니다."));
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
    let echo = payload.clone();
    let aid = apply(payment, amount, payload, now);
    Ok(answer::canceled(payment, &aid, amount, echo.as_deref()))
}

fn apply(payment: &mut Payment, amount: Amount, payload: Option<String>, now: DateTime<Utc>) -> String {
    payment.canceled = payment.canceled.plus(amount);
    payment.canceled_at = Some(now);
    payment.status = if payment.canceled.total == payment.amount.total {
        Status::CancelPayment
    } else {
        Status::PartCancelPayment
    };
    let aid = number('A', now);
    payment.actions.push(Action {
        aid: aid.clone(),
        kind: ActionKind::Cancel,
        amount: amount.total,
        at: now,
        payload,
    });
    aid
}
