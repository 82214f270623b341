//! Reservations (예약): an order that is paid now for a later time of the same business day.
//!
//! [`Book`] says which times can be had and why another one cannot, [`Wish`] reads a time as people type it, [`problem`] finds what a later
//! change of the day or the hours has made impossible.

mod book;
mod problem;
mod wish;

use serde::{Deserialize, Serialize};

use crate::TimeMs;

pub use book::{Book, NoReservation};
pub use problem::{ReservationProblem, problem};
pub use wish::Wish;

/// Lengths of a slot that a store may choose, in minutes.
pub const SLOT_MINUTES: [u32; 2] = [10, 15];
/// Most orders of one slot that a store may allow.
pub const MAX_CAPACITY: u32 = 500;

/// What a store allows. The default is generous: it only keeps a flood from breaking the kitchen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields, default)]
pub struct ReservationRules {
    /// Whether orders for later are taken at all.
    pub enabled: bool,
    /// One of [`SLOT_MINUTES`].
    pub slot_minutes: u32,
    /// Orders that may be picked up in one slot.
    pub capacity: u32,
}

impl Default for ReservationRules {
    fn default() -> Self {
        Self { enabled: true, slot_minutes: SLOT_MINUTES[0], capacity: 20 }
    }
}

impl ReservationRules {
    /// Whether a kitchen could live by them.
    pub fn is_sensible(self) -> bool {
        SLOT_MINUTES.contains(&self.slot_minutes) && (1..=MAX_CAPACITY).contains(&self.capacity)
    }
}

/// When the kitchen has to know of it: the store's usual prep time before the customer comes.
pub fn fires_at(pick_up_at: TimeMs, prep_minutes: u32) -> TimeMs {
    pick_up_at.plus_ms(-i64::from(prep_minutes) * 60_000)
}
