//! Which message a customer gets at which event. The texts are AlimTalk templates, in `alimtalk-templates.json`.

use serde_json::{Value, json};
use shared::order::{Order, OrderEvent, PhaseName, Ticket};

use super::effects::OrderContext;

/// A registered AlimTalk template. The code is at most 20 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    Placed,
    Accepted,
    Rejected,
    Cancelled,
    Ready,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 5] = [Self::Placed, Self::Accepted, Self::Rejected, Self::Cancelled, Self::Ready];

    /// The code it is registered under.
    pub fn code(self) -> &'static str {
        match self {
            Self::Placed => "SO_PLACED",
            Self::Accepted => "SO_ACCEPTED",
            Self::Rejected => "SO_REJECTED",
            Self::Cancelled => "SO_CANCELLED",
            Self::Ready => "SO_READY",
        }
    }

    /// The template with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.code() == code)
    }

    /// Whether the message still says the truth about an order in this state. A stale one is dropped, never sent.
    pub fn describes(self, phase: PhaseName) -> bool {
        match self {
            Self::Placed => phase == PhaseName::Placed,
            Self::Accepted => matches!(phase, PhaseName::Accepted | PhaseName::Cooking),
            Self::Rejected => phase == PhaseName::Rejected,
            Self::Cancelled => phase == PhaseName::Cancelled,
            Self::Ready => phase == PhaseName::Ready,
        }
    }
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
        | OrderEvent::RefundCompleted { .. }
        | OrderEvent::ConflictRaised { .. } => None,
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
