//! I4: the rows of orders, their lines and directories are what the log says. Orders that never reached the store have no log; they are
//! held against each other. I6: numbers and names are unique in their day.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::findings::{At, Findings, shown};
use crate::fold::{Folded, Orders};
use crate::read::postgres::Database;
use crate::read::rows::{Item, Order, Refund, Time};
use crate::report::Invariant::{I4, I6};

/// An order's id is made a moment before its row; a stopped process may stretch that.
const ID_AGE_MS: i64 = 10 * 60 * 1_000;
/// Clocks of one machine.
const CLOCKS_MS: i64 = 5_000;

pub fn check(db: &Database, folded: &Orders, findings: &mut Findings) {
    for (id, order) in &db.orders {
        let at = At::order(order.store_id, *id);
        let items = db.items.get(id).map_or(&[][..], Vec::as_slice);
        match folded.get(id) {
            Some(said) => {
                placed(order, said, at, findings);
                lines(order, items, said, at, findings);
            }
            None => unplaced(db, order, at, findings),
        }
        sums(order, items, at, findings);
        times(db, order, at, findings);
    }
    for (id, said) in folded {
        if !db.orders.contains_key(id) {
            findings.add(
                I4,
                At::nowhere(),
                format!("order {id} is {} in the log and has no row", said.phase()),
            );
        }
    }
    stray_lines(db, findings);
    directories(db, findings);
    names(db, folded, findings);
    menus(db, findings);
}

fn placed(order: &Order, said: &Folded, at: At, findings: &mut Findings) {
    let mut same = |what: &str, log: String, row: String| {
        findings.same(I4, at, &format!("the row's {what}"), &log, &row)
    };
    let details =
        |name: &str| said.details[name].as_i64().map_or_else(|| "nothing".to_owned(), |won| won.to_string());
    same("version", said.version.to_string(), order.version.to_string());
    same("phase", said.phase().to_owned(), order.phase.clone());
    same("state", Value::Object(said.state.clone()).to_string(), order.state.to_string());
    same("number", said.number.to_string(), shown(order.number));
    same("call_name", said.call_name.clone(), shown(order.call_name.as_ref()));
    same("placed_at", said.placed_at.to_string(), shown(order.placed_at.map(|at| at.timestamp_millis())));
    same("day_id", said.day.to_string(), shown(order.day_id));
    same("mode", said.details["mode"].as_str().unwrap_or("nothing").to_owned(), order.mode.clone());
    same(
        "pick_up_at",
        shown(said.reserved.map(|reserved| reserved.pick_up_at)),
        shown(order.pick_up_at.map(|at| at.timestamp_millis())),
    );
    same("total", details("total"), order.total.to_string());
    same("tax_free", details("tax_free"), order.tax_free.to_string());
    same("vat", details("vat"), order.vat.to_string());
    // Absent where points pay nothing.
    same("points", said.details["points"].as_i64().unwrap_or(0).to_string(), order.points.to_string());
    same("has_request", said.has_request.to_string(), order.has_request.to_string());
    same("refunded", said.refunded.to_string(), order.refunded.to_string());
    same("refund_promised", said.promised.to_string(), order.refund_promised.to_string());
    same("conflict", shown(said.conflict.as_ref()), shown(order.conflict.as_ref()));
    same("updated_at", said.changed_at.to_string(), order.updated_at.timestamp_millis().to_string());
}

fn lines(order: &Order, items: &[Item], said: &Folded, at: At, findings: &mut Findings) {
    let rows: Vec<Value> = items
        .iter()
        .map(|item| {
            json!({"item": item.item_key, "name": item.name, "quantity": item.quantity, "options": item.options,
                   "unit_price": item.unit_price, "amount": item.amount, "tax_free": item.tax_free})
        })
        .collect();
    let log = said.details["lines"].as_array().cloned().unwrap_or_default();
    findings.demand(rows.len() == log.len(), I4, at, || {
        format!("it has {} lines, the log says {}", rows.len(), log.len())
    });
    for (index, (row, line)) in rows.iter().zip(&log).enumerate() {
        findings.demand(row == line, I4, at, || {
            format!("line {index} of {} is {row}, the log says {line}", order.order_id)
        });
    }
}

