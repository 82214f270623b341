//! Which message a customer gets at which event, and an owner when nobody answers. The texts are AlimTalk templates, in `alimtalk-templates.json`.

use serde_json::{Value, json};
use shared::TimeMs;
use shared::day::DayState;
use shared::order::{Order, OrderEvent, PhaseName, Ticket};

use super::effects::OrderContext;

/// A registered AlimTalk template. The code is at most 20 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    Placed,
    /// Paid for a later time.
    Reserved,
    /// The time of a reservation has come: the store has it now.
    ReservationFired,
    Accepted,
    Rejected,
    Cancelled,
    Ready,
    /// To the customer: the store's counter has not got the order yet.
    Parked,
    /// To the customer who asked: KakaoPay works again.
    PayAgain,
    /// To the owner: an order waits and nobody answers.
    OwnerCall,
    /// The same again, louder: as a short message too, where Kakao cannot deliver it.
    OwnerCallAgain,
    /// To the owner: the day was not closed.
    Forgotten,
    /// To the owner: the day was closed, everything is there.
    DayClosed,
}

/// Who a message goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    Customer,
    Owner,
}

impl Recipient {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Owner => "owner",
        }
    }
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 13] = [
        Self::Placed,
        Self::Reserved,
        Self::ReservationFired,
        Self::Accepted,
        Self::Rejected,
        Self::Cancelled,
        Self::Ready,
        Self::Parked,
        Self::PayAgain,
        Self::OwnerCall,
        Self::OwnerCallAgain,
        Self::Forgotten,
        Self::DayClosed,
    ];

    /// Who it goes to.
    pub fn recipient(self) -> Recipient {
        match self {
            Self::Placed
            | Self::Reserved
            | Self::ReservationFired
            | Self::Accepted
            | Self::Rejected
            | Self::Cancelled
            | Self::Ready
            | Self::Parked
            | Self::PayAgain => Recipient::Customer,
            Self::OwnerCall | Self::OwnerCallAgain | Self::Forgotten | Self::DayClosed => Recipient::Owner,
        }
    }

    /// The code it is registered under.
    pub fn code(self) -> &'static str {
        match self {
            Self::Placed => "SO_PLACED",
            Self::Reserved => "SO_RESERVED",
            Self::ReservationFired => "SO_RESERVATION_DUE",
            Self::Accepted => "SO_ACCEPTED",
            Self::Rejected => "SO_REJECTED",
            Self::Cancelled => "SO_CANCELLED",
            Self::Ready => "SO_READY",
            Self::Parked => "SO_PARKED",
            Self::PayAgain => "SO_PAY_AGAIN",
            Self::OwnerCall => "SO_OWNER_CALL",
            Self::OwnerCallAgain => "SO_OWNER_CALL_2",
            Self::Forgotten => "SO_DAY_FORGOTTEN",
            Self::DayClosed => "SO_DAY_CLOSED",
        }
    }

    /// The template with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.code() == code)
    }

    /// Whether the message still says the truth about an order in this state. A stale one is dropped, never sent.
    pub fn describes(self, phase: PhaseName) -> bool {
        match self {
            Self::Placed | Self::ReservationFired | Self::Parked | Self::OwnerCall | Self::OwnerCallAgain => {
                phase == PhaseName::Placed
            }
            Self::Reserved => phase == PhaseName::Reserved,
            Self::Accepted => matches!(phase, PhaseName::Accepted | PhaseName::Cooking),
            Self::Rejected => phase == PhaseName::Rejected,
            Self::Cancelled => phase == PhaseName::Cancelled,
            Self::Ready => phase == PhaseName::Ready,
            Self::PayAgain | Self::Forgotten | Self::DayClosed => false,
        }
    }

    /// The same for a message about a day.
    pub fn describes_day(self, state: DayState) -> bool {
        match self {
            Self::Forgotten => matches!(state, DayState::Closing | DayState::Closed),
            Self::DayClosed => state == DayState::Closed,
            Self::Placed
            | Self::Reserved
            | Self::ReservationFired
            | Self::Accepted
            | Self::Rejected
            | Self::Cancelled
            | Self::Ready
            | Self::Parked
            | Self::PayAgain
            | Self::OwnerCall
            | Self::OwnerCallAgain => false,
        }
    }
}

