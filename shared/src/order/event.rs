//! What happened to an order, as the store log says it.

use serde::{Deserialize, Serialize};

use super::{CancelReason, OrderDetails, RejectReason};
use crate::id::{DeviceId, StaffId};
use crate::{TimeMs, Won};

/// Who made it happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Actor {
    /// A member of staff at a counter PC.
    Counter {
        device_id: DeviceId,
        staff_id: StaffId,
    },
    Customer,
    /// A timer that came due.
    Timer,
    /// The payment saga.
    Payment,
    /// An operator at the command line.
    Operator,
}

/// What the kitchen reported about an order that had already ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    CookedAfterCancel,
    ReadyAfterCancel,
    HandedOverAfterCancel,
}

/// How a person settled a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// The food was thrown away or eaten by the staff.
    Discarded,
    /// The customer got the food and the money back.
    GivenAnyway,
    /// It was a mistake at the counter: nothing was made.
    NothingMade,
}

impl Settlement {
    /// Every way, in the order the counter offers them.
    pub const ALL: [Self; 3] = [Self::Discarded, Self::GivenAnyway, Self::NothingMade];
}

/// One change of one order. The names in the log are these in snake case and never change.
///
/// The times have names of their own in the log, because `at` there is when the server decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrderEvent {
    /// Paid and visible to the store. Carries the whole order, so that a log alone rebuilds it.
    OrderPlaced {
        number: u32,
        call_name: String,
        placed_at: TimeMs,
        accept_by: TimeMs,
        details: OrderDetails,
        has_request: bool,
    },
    /// Paid for a later time: the store sees it, and nobody has to answer it until it fires. Carries the whole order, as `order_placed`.
    OrderReserved {
        number: u32,
        call_name: String,
        reserved_at: TimeMs,
        /// When the customer comes.
        pick_up_at: TimeMs,
        /// When the store has to begin: from then on it is an order like any other.
        fires_at: TimeMs,
        details: OrderDetails,
        has_request: bool,
    },
    /// The time of a reservation has come, or somebody at the store began earlier.
    ReservationFired {
        fired_at: TimeMs,
        accept_by: TimeMs,
    },
    OrderAccepted {
        prep_minutes: u32,
        ready_by: TimeMs,
    },
    CookingStarted {
        ready_by: TimeMs,
        #[serde(rename = "started_at")]
        at: TimeMs,
    },
    OrderReady {
        #[serde(rename = "ready_at")]
        at: TimeMs,
    },
    OrderHandedOver {
        #[serde(rename = "handed_over_at")]
        at: TimeMs,
    },
    OrderCompleted {
        #[serde(rename = "completed_at")]
        at: TimeMs,
    },
    /// `refund` is what the customer gets back, in won.
    OrderRejected {
        #[serde(rename = "rejected_at")]
        at: TimeMs,
        reason: RejectReason,
        refund: Won,
    },
    OrderCancelled {
        #[serde(rename = "cancelled_at")]
        at: TimeMs,
        reason: CancelReason,
        refund: Won,
    },
    /// The store gives back a part; the order goes on. KakaoPay's confirmation follows as `refund_completed`.
    RefundPromised {
        amount: Won,
        reason: CancelReason,
    },
    /// KakaoPay confirmed that this much went back.
    RefundCompleted {
        amount: Won,
    },
    ConflictRaised {
        conflict: Conflict,
    },
    /// A person said what became of the food.
    ConflictSettled {
        settlement: Settlement,
    },
}
