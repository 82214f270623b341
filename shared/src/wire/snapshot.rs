//! `GET /v1/store/snapshot`: what a counter shows before it has read the log.

use serde::{Deserialize, Serialize};

use super::Private;
use crate::TimeMs;
use crate::id::{DayId, StoreId};
use crate::log::Position;
use crate::order::Order;

/// The store at one position of its log: open orders and those that ended in this business day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub position: Position,
    /// The whole chain hash at `position`, 64 hex digits: the next event is chained to it.
    pub head_hash: String,
    pub server_time: TimeMs,
    pub store: StoreCard,
    pub day: DayCard,
    pub orders: Vec<SnapshotOrder>,
}

/// What a counter shows of its store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StoreCard {
    pub store_id: StoreId,
    pub name: String,
    pub branch: String,
    /// Minutes offered first when an order is accepted.
    pub prep_minutes_default: u32,
}

/// The running business day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DayCard {
    pub day_id: DayId,
    pub opened_at: TimeMs,
}

/// An order with the personal data beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotOrder {
    pub order: Order,
    pub private: Option<Private>,
}