/// The variables of [`Template::Parked`]; none for an order without a number.
pub fn parked(context: &OrderContext, order: &Order, accept_by: TimeMs) -> Option<Value> {
    let call = call(order.ticket.as_ref()?);
    Some(json!({"매장명": context.store_name, "주문번호": call, "자동취소시각": accept_by.kst_clock()}))
}

/// The variables of [`Template::OwnerCall`] and its louder twin. `is_dark`: no counter has got the order.
pub fn owner_call(
    context: &OrderContext,
    order: &Order,
    accept_by: TimeMs,
    now: TimeMs,
    is_dark: bool,
) -> Option<Value> {
    let ticket = order.ticket.as_ref()?;
    let why = if is_dark {
        "카운터 PC가 연결되어 있지 않아요"
    } else {
        "카운터에서 아무도 확인하지 않았어요"
    };
    let waited = now.ms_since(ticket.placed_at).max(0) / 1_000;
    let waited = match (waited / 60, waited % 60) {
        (0, seconds) => format!("{seconds}초"),
        (minutes, seconds) if seconds < 10 => format!("{minutes}분"),
        (minutes, seconds) => format!("{minutes}분 {seconds}초"),
    };
    Some(json!({"매장명": context.store_name, "주문번호": call(ticket), "주문내역": summary(order),
                "결제금액": order.details.total.to_string(), "기다린시간": waited, "사유": why,
                "자동취소시각": accept_by.kst_clock()}))
}

/// The message that an event causes, with its variables; none for events that the customer need not hear of.
pub(super) fn message(
    context: &OrderContext,
    order: &Order,
    event: &OrderEvent,
) -> Option<(Template, Value)> {
    let ticket = order.ticket.as_ref()?;
    let store = &context.store_name;
    let call = call(ticket);
    let total = order.details.total.to_string();
    match event {
        OrderEvent::OrderPlaced { accept_by, .. } => Some((
            Template::Placed,
            json!({"매장명": store, "주문번호": call, "주문내역": summary(order), "결제금액": total,
                   "자동취소시각": accept_by.kst_clock()}),
        )),
        OrderEvent::OrderReserved { pick_up_at, fires_at, .. } => Some((
            Template::Reserved,
            json!({"매장명": store, "주문번호": call, "주문내역": summary(order), "결제금액": total,
                   "예약시각": pick_up_at.kst_clock(), "전달시각": fires_at.kst_clock()}),
        )),
        OrderEvent::ReservationFired { accept_by, .. } => Some((
            Template::ReservationFired,
            json!({"매장명": store, "주문번호": call, "예약시각": order.pick_up_at?.kst_clock(),
                   "자동취소시각": accept_by.kst_clock()}),
        )),
        OrderEvent::OrderAccepted { ready_by, prep_minutes } => Some((
            Template::Accepted,
            json!({"매장명": store, "주문번호": call, "예상시각": ready_by.kst_clock(), "예상분": prep_minutes.to_string()}),
        )),
        OrderEvent::OrderReady { .. } => {
            Some((Template::Ready, json!({"매장명": store, "주문번호": call, "호출명": ticket.call_name})))
        }
        OrderEvent::OrderRejected { reason, refund, .. } => Some((
            Template::Rejected,
            json!({"매장명": store, "주문번호": call, "사유": reason.customer_text(), "환불금액": refund.to_string()}),
        )),
        OrderEvent::OrderCancelled { reason, refund, .. } => Some((
            Template::Cancelled,
            json!({"매장명": store, "주문번호": call, "사유": reason.customer_text(), "환불금액": refund.to_string()}),
        )),
        OrderEvent::CookingStarted { .. }
        | OrderEvent::OrderHandedOver { .. }
        | OrderEvent::OrderCompleted { .. }
        | OrderEvent::RefundPromised { .. }
        | OrderEvent::RefundCompleted { .. }
        | OrderEvent::ConflictRaised { .. }
        | OrderEvent::ConflictSettled { .. } => None,
    }
}

/// `7번 (사과)`.
fn call(ticket: &Ticket) -> String {
    format!("{}번 ({})", ticket.number, ticket.call_name)
}

/// `아메리카노 외 2건`.
pub fn summary(order: &Order) -> String {
    let lines = &order.details.lines;
    match lines.split_first() {
        Some((first, [])) => format!("{} {}개", first.name, first.quantity),
        Some((first, rest)) => format!("{} 외 {}건", first.name, rest.len()),
        None => String::new(),
    }
}
