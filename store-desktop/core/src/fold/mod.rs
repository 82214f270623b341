//! The fold (접기): what the journal's events make of the store. Pure; the same journal gives the same orders.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::availability::Availability;
use shared::day::{Day, DayEvent};
use shared::id::{DayId, OrderId};
use shared::log::{LogBody, StoreEvent, Subject};
use shared::menu::MenuEdit;
use shared::order::{Actor, Order, OrderEvent, PhaseName};
use shared::wire::{Private, Snapshot, StoreCard};

use crate::journal::StoredEvent;

/// Most past events that are shown of one order; a normal life has ten.
const MAX_HISTORY: usize = 50;

/// The store as its log tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    pub store: Option<StoreCard>,
    /// The latest business day, running or closed.
    pub day: Option<Day>,
    pub availability: Availability,
    /// The menu that customers see, and the hours, by their versions; the documents are beside the log.
    pub menu_version: Option<i64>,
    pub schedule_version: Option<i64>,
    pub orders: BTreeMap<OrderId, Entry>,
    /// Events that this version could not read; they are in the journal all the same.
    pub unreadable: u64,
}

/// One order and what the counter must know beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub order: Order,
    pub day_id: DayId,
    /// When this counter learnt of it, by its own clock: the age of an alarm.
    pub received_at: TimeMs,
    pub history: Vec<Happened>,
    /// Somebody else ended it while the kitchen had it, and this counter learnt of it then.
    pub taken_from_kitchen_at: Option<TimeMs>,
    /// An event about it could not be read; what is shown may be old.
    pub needs_update: bool,
    /// Lives in its own table, so it is never part of a checkpoint.
    #[serde(skip)]
    pub private: Option<Private>,
}

/// One past event of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    pub kind: String,
    pub at: TimeMs,
    pub by: Actor,
}

/// What an event was about, for those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub kind: String,
    pub order_id: Option<OrderId>,
    pub number: Option<u32>,
    /// The menu became another one by this edit alone.
    pub edited: Option<Edited>,
}

/// One edit of the menu, as the log says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    pub menu_version: i64,
    pub edit: MenuEdit,
}

impl Ledger {
    /// The store at a snapshot, received at `now`.
    pub fn from_snapshot(snapshot: &Snapshot, now: TimeMs) -> Self {
        let entry = |card: &shared::wire::SnapshotOrder| Entry {
            order: card.order.clone(),
            day_id: snapshot.day.id,
            received_at: now,
            history: story(&card.order),
            taken_from_kitchen_at: None,
            needs_update: false,
            private: card.private.clone(),
        };
        Self {
            store: Some(snapshot.store.clone()),
            day: Some(snapshot.day.clone()),
            availability: snapshot.availability.clone(),
            menu_version: known(snapshot.menu_version),
            schedule_version: known(snapshot.schedule_version),
            orders: snapshot.orders.iter().map(|card| (card.order.id, entry(card))).collect(),
            unreadable: 0,
        }
    }

    /// Applies one event.
    pub fn apply(&mut self, stored: &StoredEvent) -> Noted {
        let body = match LogBody::parse(&stored.body) {
            Ok(body) => body,
            Err(unreadable) => {
                tracing::warn!(position = %stored.position, %unreadable, "an event cannot be read by this version");
                self.unreadable += 1;
                let entry = unreadable.order_id.and_then(|id| self.orders.get_mut(&id));
                let number = entry.and_then(|entry| {
                    entry.needs_update = true;
                    entry.number()
                });
                let kind = unreadable.kind.unwrap_or_else(|| "unreadable".to_owned());
                return Noted { kind, order_id: unreadable.order_id, number, edited: None };
            }
        };
        let mut noted =
            Noted { kind: body.kind().to_owned(), order_id: body.order_id(), number: None, edited: None };
        match &body.subject {
            Subject::Order { order_id, order_version, event } => {
                noted.number = self.apply_order(*order_id, *order_version, event, &body, stored);
            }
            Subject::Day(event) => self.apply_day(body.day_id, event),
            Subject::Store(event) => noted.edited = self.apply_store(event),
        }
        noted
    }

    fn apply_day(&mut self, id: DayId, event: &DayEvent) {
        if self.day.as_ref().is_none_or(|day| day.id != id) {
            self.leave_behind(id);
        }
        if matches!(event, DayEvent::DayClosed { .. }) {
            self.availability.day_ended();
        }
        self.day = Some(Day::fold(self.day.take(), id, event));
    }