/// An order that is not in the log: it waits for its payment, or ended without.
fn unplaced(db: &Database, order: &Order, at: At, findings: &mut Findings) {
    findings.demand(
        !order.was_placed() && order.day_id.is_none() && order.call_name.is_none(),
        I4,
        at,
        || format!("it has the number {} and no event in the log", shown(order.number)),
    );
    findings.same(
        I4,
        at,
        "the name in its state",
        &order.phase.as_str(),
        &order.state["state"].as_str().unwrap_or_default(),
    );
    let changes = own_changes(db, order);
    let (version, changed) = match order.phase.as_str() {
        "pending_payment" => {
            findings.same(
                I4,
                at,
                "the state of an unpaid order",
                &json!({"state": "pending_payment"}),
                &order.state,
            );
            (0, order.created_at.timestamp_millis())
        }
        "cancelled" => {
            let reason = order.state["reason"].as_str().unwrap_or_default();
            let known = [
                "payment_expired",
                "payment_failed",
                "replaced",
                "not_orderable",
                "store_trouble",
                "customer_changed_mind",
                "operator",
            ];
            findings.demand(known.contains(&reason), I4, at, || {
                format!("an unpaid order cannot be cancelled for {reason:?}")
            });
            (1 + changes, order.state["at"].as_i64().unwrap_or(i64::MIN))
        }
        other => return findings.add(I4, at, format!("it is {other} and has no event in the log")),
    };
    if order.conflict.is_none() {
        findings.same(I4, at, "its version", &version, &i64::from(order.version));
        if changes == 0 {
            findings.same(I4, at, "its updated_at", &changed, &order.updated_at.timestamp_millis());
        }
    }
    let back: i64 = refunds_of_it(db, order).map(|refund| refund.amount).sum();
    findings.same(I4, at, "its refunded", &back, &order.refunded);
}

/// Changes of an order that was never placed and that no event reports: its own money that went back.
fn own_changes(db: &Database, order: &Order) -> i64 {
    i64::try_from(refunds_of_it(db, order).count()).unwrap_or(i64::MAX)
}

fn refunds_of_it<'a>(db: &'a Database, order: &'a Order) -> impl Iterator<Item = &'a Refund> {
    let paid = db.attempts_of(order.order_id).filter(|attempt| attempt.state == "approved");
    paid.flat_map(|attempt| db.refunds_of(attempt.attempt_id)).filter(|refund| refund.state == "done")
}

fn sums(order: &Order, items: &[Item], at: At, findings: &mut Findings) {
    let sum: i64 = items.iter().map(|item| item.amount).sum();
    findings.same(I4, at, "the sum of its lines", &(order.total + order.points), &sum);
    let free: i64 = items.iter().filter(|item| item.tax_free).map(|item| item.amount).sum();
    // Points pay for what carries VAT first.
    findings.same(I4, at, "the tax-free part of its lines", &order.tax_free, &free.min(order.total));
    // A tenth of the net price is an eleventh of the price; any rounding to a won is as good as another.
    let taxable = order.total - order.tax_free;
    findings.demand((order.vat * 11 - taxable).abs() < 11, I4, at, || {
        format!("its VAT is {} of {taxable} won", order.vat)
    });
    for (index, item) in items.iter().enumerate() {
        let wrong = i64::from(item.quantity) * item.unit_price != item.amount;
        findings.demand(!wrong, I4, at, || {
            format!("line {index}: {} × {} is not {}", item.quantity, item.unit_price, item.amount)
        });
        let numbered = i32::try_from(index).is_ok_and(|index| index == item.line_no);
        findings.demand(numbered, I4, at, || {
            format!("its lines are numbered {} where {index} belongs", item.line_no)
        });
    }
}

fn times(db: &Database, order: &Order, at: At, findings: &mut Findings) {
    if let Some((seconds, nanos)) = order.order_id.get_timestamp().map(|made| made.to_unix()) {
        let made = i64::try_from(seconds).unwrap_or(0) * 1_000 + i64::from(nanos / 1_000_000);
        let age = order.created_at.timestamp_millis() - made;
        findings
            .demand(age.abs() <= ID_AGE_MS, I4, at, || format!("its row is {age} ms younger than its id"));
    }
    let ordered = |a: Time, b: Time| (b - a).num_milliseconds() >= -CLOCKS_MS;
    findings.demand(
        ordered(order.created_at, order.updated_at) && ordered(order.updated_at, db.now),
        I4,
        at,
        || format!("it was made at {} and changed at {}", order.created_at, order.updated_at),
    );
    let version = db.stores.get(&order.store_id).map_or(0, |store| store.menu_version);
    let menu = db
        .menus
        .iter()
        .find(|menu| menu.store_id == order.store_id && menu.menu_version == order.menu_version);
    findings.demand(order.menu_version <= version && menu.is_some(), I4, at, || {
        format!("it was priced with menu {}, the store has {version}", order.menu_version)
    });
    if let Some(menu) = menu {
        findings.demand(ordered(menu.created_at, order.created_at), I4, at, || {
            format!("it was made before its menu {}", order.menu_version)
        });
    }
}

fn stray_lines(db: &Database, findings: &mut Findings) {
    for (order, items) in &db.items {
        let store = db.orders.get(order).map(|order| order.store_id);
        for item in items {
            findings.demand(store == Some(item.store_id), I4, At::order(item.store_id, *order), || {
                "a line belongs to no order of its store".to_owned()
            });
        }
    }
}

