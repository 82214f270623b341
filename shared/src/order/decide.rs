//! The one place that says what may happen to an order.

use super::{
    Actor, CancelReason, Conflict, MAX_PREP_MINUTES, MIN_PREP_MINUTES, Order, OrderEvent, Phase,
    RejectReason, Settlement,
};
use crate::{Code, TimeMs, Won};

/// What somebody wants to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderCommand {
    /// The money is here: the order becomes visible to the store.
    Place {
        number: u32,
        call_name: String,
        accept_by: TimeMs,
    },
    /// The money is here and the customer comes later: the store sees it and waits until `fires_at`.
    Reserve {
        number: u32,
        call_name: String,
        fires_at: TimeMs,
    },
    /// The time of a reservation has come: from here on it is an order that waits for the store.
    Fire {
        accept_by: TimeMs,
    },
    Accept {
        prep_minutes: u32,
    },
    Reject {
        reason: RejectReason,
    },
    /// Kitchen facts. They report what happened and are never refused; see [`Conflict`].
    StartCooking,
    MarkReady,
    HandOver,
    /// Ends an order. Whether it may depends on who asks.
    Cancel {
        reason: CancelReason,
    },
    /// The customer has the food and nothing more will come.
    Complete,
    /// Says what became of food that was made for an order that had ended.
    SettleConflict {
        settlement: Settlement,
    },
    /// Gives back a part of the money while the order goes on.
    RefundPart {
        amount: Won,
        reason: CancelReason,
    },
    /// KakaoPay confirmed a refund.
    RecordRefund {
        amount: Won,
    },
}

/// When and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    pub now: TimeMs,
    pub by: Actor,
    /// Minutes promised when the kitchen starts without a promise.
    pub default_prep_minutes: u32,
}

/// Why a command has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("not paid yet")]
    NotPaid,
    #[error("already accepted")]
    AlreadyAccepted,
    #[error("already rejected")]
    AlreadyRejected,
    #[error("already cancelled")]
    AlreadyCancelled,
    #[error("too late for this")]
    TooLate,
    #[error("prep time out of range")]
    PrepTimeOutOfRange,
    #[error("more than can be given back")]
    RefundTooLarge,
    #[error("not allowed to this person")]
    NotAllowed,
}

impl Refusal {
    /// The stable code.
    pub fn code(self) -> Code {
        match self {
            Self::NotPaid => Code::OrderNotPaid,
            Self::AlreadyAccepted => Code::OrderAlreadyAccepted,
            Self::AlreadyRejected => Code::OrderAlreadyRejected,
            Self::AlreadyCancelled => Code::OrderAlreadyCancelled,
            Self::TooLate => Code::OrderTooLate,
            Self::PrepTimeOutOfRange => Code::PrepTimeOutOfRange,
            Self::RefundTooLarge => Code::RefundTooLarge,
            Self::NotAllowed => Code::NotAllowed,
        }
    }
}

/// Events that follow from a command; an empty list when what it asks for is already so.
pub fn decide(order: &Order, command: &OrderCommand, context: &Context) -> Result<Vec<OrderEvent>, Refusal> {
    match command {
        OrderCommand::Place { number, call_name, accept_by } => match order.phase {
            // It waits for its own time.
            Phase::PendingPayment if order.pick_up_at.is_some() => Err(Refusal::NotAllowed),
            Phase::PendingPayment => Ok(vec![OrderEvent::OrderPlaced {
                number: *number,
                call_name: call_name.clone(),
                placed_at: context.now,
                accept_by: *accept_by,
                details: order.details.clone(),
                has_request: order.has_request,
            }]),
            Phase::Cancelled { .. } => Err(Refusal::AlreadyCancelled),
            Phase::Reserved { .. }
            | Phase::Placed { .. }
            | Phase::Accepted { .. }
            | Phase::Cooking { .. }
            | Phase::Ready { .. }
            | Phase::HandedOver { .. }
            | Phase::Completed { .. }
            | Phase::Rejected { .. } => Err(Refusal::TooLate),
        },
        OrderCommand::Reserve { number, call_name, fires_at } => {
            reserve(order, *number, call_name, *fires_at, context)
        }
        OrderCommand::Fire { accept_by } => fire(order, *accept_by, context),
        OrderCommand::Accept { prep_minutes } => accept(order, *prep_minutes, context),
        OrderCommand::Reject { reason } => reject(order, *reason, context),
        OrderCommand::StartCooking => kitchen_fact(order, Step::Cooking, context),
        OrderCommand::MarkReady => kitchen_fact(order, Step::Ready, context),
        OrderCommand::HandOver => kitchen_fact(order, Step::HandedOver, context),
        OrderCommand::Cancel { reason } => cancel(order, *reason, context),
        OrderCommand::Complete => match order.phase {
            Phase::HandedOver { .. } => Ok(vec![OrderEvent::OrderCompleted { at: context.now }]),
            Phase::Completed { .. } => Ok(Vec::new()),
            Phase::PendingPayment => Err(Refusal::NotPaid),
            Phase::Rejected { .. } => Err(Refusal::AlreadyRejected),
            Phase::Cancelled { .. } => Err(Refusal::AlreadyCancelled),
            Phase::Reserved { .. }
            | Phase::Placed { .. }
            | Phase::Accepted { .. }
            | Phase::Cooking { .. }
            | Phase::Ready { .. } => Err(Refusal::NotAllowed),
        },
        OrderCommand::SettleConflict { settlement } => match order.conflict {
            Some(_) => Ok(vec![OrderEvent::ConflictSettled { settlement: *settlement }]),
            None => Ok(Vec::new()),
        },
        OrderCommand::RefundPart { amount, reason } => refund_part(order, *amount, *reason, context),
        OrderCommand::RecordRefund { amount } => match order.phase {
            Phase::PendingPayment => Err(Refusal::NotPaid),
            Phase::Reserved { .. }
            | Phase::Placed { .. }
            | Phase::Accepted { .. }
            | Phase::Cooking { .. }
            | Phase::Ready { .. }
            | Phase::HandedOver { .. }
            | Phase::Completed { .. }
            | Phase::Rejected { .. }
            | Phase::Cancelled { .. } => Ok(vec![OrderEvent::RefundCompleted { amount: *amount }]),
        },
    }
}

