//! The sales of one day, from its events.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::day::DayEvent;
use shared::id::{DayId, OrderId};
use shared::log::{LogBody, Subject};
use shared::order::{CancelReason, Order, OrderEvent, Phase, PhaseName, RejectReason};
use shared::{TimeMs, Won, points};

use crate::journal::DayEvents;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// A day in numbers. Sums are over orders that were not rejected or cancelled, unless they say otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Sales {
    pub day_id: DayId,
    pub opened_at: TimeMs,
    pub closed_at: Option<TimeMs>,
    /// Every order that was placed.
    pub orders: u32,
    /// Handed over or completed.
    pub completed: u32,
    pub rejected: u32,
    pub cancelled: u32,
    /// Won that was taken for every order that was placed.
    pub captured: Won,
    /// Won of it that goes back.
    pub refunded: Won,
    /// Won that customers paid with points and that did not come back; the store is paid them like the rest.
    pub points: Won,
    pub vat: Won,
    pub tax_free: Won,
    pub hours: Vec<HourSales>,
    /// The most sold first.
    pub items: Vec<ItemSales>,
    pub accept: Option<AcceptTimes>,
    /// Share of orders that were ready by their promise, from 0 to 1.
    pub on_time: Option<f64>,
    pub ended_early: Vec<EndedEarly>,
}

/// What was placed within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HourSales {
    pub from: TimeMs,
    pub orders: u32,
    pub amount: Won,
}

/// What was sold of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ItemSales {
    pub item: String,
    /// As it was called in the latest order.
    pub name: String,
    pub quantity: u32,
    pub amount: Won,
}

/// Milliseconds from placement to acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AcceptTimes {
    pub p50: i64,
    pub p90: i64,
    pub slowest: i64,
}

/// Orders that ended before hand-over, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct EndedEarly {
    /// `reject` or `cancel`.
    pub kind: &'static str,
    pub reason: String,
    pub orders: u32,
    pub amount: Won,
}

/// One order with what its sales need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldOrder {
    pub order: Order,
    pub accepted_at: Option<TimeMs>,
    pub promised: Option<TimeMs>,
    pub ready_at: Option<TimeMs>,
    pub refund: Won,
}

/// Folds a day's events into its orders and its numbers.
pub fn sales(read: &DayEvents) -> (Sales, Vec<SoldOrder>) {
    let mut orders: BTreeMap<OrderId, SoldOrder> = BTreeMap::new();
    for order in &read.before {
        orders.insert(order.id, sold(order.clone()));
    }
    let (mut opened_at, mut closed_at) = (None, read.day.closed_at);
    for event in &read.events {
        let Ok(body) = LogBody::parse(&event.body) else { continue };
        match &body.subject {
            Subject::Order { order_id, order_version, event } => {
                // Orders of another day that end in this one belong to theirs.
                if body.day_id == read.day.day_id || orders.contains_key(order_id) {
                    follow(&mut orders, *order_id, *order_version, event, body.at);
                }
            }
            Subject::Day(DayEvent::DayOpened { opened_at: at, .. }) if body.day_id == read.day.day_id => {
                opened_at.get_or_insert(*at);
            }
            Subject::Day(DayEvent::DayClosed { closed_at: at, .. }) if body.day_id == read.day.day_id => {
                closed_at = Some(*at);
            }
            Subject::Day(_) | Subject::Store(_) => {}
        }
    }
    let mut orders: Vec<SoldOrder> = orders.into_values().collect();
    orders.sort_by_key(|one| one.order.ticket.as_ref().map(|ticket| (ticket.placed_at, ticket.number)));
    let opened_at = opened_at.unwrap_or(read.day.opened_at);
    (sum(read.day.day_id, opened_at, closed_at, &orders), orders)
}

fn sold(order: Order) -> SoldOrder {
    // A part is promised, the whole goes back with the end of the order.
    let refund = match order.phase.name() {
        PhaseName::Rejected | PhaseName::Cancelled => order.details.total,
        PhaseName::PendingPayment
        | PhaseName::Reserved
        | PhaseName::Placed
        | PhaseName::Accepted
        | PhaseName::Cooking
        | PhaseName::Ready
        | PhaseName::HandedOver
        | PhaseName::Completed => order.refund_promised,
    };
    SoldOrder { order, accepted_at: None, promised: None, ready_at: None, refund }
}

