//! `GET /v1/store/snapshot`: what a counter shows before it has read the log.

use serde::{Deserialize, Serialize};

use super::Private;
use crate::TimeMs;
use crate::availability::Availability;
use crate::day::Day;
use crate::id::StoreId;
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
    /// The running business day, else the last one.
    pub day: Day,
    /// What is sold out and how much is left.
    #[serde(default)]
    pub availability: Availability,
    /// Version of the menu document; `GET /v1/store/menu` has it.
    #[serde(default)]
    pub menu_version: i64,
    /// Version of the week and the holidays; `GET /v1/store/schedule` has them.
    #[serde(default)]
    pub schedule_version: i64,
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
    /// What the law wants on a receipt; absent from servers that do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub business: Option<BusinessCard>,
}

/// The business behind a store, as a receipt names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BusinessCard {
    /// The name that it is registered under (상호).
    pub company: String,
    /// Who answers for it (대표자).
    pub representative: String,
    /// `000-00-00000` (사업자등록번호).
    pub registration_no: String,
    pub address: String,
    pub phone: String,
}

/// An order with the personal data beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotOrder {
    pub order: Order,
    pub private: Option<Private>,
}