fn accept(order: &Order, prep_minutes: u32, context: &Context) -> Result<Vec<OrderEvent>, Refusal> {
    if !(MIN_PREP_MINUTES..=MAX_PREP_MINUTES).contains(&prep_minutes) {
        return Err(Refusal::PrepTimeOutOfRange);
    }
    match order.phase {
        // Beginning early: what it waited for has come.
        Phase::Reserved { .. } => Ok(vec![fired_now(context), accepted(order, prep_minutes, context)]),
        Phase::Placed { .. } => Ok(vec![accepted(order, prep_minutes, context)]),
        Phase::PendingPayment => Err(Refusal::NotPaid),
        Phase::Rejected { .. } => Err(Refusal::AlreadyRejected),
        Phase::Cancelled { .. } => Err(Refusal::AlreadyCancelled),
        Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. } => Err(Refusal::AlreadyAccepted),
    }
}

/// A reservation is promised for its own time, however early it is begun.
fn accepted(order: &Order, prep_minutes: u32, context: &Context) -> OrderEvent {
    let soonest = context.now.plus_minutes(prep_minutes);
    let ready_by = order.pick_up_at.map_or(soonest, |at| at.max(soonest));
    let minutes = ready_by.ms_since(context.now).saturating_add(59_999) / 60_000;
    let prep_minutes = u32::try_from(minutes).unwrap_or(prep_minutes);
    OrderEvent::OrderAccepted { prep_minutes, ready_by }
}

fn reserve(
    order: &Order,
    number: u32,
    call_name: &str,
    fires_at: TimeMs,
    context: &Context,
) -> Result<Vec<OrderEvent>, Refusal> {
    let Some(pick_up_at) = order.pick_up_at else { return Err(Refusal::NotAllowed) };
    match order.phase {
        Phase::PendingPayment => Ok(vec![OrderEvent::OrderReserved {
            number,
            call_name: call_name.to_owned(),
            reserved_at: context.now,
            pick_up_at,
            fires_at,
            details: order.details.clone(),
            has_request: order.has_request,
        }]),
        Phase::Cancelled { .. } => Err(Refusal::AlreadyCancelled),
        Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. }
        | Phase::Rejected { .. } => Err(Refusal::TooLate),
    }
}

/// Once: whoever comes second finds it fired.
fn fire(order: &Order, accept_by: TimeMs, context: &Context) -> Result<Vec<OrderEvent>, Refusal> {
    match order.phase {
        Phase::Reserved { .. } => Ok(vec![OrderEvent::ReservationFired { fired_at: context.now, accept_by }]),
        Phase::PendingPayment => Err(Refusal::NotPaid),
        Phase::Rejected { .. } => Err(Refusal::AlreadyRejected),
        Phase::Cancelled { .. } => Err(Refusal::AlreadyCancelled),
        Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. } => Ok(Vec::new()),
    }
}

/// Fired by somebody who answers it in the same breath.
fn fired_now(context: &Context) -> OrderEvent {
    OrderEvent::ReservationFired { fired_at: context.now, accept_by: context.now }
}

fn reject(order: &Order, reason: RejectReason, context: &Context) -> Result<Vec<OrderEvent>, Refusal> {
    match order.phase {
        Phase::Placed { .. } => {
            Ok(vec![OrderEvent::OrderRejected { at: context.now, reason, refund: order.refundable() }])
        }
        Phase::PendingPayment => Err(Refusal::NotPaid),
        // Nobody waits for an answer yet: what the store cannot make it cancels.
        Phase::Reserved { .. } => Err(Refusal::NotAllowed),
        Phase::Rejected { .. } => Err(Refusal::AlreadyRejected),
        Phase::Cancelled { .. } => Err(Refusal::AlreadyCancelled),
        Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. } => Err(Refusal::AlreadyAccepted),
    }
}

/// How far the kitchen says it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Reserved,
    Placed,
    Accepted,
    Cooking,
    Ready,
    HandedOver,
}

