//! An order (주문): its states, what may happen to it, and the two functions that alone decide.
//!
//! [`decide`] turns a command into events or a refusal, [`Order::evolve`] applies an event. The server decides; the
//! counter runs the same code to predict, and shows a prediction as a prediction.

mod call_name;
mod decide;
mod event;
mod reason;

use serde::{Deserialize, Serialize};

use crate::id::OrderId;
use crate::menu::PricedLine;
use crate::{TimeMs, Won};

pub use call_name::call_name;
pub use decide::{Context, OrderCommand, Refusal, decide};
pub use event::{Actor, Conflict, OrderEvent, Settlement};
pub use reason::{CancelReason, RejectReason};

/// Least prep time that can be promised, in minutes.
pub const MIN_PREP_MINUTES: u32 = 1;
/// Greatest prep time that can be promised, in minutes.
pub const MAX_PREP_MINUTES: u32 = 180;

/// How the food leaves the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum OrderMode {
    Takeout,
    Delivery,
}

impl OrderMode {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Takeout => "takeout",
            Self::Delivery => "delivery",
        }
    }
}

/// What was ordered: names and prices of the moment of placement, which a later menu edit never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OrderDetails {
    pub mode: OrderMode,
    pub lines: Vec<PricedLine>,
    /// Won that the customer pays with KakaoPay, VAT included: what the lines cost less `points`.
    pub total: Won,
    /// The part of `total` that carries no VAT.
    pub tax_free: Won,
    /// The VAT inside `total`.
    pub vat: Won,
    /// What of the lines' price is paid with points, in won.
    #[serde(default, skip_serializing_if = "Won::is_zero")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Won>"))]
    pub points: Won,
}

/// What the order is called from placement on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Ticket {
    /// Daily number, from 1.
    pub number: u32,
    /// Short name for calling out (호출명), unique within the store's day.
    pub call_name: String,
    /// When it was paid; of a reservation, once it fired, when it did.
    pub placed_at: TimeMs,
}

/// Where the order stands; each variant carries what is valid only there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Phase {
    /// Waits for the customer's payment; the store does not know it.
    PendingPayment,
    /// Paid for a later time, the order's `pick_up_at`; nobody has to answer it before `fires_at`.
    Reserved {
        fires_at: TimeMs,
    },
    /// Paid; the store must answer before `accept_by` or the money goes back.
    Placed {
        accept_by: TimeMs,
    },
    /// The store promised it for `ready_by`.
    Accepted {
        prep_minutes: u32,
        ready_by: TimeMs,
    },
    Cooking {
        ready_by: TimeMs,
        since: TimeMs,
    },
    Ready {
        since: TimeMs,
    },
    HandedOver {
        at: TimeMs,
    },
    Completed {
        at: TimeMs,
    },
    Rejected {
        at: TimeMs,
        reason: RejectReason,
    },
    Cancelled {
        at: TimeMs,
        reason: CancelReason,
    },
}

/// The state of an order without its data: the name in the database, in addresses and in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    PendingPayment,
    Reserved,
    Placed,
    Accepted,
    Cooking,
    Ready,
    HandedOver,
    Completed,
    Rejected,
    Cancelled,
}

impl PhaseName {
    /// Every state, in the order of an order's life.
    pub const ALL: [Self; 10] = [
        Self::PendingPayment,
        Self::Reserved,
        Self::Placed,
        Self::Accepted,
        Self::Cooking,
        Self::Ready,
        Self::HandedOver,
        Self::Completed,
        Self::Rejected,
        Self::Cancelled,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingPayment => "pending_payment",
            Self::Reserved => "reserved",
            Self::Placed => "placed",
            Self::Accepted => "accepted",
            Self::Cooking => "cooking",
            Self::Ready => "ready",
            Self::HandedOver => "handed_over",
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more can happen to the food.
    pub fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::Rejected | Self::Cancelled => true,
            Self::PendingPayment
            | Self::Reserved
            | Self::Placed
            | Self::Accepted
            | Self::Cooking
            | Self::Ready
            | Self::HandedOver => false,
        }
    }
}

impl Phase {
    /// The state without its data.
    pub fn name(&self) -> PhaseName {
        match self {
            Self::PendingPayment => PhaseName::PendingPayment,
            Self::Reserved { .. } => PhaseName::Reserved,
            Self::Placed { .. } => PhaseName::Placed,
            Self::Accepted { .. } => PhaseName::Accepted,
            Self::Cooking { .. } => PhaseName::Cooking,
            Self::Ready { .. } => PhaseName::Ready,
            Self::HandedOver { .. } => PhaseName::HandedOver,
            Self::Completed { .. } => PhaseName::Completed,
            Self::Rejected { .. } => PhaseName::Rejected,
            Self::Cancelled { .. } => PhaseName::Cancelled,
        }
    }
}