/// The customer's directory and the pay links name exactly the orders and attempts that there are.
fn directories(db: &Database, findings: &mut Findings) {
    let mut listed = HashSet::new();
    for entry in &db.customer_orders {
        let at = At::order(entry.store_id, entry.order_id);
        listed.insert(entry.order_id);
        let Some(order) = db.orders.get(&entry.order_id) else {
            findings.add(I4, at, "the customer's directory lists an order that is not there");
            continue;
        };
        findings.same(I4, at, "the customer in the directory", &order.customer_id, &entry.customer_id);
        findings.same(I4, at, "the store in the directory", &order.store_id, &entry.store_id);
        findings.same(I4, at, "created_at in the directory", &order.created_at, &entry.created_at);
    }
    let attempts: HashMap<Uuid, (Uuid, Uuid)> = db
        .attempts
        .iter()
        .map(|attempt| (attempt.attempt_id, (attempt.store_id, attempt.order_id)))
        .collect();
    let mut linked: HashMap<Uuid, usize> = HashMap::new();
    for link in &db.pay_links {
        let at = At::order(link.store_id, link.order_id);
        let order = db.orders.get(&link.order_id).map(|order| order.store_id);
        findings.demand(order == Some(link.store_id), I4, at, || {
            "a pay link leads to no order of its store".to_owned()
        });
        if let Some(attempt) = link.attempt_id {
            let right = attempts.get(&attempt) == Some(&(link.store_id, link.order_id));
            findings.demand(right, I4, at, || {
                format!("a pay link leads to attempt {attempt}, which is not the order's")
            });
        }
        *linked.entry(link.attempt_id.unwrap_or(link.order_id)).or_default() += 1;
    }
    let wanted = db.orders.values().map(|order| (order.order_id, order.store_id, order.order_id));
    let wanted = wanted.chain(db.attempts.iter().map(|a| (a.attempt_id, a.store_id, a.order_id)));
    for (subject, store, order) in wanted {
        let count = linked.get(&subject).copied().unwrap_or(0);
        findings
            .demand(count == 1, I4, At::order(store, order), || format!("{subject} has {count} pay links"));
    }
    for order in db.orders.values() {
        findings.demand(
            listed.contains(&order.order_id),
            I4,
            At::order(order.store_id, order.order_id),
            || "it is missing in its customer's directory".to_owned(),
        );
        let known = db.customers.contains_key(&order.customer_id);
        findings.demand(known, I4, At::order(order.store_id, order.order_id), || {
            "its customer is not there".to_owned()
        });
    }
}

/// Numbers count from 1 without holes, names are called out once a day.
fn names(db: &Database, folded: &Orders, findings: &mut Findings) {
    let mut numbers: HashMap<Uuid, Vec<(i64, Uuid)>> = HashMap::new();
    let mut called: HashMap<(Uuid, &str), Uuid> = HashMap::new();
    for (id, said) in folded {
        let store = db.orders.get(id).map(|order| order.store_id);
        let at = store.map_or(At::nowhere(), |store| At::order(store, *id));
        numbers.entry(said.day).or_default().push((said.number, *id));
        if let Some(other) = called.insert((said.day, &said.call_name), *id) {
            findings.add(
                I6,
                at,
                format!("it is called {:?} as order {other} of the same day", said.call_name),
            );
        }
        findings.demand(!said.call_name.is_empty(), I6, at, || "it has no call name".to_owned());
    }
    for day in &db.days {
        let at = At::store(day.store_id);
        let mut given = numbers.remove(&day.day_id).unwrap_or_default();
        given.sort_unstable();
        for (index, (number, order)) in given.iter().enumerate() {
            let expected = i64::try_from(index + 1).unwrap_or(i64::MAX);
            findings.demand(*number == expected, I6, At::order(day.store_id, *order), || {
                format!("it has the number {number} where {expected} belongs")
            });
        }
        let next = given.last().map_or(1, |(last, _)| last + 1);
        findings.same(
            I6,
            at,
            &format!("the next number of day {}", day.day_id),
            &next,
            &i64::from(day.next_number),
        );
    }
}

/// The newest version that the log announced up to an event.
pub fn announced(db: &Database, store: Uuid, upto: i64, kinds: &[&str], field: &str) -> Option<i64> {
    let events = db.events_of(store).iter().rev().filter(|event| event.row.seq <= upto);
    let mut own = events.filter(|event| kinds.contains(&event.text("kind")));
    own.next().map(|event| event.number(field))
}

/// The versions of menu and schedule are those that the log announced.
fn menus(db: &Database, findings: &mut Findings) {
    for (id, store) in &db.stores {
        let said =
            announced(db, *id, i64::MAX, &["menu_changed", "menu_edited"], "menu_version").unwrap_or(0);
        findings.same(I4, At::store(*id), "its menu's version", &said, &store.menu_version);
        if let Some(version) = announced(db, *id, i64::MAX, &["schedule_set"], "schedule_version") {
            findings.same(
                I4,
                At::store(*id),
                "its schedule's version",
                &version.to_string(),
                &shown(store.schedule_version),
            );
        }
        let versions = db.menus.iter().filter(|menu| menu.store_id == *id).map(|menu| menu.menu_version);
        findings.demand(versions.eq(1..=store.menu_version), I4, At::store(*id), || {
            format!("not every version of the menu up to {} is there", store.menu_version)
        });
    }
}
