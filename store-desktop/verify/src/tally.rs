//! A day in numbers, counted from the JSON of its events alone.

use std::collections::HashMap;

use serde::Deserialize;
use shared::day::DayTotals;
use shared::id::{DayId, OrderId};
use shared::{TimeMs, Won};

use crate::Fault;

/// Counts the orders of one day.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    orders: HashMap<OrderId, Counted>,
    captured: i64,
    refunded: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Open,
    Completed,
    Rejected,
    Cancelled,
}

/// What counting needs of an event; everything else may be of a later version.
#[derive(Deserialize)]
pub(crate) struct Read {
    #[serde(default)]
    pub kind: String,
    pub day_id: Option<DayId>,
    order_id: Option<OrderId>,
    details: Option<Details>,
    amount: Option<i64>,
    pub closed_at: Option<TimeMs>,
    pub upto_seq: Option<i64>,
    pub head_hash: Option<String>,
    pub totals: Option<DayTotals>,
}

#[derive(Deserialize)]
struct Details {
    total: i64,
}

impl Read {
    /// An event that is no JSON says nothing that could be counted.
    pub(crate) fn of(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

impl Tally {
    /// Counts one event, given as its exact bytes, if it is about an order that was placed in `day`.
    pub fn count(&mut self, day: DayId, body: &[u8]) {
        if let Some(read) = Read::of(body) {
            self.read(day, &read);
        }
    }

    pub(crate) fn read(&mut self, day: DayId, event: &Read) {
        let Some(id) = event.order_id else { return };
        if ["order_placed", "order_reserved"].contains(&event.kind.as_str()) {
            if event.day_id == Some(day) {
                self.orders.insert(id, Counted::Open);
                self.captured += event.details.as_ref().map_or(0, |details| details.total);
            }
            return;
        }
        // Orders of an earlier day belong to its own certificate.
        let Some(order) = self.orders.get_mut(&id) else { return };
        match event.kind.as_str() {
            "order_completed" => *order = Counted::Completed,
            "order_rejected" => *order = Counted::Rejected,
            "order_cancelled" => *order = Counted::Cancelled,
            "refund_completed" => self.refunded += event.amount.unwrap_or(0),
            _ => {}
        }
    }

    /// Orders that are neither completed nor ended.
    pub fn open(&self) -> u32 {
        self.of(Counted::Open)
    }

    fn of(&self, wanted: Counted) -> u32 {
        u32::try_from(self.orders.values().filter(|order| **order == wanted).count()).unwrap_or(u32::MAX)
    }

    /// The totals; `None` when the sums are no amounts of money.
    pub fn totals(&self) -> Option<DayTotals> {
        Some(DayTotals {
            orders: u32::try_from(self.orders.len()).ok()?,
            completed: self.of(Counted::Completed),
            rejected: self.of(Counted::Rejected),
            cancelled: self.of(Counted::Cancelled),
            captured: Won::new(self.captured).ok()?,
            refunded: Won::new(self.refunded).ok()?,
        })
    }

    /// Compares with what somebody says the totals are.
    pub fn compare(&self, said: &DayTotals) -> Result<(), Fault> {
        let rows = [
            ("orders", self.orders.len() as i64, i64::from(said.orders)),
            ("completed", i64::from(self.of(Counted::Completed)), i64::from(said.completed)),
            ("rejected", i64::from(self.of(Counted::Rejected)), i64::from(said.rejected)),
            ("cancelled", i64::from(self.of(Counted::Cancelled)), i64::from(said.cancelled)),
            ("captured", self.captured, said.captured.get()),
            ("refunded", self.refunded, said.refunded.get()),
        ];
        for (field, computed, certified) in rows {
            if computed != certified {
                return Err(Fault::OtherTotals { field, computed, certified });
            }
        }
        match self.open() {
            0 => Ok(()),
            open => Err(Fault::OpenOrders { open }),
        }
    }
}