    fn apply_store(&mut self, event: &StoreEvent) -> Option<Edited> {
        match event {
            StoreEvent::MenuChanged { menu_version } => self.menu_version = Some(*menu_version),
            StoreEvent::MenuEdited { menu_version, edit } => {
                self.menu_version = Some(*menu_version);
                return Some(Edited { menu_version: *menu_version, edit: edit.clone() });
            }
            StoreEvent::ScheduleSet { schedule_version } => self.schedule_version = Some(*schedule_version),
            StoreEvent::SoldOut { .. } | StoreEvent::BackOnSale { .. } | StoreEvent::StockSet { .. } => {
                self.availability.store_changed(event);
            }
        }
        None
    }

    fn apply_order(
        &mut self,
        id: OrderId,
        version: u32,
        event: &OrderEvent,
        body: &LogBody,
        stored: &StoredEvent,
    ) -> Option<u32> {
        let before = self.orders.remove(&id);
        let in_kitchen = before.as_ref().is_some_and(Entry::is_in_kitchen);
        let (order, entry) = match before {
            Some(entry) => (Some(entry.order.clone()), Some(entry)),
            None => (None, None),
        };
        // An event of an order that ended before the snapshot: it is not shown, so there is nothing to fold.
        let order = Order::fold(order, id, version, event)?;
        self.availability.order_changed(entry.as_ref().map(|entry| &entry.order), &order);
        let mut entry = entry.unwrap_or_else(|| Entry {
            order: order.clone(),
            day_id: body.day_id,
            received_at: stored.received_at,
            history: Vec::new(),
            taken_from_kitchen_at: None,
            needs_update: false,
            private: None,
        });
        entry.order = order;
        if matches!(event, OrderEvent::ReservationFired { .. }) {
            // It is new to the kitchen now; what it was told before it only waited for.
            entry.received_at = stored.received_at;
        }
        if in_kitchen && entry.order.phase.name() == PhaseName::Cancelled && !is_counter(body.by) {
            entry.taken_from_kitchen_at = Some(stored.received_at);
        }
        if stored.private.is_some() {
            entry.private.clone_from(&stored.private);
        }
        if entry.history.len() < MAX_HISTORY {
            entry.history.push(Happened { kind: event.kind().to_owned(), at: body.at, by: body.by });
        }
        let number = entry.number();
        self.orders.insert(id, entry);
        number
    }

    /// Yesterday's ended orders leave the screen when another day begins; open ones and conflicts stay, whatever day they are of.
    fn leave_behind(&mut self, day_id: DayId) {
        self.orders
            .retain(|_, entry| entry.day_id == day_id || !entry.is_ended() || entry.order.conflict.is_some());
    }

    /// Puts personal data from its own table beside the orders.
    pub fn attach_private(&mut self, mut private: HashMap<OrderId, Private>) {
        for (id, entry) in &mut self.orders {
            if entry.private.is_none() {
                entry.private = private.remove(id);
            }
        }
    }
}

impl Entry {
    /// The day's number, which staff call the order by.
    pub fn number(&self) -> Option<u32> {
        self.order.ticket.as_ref().map(|ticket| ticket.number)
    }

    /// Nothing is left to do for the store.
    pub fn is_ended(&self) -> bool {
        let name = self.order.phase.name();
        name.is_final() || name == PhaseName::HandedOver
    }

    fn is_in_kitchen(&self) -> bool {
        match self.order.phase.name() {
            PhaseName::Accepted | PhaseName::Cooking | PhaseName::Ready => true,
            PhaseName::PendingPayment
            | PhaseName::Reserved
            | PhaseName::Placed
            | PhaseName::HandedOver
            | PhaseName::Completed
            | PhaseName::Rejected
            | PhaseName::Cancelled => false,
        }
    }
}

/// Version 0 is what a server says that knows none.
fn known(version: i64) -> Option<i64> {
    (version > 0).then_some(version)
}

/// What a snapshot tells of an order's past.
fn story(order: &Order) -> Vec<Happened> {
    let placed = order.ticket.as_ref().map(|ticket| Happened {
        kind: if order.phase.name() == PhaseName::Reserved { "order_reserved" } else { "order_placed" }
            .to_owned(),
        at: ticket.placed_at,
        by: Actor::Payment,
    });
    placed.into_iter().collect()
}

fn is_counter(actor: Actor) -> bool {
    match actor {
        Actor::Counter { .. } => true,
        Actor::Customer | Actor::Timer | Actor::Payment | Actor::Operator => false,
    }
}