fn follow(
    orders: &mut BTreeMap<OrderId, SoldOrder>,
    id: OrderId,
    version: u32,
    event: &OrderEvent,
    at: TimeMs,
) {
    let before = orders.remove(&id);
    let (known, mut one) = match before {
        Some(one) => (Some(one.order.clone()), Some(one)),
        None => (None, None),
    };
    let Some(order) = Order::fold(known, id, version, event) else { return };
    let one = one.get_or_insert_with(|| sold(order.clone()));
    one.order = order;
    match event {
        OrderEvent::OrderAccepted { ready_by, .. } => {
            one.accepted_at = Some(at);
            one.promised = Some(*ready_by);
        }
        OrderEvent::OrderReady { at } => one.ready_at = Some(*at),
        OrderEvent::OrderRejected { refund, .. } | OrderEvent::OrderCancelled { refund, .. } => {
            one.refund = plus(one.refund, *refund);
        }
        OrderEvent::RefundPromised { amount, .. } => one.refund = plus(one.refund, *amount),
        OrderEvent::OrderPlaced { .. }
        | OrderEvent::OrderReserved { .. }
        | OrderEvent::ReservationFired { .. }
        | OrderEvent::CookingStarted { .. }
        | OrderEvent::OrderHandedOver { .. }
        | OrderEvent::OrderCompleted { .. }
        | OrderEvent::RefundCompleted { .. }
        | OrderEvent::ConflictRaised { .. }
        | OrderEvent::ConflictSettled { .. } => {}
    }
    orders.insert(id, one.clone());
}

fn sum(day_id: DayId, opened_at: TimeMs, closed_at: Option<TimeMs>, orders: &[SoldOrder]) -> Sales {
    let mut sales = Sales {
        day_id,
        opened_at,
        closed_at,
        orders: 0,
        completed: 0,
        rejected: 0,
        cancelled: 0,
        captured: Won::ZERO,
        refunded: Won::ZERO,
        points: Won::ZERO,
        vat: Won::ZERO,
        tax_free: Won::ZERO,
        hours: hours(orders),
        items: items(orders),
        accept: accept(orders),
        on_time: on_time(orders),
        ended_early: ended_early(orders),
    };
    for one in orders.iter().filter(|one| one.order.phase.name() != PhaseName::PendingPayment) {
        sales.orders += 1;
        sales.captured = plus(sales.captured, one.order.details.total);
        sales.refunded = plus(sales.refunded, one.refund);
        match one.order.phase.name() {
            PhaseName::HandedOver | PhaseName::Completed => sales.completed += 1,
            PhaseName::Rejected => sales.rejected += 1,
            PhaseName::Cancelled => sales.cancelled += 1,
            PhaseName::PendingPayment
            | PhaseName::Reserved
            | PhaseName::Placed
            | PhaseName::Accepted
            | PhaseName::Cooking
            | PhaseName::Ready => {}
        }
        if is_sale(one) {
            sales.points = plus(sales.points, points_kept(one));
            sales.vat = plus(sales.vat, one.order.details.vat);
            sales.tax_free = plus(sales.tax_free, one.order.details.tax_free);
        }
    }
    sales
}

/// Points of an order that a part of its money took back with it are no longer the store's.
fn points_kept(one: &SoldOrder) -> Won {
    let details = &one.order.details;
    let returned = points::returned(details, one.refund.get());
    Won::new(details.points.get() - returned).unwrap_or(Won::ZERO)
}

/// A sum that would not fit stays at what it was; a store never comes near.
fn plus(sum: Won, more: Won) -> Won {
    sum.checked_add(more).unwrap_or(sum)
}

fn is_sale(one: &SoldOrder) -> bool {
    match one.order.phase.name() {
        PhaseName::PendingPayment | PhaseName::Rejected | PhaseName::Cancelled => false,
        PhaseName::Reserved
        | PhaseName::Placed
        | PhaseName::Accepted
        | PhaseName::Cooking
        | PhaseName::Ready
        | PhaseName::HandedOver
        | PhaseName::Completed => true,
    }
}

fn placed_at(one: &SoldOrder) -> Option<TimeMs> {
    one.order.ticket.as_ref().map(|ticket| ticket.placed_at)
}

