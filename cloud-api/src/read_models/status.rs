//! An order as its status is read: when each step happened, and what it holds.

use serde::{Deserialize, Serialize};
use shared::id::ItemKey;
use shared::order::{OrderDetails, OrderEvent, PhaseName};
use shared::{TimeMs, Won};

/// What the log says of one placed order. Times are absent until the step happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderStatus {
    pub phase: PhaseName,
    pub number: u32,
    pub call_name: String,
    /// When it was paid.
    pub placed_at: TimeMs,
    /// When the customer comes, of a reservation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick_up_at: Option<TimeMs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<TimeMs>,
    /// When it was last promised for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<TimeMs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooking_at: Option<TimeMs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<TimeMs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_over_at: Option<TimeMs>,
    /// When it was completed, rejected or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<TimeMs>,
    /// Won that KakaoPay confirmed to have gone back.
    #[serde(default)]
    pub refunded: Won,
    pub items: Vec<OrderedItem>,
}

/// An item of an order, all its lines together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedItem {
    pub item: ItemKey,
    pub name: String,
    pub pieces: u32,
}

impl OrderStatus {
    /// An order that was placed just now.
    pub fn placed(number: u32, call_name: &str, placed_at: TimeMs, details: &OrderDetails) -> Self {
        Self {
            phase: PhaseName::Placed,
            number,
            call_name: call_name.to_owned(),
            placed_at,
            pick_up_at: None,
            accepted_at: None,
            ready_by: None,
            cooking_at: None,
            ready_at: None,
            handed_over_at: None,
            ended_at: None,
            refunded: Won::ZERO,
            items: items(details),
        }
    }

    /// The same for a later time.
    pub fn reserved(self, pick_up_at: TimeMs) -> Self {
        Self { phase: PhaseName::Reserved, pick_up_at: Some(pick_up_at), ..self }
    }

    /// Takes in what happened next; `at` is when the server decided it.
    pub fn follow(&mut self, event: &OrderEvent, at: TimeMs) {
        match event {
            OrderEvent::ReservationFired { .. } => self.phase = PhaseName::Placed,
            OrderEvent::OrderAccepted { ready_by, .. } => {
                self.phase = PhaseName::Accepted;
                self.accepted_at = Some(at);
                self.ready_by = Some(*ready_by);
            }
            OrderEvent::CookingStarted { ready_by, at } => {
                self.phase = PhaseName::Cooking;
                self.cooking_at = Some(*at);
                self.ready_by = Some(*ready_by);
            }
            OrderEvent::OrderReady { at } => {
                self.phase = PhaseName::Ready;
                self.ready_at = Some(*at);
            }
            OrderEvent::OrderHandedOver { at } => {
                self.phase = PhaseName::HandedOver;
                self.handed_over_at = Some(*at);
            }
            OrderEvent::OrderCompleted { at } => self.end(PhaseName::Completed, *at),
            OrderEvent::OrderRejected { at, .. } => self.end(PhaseName::Rejected, *at),
            OrderEvent::OrderCancelled { at, .. } => self.end(PhaseName::Cancelled, *at),
            OrderEvent::RefundCompleted { amount } => {
                self.refunded = self.refunded.checked_add(*amount).unwrap_or(self.refunded);
            }
            OrderEvent::OrderPlaced { .. }
            | OrderEvent::OrderReserved { .. }
            | OrderEvent::RefundPromised { .. }
            | OrderEvent::ConflictRaised { .. }
            | OrderEvent::ConflictSettled { .. } => {}
        }
    }

    fn end(&mut self, phase: PhaseName, at: TimeMs) {
        self.phase = phase;
        self.ended_at = Some(at);
    }
}

fn items(details: &OrderDetails) -> Vec<OrderedItem> {
    let mut items: Vec<OrderedItem> = Vec::new();
    for line in &details.lines {
        match items.iter_mut().find(|item| item.item == line.item) {
            Some(item) => item.pieces = item.pieces.saturating_add(line.quantity),
            None => items.push(OrderedItem {
                item: line.item.clone(),
                name: line.name.clone(),
                pieces: line.quantity,
            }),
        }
    }
    items
}
