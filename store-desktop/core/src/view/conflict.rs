//! Conflicts (충돌) and refusals: what a person has to settle, each with one suggested action.

use serde::Serialize;
use shared::id::{CommandKey, OrderId};
use shared::order::{Conflict, Settlement};
use shared::wire::CommandAction;
use shared::{Code, TimeMs};

use crate::commands::Desk;
use crate::counter::State;
use crate::fold::Entry;
use crate::journal::{Fate, Waiting};

/// Kitchen and server said different things about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ConflictView {
    pub order_id: OrderId,
    pub number: Option<u32>,
    pub call_name: Option<String>,
    pub conflict: Conflict,
    /// When the server wrote it down; absent while it is known from a snapshot only.
    pub since: Option<TimeMs>,
    pub suggestion: Suggestion,
    /// What happened and what to do, in one or two sentences.
    pub korean: String,
    pub english: String,
    /// The suggested action, ready for `act({order_id, action})`; absent once it is on its way.
    pub settle: Option<CommandAction>,
    /// Somebody has settled it, and the server has not answered yet.
    pub provisional: bool,
}

/// The one thing to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Suggestion {
    /// The food was made for an order that had ended: throw it away or sell it, and say that it is settled.
    AcceptTheLoss,
    /// The customer has the food and got the money back: ask them, or take the loss.
    AskTheCustomer,
    /// Stop preparing it.
    StopPreparing,
    /// Look at the order as it is now and decide again.
    LookAgain,
    /// Nothing to do: it is so already.
    Dismiss,
    /// Update the program, or sign in again.
    CallForHelp,
}

/// A command that had no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Refusal {
    pub key: CommandKey,
    /// Absent when it was about the store.
    pub order_id: Option<OrderId>,
    pub action: CommandAction,
    pub code: Code,
    pub refused_at: TimeMs,
    pub korean: String,
    pub english: String,
    pub number: Option<u32>,
    pub call_name: Option<String>,
    pub suggestion: Suggestion,
}

/// A press that can be taken back with `undo({key})`. One about an order waits on the disk and has not left this computer; one about the
/// store is followed by its opposite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Undo {
    pub key: CommandKey,
    /// Absent when it was about the store.
    pub order_id: Option<OrderId>,
    pub action: CommandAction,
    /// By the counter's clock.
    pub until: TimeMs,
}

/// What a person has to settle, the oldest first.
pub(super) fn conflicts(state: &State) -> Vec<ConflictView> {
    let Some(desk) = state.desk() else { return Vec::new() };
    let open = state.ledger.orders.values().filter_map(|entry| conflict(state, &desk, entry));
    let mut open: Vec<ConflictView> = open.collect();
    open.sort_by_key(|one| (one.since, one.order_id));
    open
}

fn conflict(state: &State, desk: &Desk, entry: &Entry) -> Option<ConflictView> {
    let conflict = entry.order.conflict?;
    let expected = desk.predict(&entry.order, state.proven().iter()).order;
    let settled = expected.conflict.is_none();
    let raised = entry.history.iter().rev().find(|happened| happened.kind == "conflict_raised");
    let (suggestion, settlement, korean, english) = match conflict {
        Conflict::CookedAfterCancel => (
            Suggestion::StopPreparing,
            Settlement::Discarded,
            "이미 취소된 주문인데 조리를 시작했어요. 조리를 멈추고 정리했으면 '정리함'을 눌러 주세요.",
            "Cooking began on an order that was cancelled. Stop, and press 'Discarded' when it is cleared away.",
        ),
        Conflict::ReadyAfterCancel => (
            Suggestion::AcceptTheLoss,
            Settlement::Discarded,
            "이미 취소된 주문의 음식이 다 만들어졌어요. 음식을 정리하고 '정리함'을 눌러 주세요. 결제는 환불되었어요.",
            "The food of a cancelled order is ready. Clear it away and press 'Discarded'. The money went back.",
        ),
        Conflict::HandedOverAfterCancel => (
            Suggestion::AskTheCustomer,
            Settlement::GivenAnyway,
            "취소·환불된 주문의 음식이 나갔어요. 손님에게 확인하고 '그냥 드림'을 눌러 주세요.",
            "The food of a cancelled and refunded order was handed over. Ask the customer, then press 'Given anyway'.",
        ),
    };
    Some(ConflictView {
        order_id: entry.order.id,
        number: entry.number(),
        call_name: entry.order.ticket.as_ref().map(|ticket| ticket.call_name.clone()),
        conflict,
        since: raised.map(|happened| happened.at),
        suggestion,
        korean: korean.to_owned(),
        english: english.to_owned(),
        settle: (!settled).then_some(CommandAction::SettleConflict { settlement }),
        provisional: settled,
    })
}

pub(super) fn refusal(state: &State, one: &Waiting) -> Option<Refusal> {
    let Fate::Refused { code, at } = one.fate else { return None };
    let entry = one.command.order_id.and_then(|id| state.ledger.orders.get(&id));
    let ticket = entry.and_then(|entry| entry.order.ticket.as_ref());
    Some(Refusal {
        key: one.command.key,
        order_id: one.command.order_id,
        action: one.command.action.clone(),
        code,
        refused_at: at,
        korean: code.korean().to_owned(),
        english: code.english().to_owned(),
        number: ticket.map(|ticket| ticket.number),
        call_name: ticket.map(|ticket| ticket.call_name.clone()),
        suggestion: suggestion(code),
    })
}

/// What to do about a refusal. Most of them mean that the screen was older than the order.
fn suggestion(code: Code) -> Suggestion {
    if code == Code::OrderAlreadyCancelled {
        return Suggestion::StopPreparing;
    }
    let already_so = [
        Code::OrderAlreadyAccepted,
        Code::OrderAlreadyRejected,
        Code::DayAlreadyRunning,
        Code::DayNotClosing,
        Code::MenuKeyTaken,
    ];
    if already_so.contains(&code) {
        return Suggestion::Dismiss;
    }
    let ours = [
        Code::UnknownCommand,
        Code::CommandMalformed,
        Code::CommandKeyReused,
        Code::BadRequest,
        Code::BodyTooLarge,
        Code::Internal,
    ];
    if ours.contains(&code) { Suggestion::CallForHelp } else { Suggestion::LookAgain }
}
