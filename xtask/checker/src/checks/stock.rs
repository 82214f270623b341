//! I4: what is left of counted items is what there was, less what orders of the log took; payments under way hold the rest.

use std::collections::HashMap;

use uuid::Uuid;

use crate::findings::{At, Findings};
use crate::fold::Orders;
use crate::read::postgres::Database;
use crate::read::rows::Order;
use crate::report::Invariant::I4;

/// States in which money may still come for an order.
const IN_FLIGHT: [&str; 4] = ["approve_requested", "approve_sent", "approve_unknown", "needs_review"];

pub fn check(db: &Database, folded: &Orders, findings: &mut Findings) {
    for order in db.orders.values() {
        if let Some(holds) = holds(db, folded, order) {
            let at = At::order(order.store_id, order.order_id);
            findings.same(I4, at, "its stock_reserved", &holds, &order.stock_reserved);
        }
    }
    let sold = pieces(db, |order| order.was_placed());
    let held = pieces(db, |order| !order.was_placed());
    for stock in &db.stock {
        let Some(published) = published(db, stock.store_id, &stock.item_key) else { continue };
        let of = |pieces: &Pieces<'_>| {
            pieces.get(&(stock.store_id, stock.item_key.as_str())).copied().unwrap_or(0)
        };
        let at = At::store(stock.store_id);
        let what = format!("what is left of {}", stock.item_key);
        findings.same(I4, at, &what, &(published - of(&sold)), &i64::from(stock.remaining));
        let what = format!("what payments hold of {}", stock.item_key);
        findings.same(I4, at, &what, &of(&held), &i64::from(stock.held));
    }
}

/// Whether an order has to hold its pieces; `None` while its payment is under way.
fn holds(db: &Database, folded: &Orders, order: &Order) -> Option<bool> {
    match folded.get(&order.order_id) {
        Some(said) => Some(said.ended.is_none()),
        None => {
            let mut own = db.attempts_of(order.order_id);
            let moving = order.phase == "pending_payment"
                && own.any(|attempt| IN_FLIGHT.contains(&attempt.state.as_str()));
            (!moving).then_some(false)
        }
    }
}

type Pieces<'a> = HashMap<(Uuid, &'a str), i64>;

/// What these orders have of each item.
fn pieces(db: &Database, these: impl Fn(&Order) -> bool) -> Pieces<'_> {
    let mut pieces = Pieces::new();
    for order in db.orders.values().filter(|order| order.stock_reserved && these(order)) {
        for item in db.items.get(&order.order_id).into_iter().flatten() {
            *pieces.entry((item.store_id, item.item_key.as_str())).or_default() += i64::from(item.quantity);
        }
    }
    pieces
}

/// Pieces that the menu named. `None` when a later menu set them anew while orders came, so that nobody can tell.
fn published(db: &Database, store: Uuid, item: &str) -> Option<i64> {
    let mut menus = db.menus.iter().filter(|menu| menu.store_id == store);
    let last = menus.next_back()?;
    let older =
        db.orders.values().any(|order| order.store_id == store && order.menu_version < last.menu_version);
    let categories = last.document["categories"].as_array()?;
    let items = categories.iter().filter_map(|category| category["items"].as_array()).flatten();
    // A count that somebody set, or a menu that was edited, says otherwise from then on.
    let set = db.events_of(store).iter().any(|event| {
        event.text("kind") == "menu_edited"
            || (event.text("kind") == "stock_set" && event.body["item"] == item)
    });
    let found = items.filter(|found| found["key"] == item).find_map(|found| found["stock"].as_i64());
    found.filter(|_| !older && !set)
}
