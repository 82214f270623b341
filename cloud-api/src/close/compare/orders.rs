//! E2: folding the log makes the orders what their rows say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::TimeMs;
use shared::day::Day;
use shared::log::Subject;
use shared::order::{Order, OrderEvent};
use shared::wire::Equality;
use uuid::Uuid;

use super::events::{Event, Events};
use super::{Findings, Place};
use crate::clock::to_ms;
use crate::close::books::Books;
use crate::db::closing::OrderRow;
use crate::orders::refund_reason;

/// An order as the log tells it.
#[derive(Debug, Clone)]
pub struct Folded {
    pub order: Order,
    pub day_id: Uuid,
    /// What was to go back, as (won, the refund's reason).
    pub promised: Vec<(i64, String)>,
    /// What the log says went back, in won.
    pub done: Vec<i64>,
    /// When it was completed, and how many won were to go back by then.
    pub completed: Option<(TimeMs, i64)>,
}

/// Every order of the books by the log.
pub type FoldedOrders = BTreeMap<Uuid, Folded>;

pub(super) fn orders(books: &Books, events: &Events<'_>, found: &mut Findings) -> FoldedOrders {
    day(books, events, found);
    let mut events: Vec<&Event<'_>> = events.elsewhere.iter().chain(&events.day).collect();
    events.sort_by_key(|event| event.row.seq);
    let mut folded = FoldedOrders::new();
    for event in events {
        fold(&mut folded, event, found);
    }
    let known: BTreeSet<Uuid> = books.orders.iter().map(|order| order.order_id).collect();
    for (id, _) in folded.iter().filter(|(id, _)| !known.contains(id)) {
        found.same(Equality::Orders, Place::order(*id), "order", &true, &false);
    }
    for row in &books.orders {
        match folded.get(&row.order_id) {
            Some(folded) => compare(row, folded, found),
            None => found.same(Equality::Orders, Place::order(row.order_id), "order_placed", &true, &false),
        }
    }
    numbers(books, found);
    folded
}

/// The day's own row, by the same rule.
fn day(books: &Books, events: &Events<'_>, found: &mut Findings) {
    let mut day = None;
    for event in &events.day {
        let Ok(body) = &event.body else { continue };
        if let Subject::Day(event) = &body.subject {
            day = Some(Day::fold(day, body.day_id, event));
        }
    }
    // Days of before are a state alone.
    let (Some(day), Some(row)) = (day, &books.day.day) else { return };
    let place = Place::seq(books.day.first_seq);
    found.same(Equality::Orders, place, "day_state", &day.state().as_str(), &books.day.state.as_str());
    let expected = serde_json::to_value(&day).unwrap_or(Value::Null);
    found.same(Equality::Orders, place, "day", &expected, row);
}

fn fold(folded: &mut FoldedOrders, event: &Event<'_>, found: &mut Findings) {
    let Ok(body) = &event.body else { return };
    let day_id = body.day_id.0;
    let Subject::Order { order_id, order_version, event: change } = &body.subject else { return };
    let (order_id, order_version) = (*order_id, *order_version);
    let place = Place { seq: Some(event.row.seq), order: Some(order_id.0), attempt: None };
    let before = folded.remove(&order_id.0);
    let version = before.as_ref().map_or(1, |before| before.order.version + 1);
    found.same(Equality::Orders, place, "order_version", &version, &order_version);
    let (order, kept) = before
        .map(|Folded { order, day_id, promised, done, completed }| {
            (order, (day_id, promised, done, completed))
        })
        .unzip();
    let Some(order) = Order::fold(order, order_id, order_version, change) else {
        found.same(Equality::Orders, place, "order_placed", &true, &false);
        return;
    };
    let (day_id, promised, done, completed) = kept.unwrap_or((day_id, Vec::new(), Vec::new(), None));
    let mut after = Folded { order, day_id, promised, done, completed };
    match change {
        OrderEvent::OrderRejected { refund, .. }
        | OrderEvent::OrderCancelled { refund, .. }
        | OrderEvent::RefundPromised { amount: refund, .. } => {
            if let Some(reason) = refund_reason(change, order_version).filter(|_| !refund.is_zero()) {
                after.promised.push((refund.get(), reason));
            }
        }
        OrderEvent::RefundCompleted { amount } => after.done.push(amount.get()),
        OrderEvent::OrderCompleted { at } => {
            let asked = after.promised.iter().map(|(amount, _)| amount).sum();
            after.completed = Some((*at, asked));
        }
        OrderEvent::OrderPlaced { .. }
        | OrderEvent::OrderReserved { .. }
        | OrderEvent::ReservationFired { .. }
        | OrderEvent::OrderAccepted { .. }
        | OrderEvent::CookingStarted { .. }
        | OrderEvent::OrderReady { .. }
        | OrderEvent::OrderHandedOver { .. }
        | OrderEvent::ConflictRaised { .. }
        | OrderEvent::ConflictSettled { .. } => {}
    }
    folded.insert(order_id.0, after);
}