/// Records how far the kitchen is, filling in the steps that nobody pressed.
fn kitchen_fact(order: &Order, reached: Step, context: &Context) -> Result<Vec<OrderEvent>, Refusal> {
    let (from, ready_by) = match order.phase {
        Phase::PendingPayment => return Err(Refusal::NotPaid),
        Phase::Rejected { .. } | Phase::Cancelled { .. } => return Ok(contradiction(order, reached)),
        Phase::Reserved { .. } | Phase::Placed { .. } => {
            let soonest = context.now.plus_minutes(context.default_prep_minutes);
            let ready_by = order.pick_up_at.map_or(soonest, |at| at.max(soonest));
            let is_placed = matches!(order.phase, Phase::Placed { .. });
            (if is_placed { Step::Placed } else { Step::Reserved }, ready_by)
        }
        Phase::Accepted { ready_by, .. } => (Step::Accepted, ready_by),
        Phase::Cooking { ready_by, .. } => (Step::Cooking, ready_by),
        Phase::Ready { .. } => (Step::Ready, context.now),
        Phase::HandedOver { .. } | Phase::Completed { .. } => (Step::HandedOver, context.now),
    };
    let steps = [
        (Step::Placed, fired_now(context)),
        (Step::Accepted, accepted(order, context.default_prep_minutes, context)),
        (Step::Cooking, OrderEvent::CookingStarted { ready_by, at: context.now }),
        (Step::Ready, OrderEvent::OrderReady { at: context.now }),
        (Step::HandedOver, OrderEvent::OrderHandedOver { at: context.now }),
    ];
    Ok(steps
        .into_iter()
        .filter(|(step, _)| *step > from && *step <= reached)
        .map(|(_, event)| event)
        .collect())
}

/// The kitchen worked on an order that had ended: recorded once per step for a person to settle, never refused.
fn contradiction(order: &Order, reached: Step) -> Vec<OrderEvent> {
    let conflict = match reached {
        Step::Reserved | Step::Placed | Step::Accepted | Step::Cooking => Conflict::CookedAfterCancel,
        Step::Ready => Conflict::ReadyAfterCancel,
        Step::HandedOver => Conflict::HandedOverAfterCancel,
    };
    if order.conflict == Some(conflict) { Vec::new() } else { vec![OrderEvent::ConflictRaised { conflict }] }
}

fn cancel(order: &Order, reason: CancelReason, context: &Context) -> Result<Vec<OrderEvent>, Refusal> {
    let paid = match order.phase {
        Phase::PendingPayment => false,
        Phase::Placed { .. } => true,
        Phase::Reserved { .. } => match context.by {
            Actor::Counter { .. } | Actor::Customer | Actor::Operator | Actor::Payment => true,
            // A deadline of another life: this one waits for its own time.
            Actor::Timer => return Err(Refusal::TooLate),
        },
        Phase::Accepted { .. } => match context.by {
            Actor::Counter { .. } | Actor::Customer | Actor::Operator | Actor::Payment => true,
            Actor::Timer => return Err(Refusal::AlreadyAccepted),
        },
        Phase::Cooking { .. } => match context.by {
            Actor::Counter { .. } | Actor::Operator => true,
            Actor::Customer | Actor::Timer | Actor::Payment => return Err(Refusal::TooLate),
        },
        Phase::Ready { .. } | Phase::HandedOver { .. } => match context.by {
            Actor::Operator => true,
            Actor::Counter { .. } | Actor::Customer | Actor::Timer | Actor::Payment => {
                return Err(Refusal::TooLate);
            }
        },
        Phase::Completed { .. } => return Err(Refusal::TooLate),
        Phase::Rejected { .. } => return Err(Refusal::AlreadyRejected),
        Phase::Cancelled { .. } => return Err(Refusal::AlreadyCancelled),
    };
    let by_counter = matches!(context.by, Actor::Counter { .. });
    if by_counter && (!paid || !CancelReason::OF_STORE.contains(&reason)) {
        return Err(Refusal::NotAllowed);
    }
    let refund = if paid { order.refundable() } else { Won::ZERO };
    Ok(vec![OrderEvent::OrderCancelled { at: context.now, reason, refund }])
}

fn refund_part(
    order: &Order,
    amount: Won,
    reason: CancelReason,
    context: &Context,
) -> Result<Vec<OrderEvent>, Refusal> {
    match order.phase {
        Phase::PendingPayment => return Err(Refusal::NotPaid),
        Phase::Rejected { .. } => return Err(Refusal::AlreadyRejected),
        Phase::Cancelled { .. } => return Err(Refusal::AlreadyCancelled),
        Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. } => {}
    }
    let may = match context.by {
        Actor::Counter { .. } => CancelReason::OF_STORE.contains(&reason),
        Actor::Operator => true,
        Actor::Customer | Actor::Timer | Actor::Payment => false,
    };
    if !may {
        return Err(Refusal::NotAllowed);
    }
    if amount == Won::ZERO || amount > order.refundable() {
        return Err(Refusal::RefundTooLarge);
    }
    Ok(vec![OrderEvent::RefundPromised { amount, reason }])
}