/// An order as everybody may see it: no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Order {
    pub id: OrderId,
    /// How many events made it what it is; commands name the version that they were decided on.
    pub version: u32,
    pub details: OrderDetails,
    /// Absent until the order is placed or reserved.
    pub ticket: Option<Ticket>,
    /// When the customer comes for it; absent when it was ordered for as soon as possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub pick_up_at: Option<TimeMs>,
    #[serde(flatten)]
    pub phase: Phase,
    /// Whether the customer wrote a request, which travels beside the log.
    pub has_request: bool,
    /// Won given back so far.
    pub refunded: Won,
    /// Won of the parts that the store gave back while the order went on, confirmed or not.
    #[serde(default, skip_serializing_if = "Won::is_zero")]
    pub refund_promised: Won,
    /// A contradiction between kitchen and server that a person settles.
    pub conflict: Option<Conflict>,
}

impl Order {
    /// Won that can still be given back.
    pub fn refundable(&self) -> Won {
        self.details.total.checked_sub(self.refund_promised).unwrap_or(Won::ZERO)
    }

    /// An order that waits for its payment.
    pub fn pending(id: OrderId, details: OrderDetails, has_request: bool) -> Self {
        Self {
            id,
            version: 0,
            details,
            ticket: None,
            pick_up_at: None,
            phase: Phase::PendingPayment,
            has_request,
            refunded: Won::ZERO,
            refund_promised: Won::ZERO,
            conflict: None,
        }
    }

    /// The same for a later time.
    pub fn for_later(self, pick_up_at: TimeMs) -> Self {
        Self { pick_up_at: Some(pick_up_at), ..self }
    }

    /// Whether somebody who saw version `seen` decided on what the order still is. A reservation that fired since is the same order, only
    /// later: a counter that was away at that moment has to be able to take it.
    pub fn is_as_seen(&self, seen: u32) -> bool {
        let fired_since = self.pick_up_at.is_some()
            && self.phase.name() == PhaseName::Placed
            && seen.checked_add(1) == Some(self.version);
        seen == self.version || fired_since
    }

    /// Folds one event of the log. `None` becomes an order by `order_placed` or `order_reserved`, which carry everything.
    pub fn fold(order: Option<Self>, id: OrderId, version: u32, event: &OrderEvent) -> Option<Self> {
        let mut order = match (order, event) {
            (Some(order), _) => order,
            (
                None,
                OrderEvent::OrderPlaced { details, has_request, .. }
                | OrderEvent::OrderReserved { details, has_request, .. },
            ) => Self::pending(id, details.clone(), *has_request),
            (None, _) => return None,
        };
        order.evolve(event);
        order.version = version;
        Some(order)
    }

    /// Applies one event that [`decide`] produced.
    pub fn evolve(&mut self, event: &OrderEvent) {
        self.version += 1;
        match event {
            OrderEvent::OrderPlaced { number, call_name, placed_at, accept_by, .. } => {
                let (number, call_name, placed_at) = (*number, call_name.clone(), *placed_at);
                self.ticket = Some(Ticket { number, call_name, placed_at });
                self.phase = Phase::Placed { accept_by: *accept_by };
            }
            OrderEvent::OrderReserved { number, call_name, reserved_at, pick_up_at, fires_at, .. } => {
                let (number, call_name, placed_at) = (*number, call_name.clone(), *reserved_at);
                self.ticket = Some(Ticket { number, call_name, placed_at });
                self.pick_up_at = Some(*pick_up_at);
                self.phase = Phase::Reserved { fires_at: *fires_at };
            }
            OrderEvent::ReservationFired { fired_at, accept_by } => {
                if let Some(ticket) = &mut self.ticket {
                    ticket.placed_at = *fired_at;
                }
                self.phase = Phase::Placed { accept_by: *accept_by };
            }
            OrderEvent::OrderAccepted { prep_minutes, ready_by } => {
                self.phase = Phase::Accepted { prep_minutes: *prep_minutes, ready_by: *ready_by };
            }
            OrderEvent::CookingStarted { ready_by, at } => {
                self.phase = Phase::Cooking { ready_by: *ready_by, since: *at };
            }
            OrderEvent::OrderReady { at } => self.phase = Phase::Ready { since: *at },
            OrderEvent::OrderHandedOver { at } => self.phase = Phase::HandedOver { at: *at },
            OrderEvent::OrderCompleted { at } => self.phase = Phase::Completed { at: *at },
            OrderEvent::OrderRejected { at, reason, .. } => {
                self.phase = Phase::Rejected { at: *at, reason: *reason };
            }
            OrderEvent::OrderCancelled { at, reason, .. } => {
                self.phase = Phase::Cancelled { at: *at, reason: *reason };
            }
            OrderEvent::RefundPromised { amount, .. } => {
                self.refund_promised =
                    self.refund_promised.checked_add(*amount).unwrap_or(self.refund_promised);
            }
            OrderEvent::RefundCompleted { amount } => {
                self.refunded = self.refunded.checked_add(*amount).unwrap_or(self.refunded);
            }
            OrderEvent::ConflictRaised { conflict } => self.conflict = Some(*conflict),
            OrderEvent::ConflictSettled { .. } => self.conflict = None,
        }
    }
}