fn compare(row: &OrderRow, folded: &Folded, found: &mut Findings) {
    let order = &folded.order;
    let place = Place::order(row.order_id);
    let ticket = order.ticket.as_ref();
    let details = &order.details;
    let mut texts = |field: &str, expected: Value, is: Value| {
        found.same(Equality::Orders, place, field, &expected, &is);
    };
    let json = |value: Result<Value, serde_json::Error>| value.unwrap_or(Value::Null);
    texts("phase", order.phase.name().as_str().into(), row.phase.clone().into());
    texts("state", json(serde_json::to_value(&order.phase)), row.state.clone());
    texts("conflict", json(serde_json::to_value(order.conflict)), row.conflict.clone().into());
    texts("mode", details.mode.as_str().into(), row.mode.clone().into());
    texts("call_name", ticket.map(|ticket| ticket.call_name.clone()).into(), row.call_name.clone().into());
    texts("lines", json(serde_json::to_value(&details.lines)), row.lines.clone());
    texts("day_id", folded.day_id.to_string().into(), row.day_id.map(|day| day.to_string()).into());
    let mut numbers = |field: &str, expected: i64, is: i64| {
        found.same(Equality::Orders, place, field, &expected, &is);
    };
    numbers("version", i64::from(order.version), i64::from(row.version));
    numbers("number", ticket.map_or(-1, |ticket| i64::from(ticket.number)), row.number.map_or(-1, i64::from));
    numbers(
        "placed_at",
        ticket.map_or(-1, |ticket| ticket.placed_at.0),
        row.placed_at.map_or(-1, |at| to_ms(at).0),
    );
    numbers(
        "pick_up_at",
        order.pick_up_at.map_or(-1, |at| at.0),
        row.pick_up_at.map_or(-1, |at| to_ms(at).0),
    );
    numbers("total", details.total.get(), row.total);
    numbers("tax_free", details.tax_free.get(), row.tax_free);
    numbers("vat", details.vat.get(), row.vat);
    numbers("points", details.points.get(), row.points);
    numbers("refunded", order.refunded.get(), row.refunded);
    numbers("refund_promised", order.refund_promised.get(), row.refund_promised);
    numbers("has_request", i64::from(order.has_request), i64::from(row.has_request));
}

/// The day's numbers are 1, 2, 3 … without holes: each was given out with its order, in one transaction.
fn numbers(books: &Books, found: &mut Findings) {
    let of_day = books.orders.iter().filter(|order| order.day_id == Some(books.day_id.0));
    let mut numbers: Vec<i32> = of_day.filter_map(|order| order.number).collect();
    numbers.sort_unstable();
    let wanted: Vec<i32> = (1..books.day.next_number).collect();
    if numbers != wanted {
        let shown = |numbers: &[i32]| {
            numbers.last().map_or_else(|| "none".to_owned(), |last| format!("{} up to {last}", numbers.len()))
        };
        let (wanted, numbers) = (shown(&wanted), shown(&numbers));
        found.note(
            Equality::Orders,
            shared::wire::Blamed::Database,
            Place::default(),
            "numbers",
            wanted,
            numbers,
        );
    }
}
