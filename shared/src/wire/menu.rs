//! `GET /v1/store/menu` and `GET /v1/store/schedule`: what a counter shows and edits.

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::availability::Availability;
use crate::menu::Menu;
use crate::reservation::ReservationRules;
use crate::schedule::StoreSchedule;

/// The menu document as people edit it, with what is sold out beside it. Its `ETag` is the version with a mark of the availability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StoreMenu {
    pub menu_version: i64,
    /// With what is disabled; nothing in it is marked as sold out or counted.
    pub menu: Menu,
    pub availability: Availability,
}

/// The hours of a store, with what they mean at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StoreHours {
    pub schedule_version: i64,
    pub schedule: StoreSchedule,
    /// What may be ordered for later in these hours.
    pub reservations: ReservationRules,
    pub server_time: TimeMs,
    /// When the hours next begin; absent when none begin within two months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub next_opening: Option<TimeMs>,
    /// When the hours that run now end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub closes_at: Option<TimeMs>,
}
