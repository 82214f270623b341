//! The JSON inside an event. It is written once, hashed as bytes, and never rewritten.

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::availability::{Sellable, SoldOutUntil};
use crate::day::DayEvent;
use crate::id::{DayId, ItemKey, OrderId};
use crate::menu::MenuEdit;
use crate::order::{Actor, OrderEvent};

/// Version of the bodies written today.
pub const BODY_VERSION: u16 = 1;

/// One event of a store's log. No personal data, ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct LogBody {
    pub v: u16,
    /// When the server decided it.
    pub at: TimeMs,
    pub day_id: DayId,
    pub by: Actor,
    #[serde(flatten)]
    pub subject: Subject,
}

/// What the event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(untagged)]
pub enum Subject {
    Order {
        order_id: OrderId,
        /// The order's version after this event.
        order_version: u32,
        #[serde(flatten)]
        event: OrderEvent,
    },
    Day(DayEvent),
    Store(StoreEvent),
}

/// What happened to the store itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StoreEvent {
    /// Customers see another menu from here on; read it anew.
    MenuChanged {
        menu_version: i64,
    },
    /// The menu changed by this one edit; `menu_version` is what it became.
    MenuEdited {
        menu_version: i64,
        edit: MenuEdit,
    },
    /// Something cannot be sold for a while.
    SoldOut {
        what: Sellable,
        until: SoldOutUntil,
        sold_out_at: TimeMs,
    },
    BackOnSale {
        what: Sellable,
    },
    /// So many pieces of a counted item are left; without a number no count is kept.
    StockSet {
        item: ItemKey,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pieces: Option<u32>,
    },
    /// The week or the holidays changed; read them anew.
    ScheduleSet {
        schedule_version: i64,
    },
}

/// A body that this version of the program does not understand. Keep its bytes and go on.
#[derive(Debug, thiserror::Error)]
#[error("the event of kind {kind:?} cannot be read: {source}")]
pub struct UnreadableBody {
    pub kind: Option<String>,
    pub order_id: Option<OrderId>,
    #[source]
    pub source: serde_json::Error,
}

#[derive(Deserialize, Default)]
struct Outline {
    kind: Option<String>,
    order_id: Option<OrderId>,
}

impl LogBody {
    /// The bytes that are hashed, stored and sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a log body holds only strings and integers, which JSON can say")
    }

    /// Reads the bytes of an event.
    pub fn parse(bytes: &[u8]) -> Result<Self, UnreadableBody> {
        serde_json::from_slice(bytes).map_err(|source| {
            let outline: Outline = serde_json::from_slice(bytes).unwrap_or_default();
            UnreadableBody { kind: outline.kind, order_id: outline.order_id, source }
        })
    }

    /// The event's name in the log.
    pub fn kind(&self) -> &'static str {
        match &self.subject {
            Subject::Order { event, .. } => event.kind(),
            Subject::Day(event) => event.kind(),
            Subject::Store(event) => event.kind(),
        }
    }

    /// The order it is about, if any.
    pub fn order_id(&self) -> Option<OrderId> {
        match &self.subject {
            Subject::Order { order_id, .. } => Some(*order_id),
            Subject::Day(_) | Subject::Store(_) => None,
        }
    }
}

impl StoreEvent {
    /// The event's name in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MenuChanged { .. } => "menu_changed",
            Self::MenuEdited { .. } => "menu_edited",
            Self::SoldOut { .. } => "sold_out",
            Self::BackOnSale { .. } => "back_on_sale",
            Self::StockSet { .. } => "stock_set",
            Self::ScheduleSet { .. } => "schedule_set",
        }
    }
}

impl OrderEvent {
    /// The event's name in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OrderPlaced { .. } => "order_placed",
            Self::OrderReserved { .. } => "order_reserved",
            Self::ReservationFired { .. } => "reservation_fired",
            Self::OrderAccepted { .. } => "order_accepted",
            Self::CookingStarted { .. } => "cooking_started",
            Self::OrderReady { .. } => "order_ready",
            Self::OrderHandedOver { .. } => "order_handed_over",
            Self::OrderCompleted { .. } => "order_completed",
            Self::OrderRejected { .. } => "order_rejected",
            Self::OrderCancelled { .. } => "order_cancelled",
            Self::RefundPromised { .. } => "refund_promised",
            Self::RefundCompleted { .. } => "refund_completed",
            Self::ConflictRaised { .. } => "conflict_raised",
            Self::ConflictSettled { .. } => "conflict_settled",
        }
    }
}