fn hours(orders: &[SoldOrder]) -> Vec<HourSales> {
    let mut hours: BTreeMap<i64, (u32, Won)> = BTreeMap::new();
    for one in orders.iter().filter(|one| is_sale(one)) {
        let Some(at) = placed_at(one) else { continue };
        // Korean hours begin with the world's: nine of them lie between.
        let (count, amount) = hours.entry(at.0.div_euclid(HOUR_MS)).or_default();
        *count += 1;
        *amount = plus(*amount, points::price(&one.order.details));
    }
    let row = |(hour, (orders, amount))| HourSales { from: TimeMs(hour * HOUR_MS), orders, amount };
    hours.into_iter().map(row).collect()
}

fn items(orders: &[SoldOrder]) -> Vec<ItemSales> {
    let mut items: BTreeMap<&str, ItemSales> = BTreeMap::new();
    for line in orders.iter().filter(|one| is_sale(one)).flat_map(|one| &one.order.details.lines) {
        let item = items.entry(&line.item.0).or_insert_with(|| ItemSales {
            item: line.item.0.clone(),
            name: line.name.clone(),
            quantity: 0,
            amount: Won::ZERO,
        });
        item.name.clone_from(&line.name);
        item.quantity = item.quantity.saturating_add(line.quantity);
        item.amount = plus(item.amount, line.amount);
    }
    let mut items: Vec<ItemSales> = items.into_values().collect();
    items.sort_by(|a, b| (b.quantity, b.amount, &a.item).cmp(&(a.quantity, a.amount, &b.item)));
    items
}

fn accept(orders: &[SoldOrder]) -> Option<AcceptTimes> {
    let wait = |one: &SoldOrder| Some(one.accepted_at?.ms_since(placed_at(one)?).max(0));
    let mut waits: Vec<i64> = orders.iter().filter_map(wait).collect();
    waits.sort_unstable();
    let slowest = *waits.last()?;
    let at = |percent: usize| waits[(waits.len() * percent).div_ceil(100).max(1) - 1];
    Some(AcceptTimes { p50: at(50), p90: at(90), slowest })
}

fn on_time(orders: &[SoldOrder]) -> Option<f64> {
    let kept = |one: &SoldOrder| Some(one.ready_at? <= one.promised?);
    let kept: Vec<bool> = orders.iter().filter_map(kept).collect();
    let good = kept.iter().filter(|kept| **kept).count();
    (!kept.is_empty()).then(|| good as f64 / kept.len() as f64)
}

fn ended_early(orders: &[SoldOrder]) -> Vec<EndedEarly> {
    let mut reasons: BTreeMap<(&'static str, String), (u32, Won)> = BTreeMap::new();
    for one in orders {
        let Some(key) = early(&one.order.phase) else { continue };
        let (count, amount) = reasons.entry(key).or_default();
        *count += 1;
        *amount = plus(*amount, points::price(&one.order.details));
    }
    let row = |((kind, reason), (orders, amount))| EndedEarly { kind, reason, orders, amount };
    let mut rows: Vec<EndedEarly> = reasons.into_iter().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.orders));
    rows
}

fn early(phase: &Phase) -> Option<(&'static str, String)> {
    match phase {
        Phase::Rejected { reason, .. } => Some(("reject", name_of::<RejectReason>(reason))),
        Phase::Cancelled { reason, .. } => Some(("cancel", name_of::<CancelReason>(reason))),
        Phase::PendingPayment
        | Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. } => None,
    }
}

/// The stable name.
pub(super) fn name_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::order::{OrderDetails, OrderMode};

    fn won(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    /// 10,000 won, of which points paid 1,000; `back` won of the rest go back.
    fn paid_with_points(phase: Phase, back: i64) -> SoldOrder {
        let details = OrderDetails {
            mode: OrderMode::Takeout,
            lines: Vec::new(),
            total: won(9_000),
            tax_free: Won::ZERO,
            vat: won(818),
            points: won(1_000),
        };
        let order = Order { phase, ..Order::pending(OrderId::fresh(), details, false) };
        SoldOrder { refund: won(back), ..sold(order) }
    }

    #[test]
    fn what_points_paid_is_sold_and_goes_back_with_the_money() {
        let at = TimeMs(1_763_683_200_000);
        let whole = paid_with_points(Phase::Completed { at }, 0);
        let part = paid_with_points(Phase::Completed { at }, 4_500);
        let ended =
            paid_with_points(Phase::Cancelled { at, reason: CancelReason::CustomerChangedMind }, 9_000);
        let sales = sum(DayId::fresh(), at, None, &[whole, part, ended]);
        assert_eq!((sales.captured, sales.refunded, sales.points), (won(27_000), won(13_500), won(1_500)));
    }
}
