//! I1: points are money that we owe. A customer's account is the sum of its movements, and each movement follows from the order that
//! caused it: what was set aside, used, given back with its refunds, earned once and given up again.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::findings::{At, Findings};
use crate::fold::{Folded, Orders};
use crate::read::postgres::Database;
use crate::read::rows::{Order, PointsEntry};
use crate::report::Invariant::I1;

/// Half of an order at most.
const SHARE: i64 = 2;
/// KakaoPay takes this at least.
const LEAST_PAID: i64 = 100;
/// Between a movement and the order's change that it is written beside, in one transaction.
const CLOCKS_MS: i64 = 5_000;

pub fn check(db: &Database, folded: &Orders, findings: &mut Findings) {
    if !db.has_points {
        return;
    }
    accounts(db, findings);
    let mut entries: HashMap<Uuid, Vec<&PointsEntry>> = HashMap::new();
    for entry in &db.points {
        entries.entry(entry.order_id).or_default().push(entry);
    }
    causes(db, findings);
    for order in db.orders.values() {
        let own = entries.remove(&order.order_id).unwrap_or_default();
        of_order(db, order, folded.get(&order.order_id), &own, findings);
    }
    for (order, own) in entries {
        let at = own.first().map_or(At::nowhere(), |entry| At::order(entry.store_id, order));
        findings.add(I1, at, format!("{} movements of points of an order that is not there", own.len()));
    }
}

/// The event that made the order's version is one that moves points this way.
fn causes(db: &Database, findings: &mut Findings) {
    let mut kinds: HashMap<(Uuid, i64), &str> = HashMap::new();
    for event in db.events.values().flatten() {
        if let Some(order) = event.row.order_id {
            kinds.insert((order, event.number("order_version")), event.row.kind.as_str());
        }
    }
    for entry in &db.points {
        let version = i64::from(entry.order_version);
        let cause = kinds.get(&(entry.order_id, version)).copied();
        let right = match (entry.kind.as_str(), cause) {
            ("held", _) => version == 0,
            ("released", None) => version == 1,
            ("used", Some(cause)) => ["order_placed", "order_reserved"].contains(&cause),
            ("returned", Some(cause)) => {
                ["order_rejected", "order_cancelled", "refund_promised"].contains(&cause)
            }
            // What was completed before points were there is marked with the version it had by then.
            ("earned", Some(cause)) => cause == "order_completed" || entry.permille == Some(0),
            ("reversed", Some(cause)) => cause == "refund_promised",
            (_, _) => false,
        };
        let at = At::order(entry.store_id, entry.order_id);
        findings.demand(right, I1, at, || {
            format!(
                "points were {} at version {version}, which {} made",
                entry.kind,
                cause.unwrap_or("nothing")
            )
        });
    }
}

/// What a customer can use and what is set aside follow from the movements.
fn accounts(db: &Database, findings: &mut Findings) {
    let mut sums: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
    for entry in &db.points {
        let (available, held) = sums.entry(entry.customer_id).or_default();
        let (more, aside) = match entry.kind.as_str() {
            "held" => (-entry.amount, entry.amount),
            "released" => (entry.amount, -entry.amount),
            "used" => (0, -entry.amount),
            "returned" | "earned" => (entry.amount, 0),
            "reversed" => (-entry.amount, 0),
            other => {
                let at = At::order(entry.store_id, entry.order_id);
                findings.add(I1, at, format!("there is no movement of points {other:?}"));
                (0, 0)
            }
        };
        *available += more;
        *held += aside;
    }
    for account in &db.points_accounts {
        let (available, held) = sums.remove(&account.customer_id).unwrap_or_default();
        let at = At::nowhere();
        let what = |name: &str| format!("{name} points of customer {}", account.customer_id);
        findings.same(I1, at, &what("the free"), &available, &account.available);
        findings.same(I1, at, &what("the held"), &held, &account.held);
        findings.demand(available >= 0 && held >= 0, I1, at, || what("there are less than no"));
    }
    for (customer, sum) in sums {
        findings.demand(sum == (0, 0), I1, At::nowhere(), || {
            format!("customer {customer} has no account for the points {sum:?}")
        });
    }
}

fn of_order(
    db: &Database,
    order: &Order,
    said: Option<&Folded>,
    own: &[&PointsEntry],
    findings: &mut Findings,
) {
    let at = At::order(order.store_id, order.order_id);
    for entry in own {
        let whose = entry.customer_id == order.customer_id && entry.store_id == order.store_id;
        findings.demand(whose, I1, at, || format!("its points {} are somebody else's", entry.entry_id));
        findings.demand((entry.kind == "earned") == entry.permille.is_some(), I1, at, || {
            format!("a {} has the rate {:?}", entry.kind, entry.permille)
        });
        let young = (entry.created_at - order.created_at).num_milliseconds() >= -CLOCKS_MS;
        let past = (db.now - entry.created_at).num_milliseconds() >= -CLOCKS_MS;
        findings.demand(young && past, I1, at, || format!("its points moved at {}", entry.created_at));
    }
    let sum =
        |kind: &str| own.iter().filter(|entry| entry.kind == kind).map(|entry| entry.amount).sum::<i64>();
    let used: i64 = order.points;
    findings.demand(
        used * SHARE <= order.total + used && (used == 0 || order.total >= LEAST_PAID),
        I1,
        at,
        || format!("points pay {used} won of {}", order.total + used),
    );
    findings.same(I1, at, "the points set aside for it", &used, &sum("held"));
    let free = if said.is_none() && order.phase == "cancelled" { used } else { 0 };
    findings.same(I1, at, "the points that are free again", &free, &sum("released"));
    let paid = if said.is_some() { used } else { 0 };
    findings.same(I1, at, "the points that paid it", &paid, &sum("used"));
    let back = said.map_or(0, promised);
    let returned = if back >= order.total { paid } else { share(paid, back, order.total) };
    findings.same(I1, at, "the points that came back", &returned, &sum("returned"));
    earned(db, order, said, own, findings);
}

/// Won that are to go back of it, by the log.
fn promised(said: &Folded) -> i64 {
    said.promised + said.ended.as_ref().map_or(0, |ended| ended.refund)
}

/// Earned once, by what it kept when it was completed; given up with what went back since, as far as the customer had it.
fn earned(
    db: &Database,
    order: &Order,
    said: Option<&Folded>,
    own: &[&PointsEntry],
    findings: &mut Findings,
) {
    let at = At::order(order.store_id, order.order_id);
    let rows: Vec<&&PointsEntry> = own.iter().filter(|entry| entry.kind == "earned").collect();
    let reversed: i64 = own.iter().filter(|entry| entry.kind == "reversed").map(|entry| entry.amount).sum();
    let completed = said.and_then(|said| said.completed_at);
    let paid = db.attempts_of(order.order_id).any(|attempt| attempt.state == "approved");
    let wanted = usize::from(completed.is_some() && paid);
    findings.demand(rows.len() == wanted, I1, at, || {
        format!("it earned points {} times instead of {wanted}", rows.len())
    });
    let (Some(said), Some(when), [row]) = (said, completed, rows.as_slice()) else {
        return findings
            .demand(reversed == 0, I1, at, || "it gives points up that it never earned".to_owned());
    };
    let rate = i64::from(row.permille.unwrap_or(0));
    // The rates there are; what was completed before points were there earned nothing.
    findings.demand([0, 10, 20, 30].contains(&rate), I1, at, || format!("it earned {rate} of a thousand"));
    let before: i64 = said.promises.iter().filter(|one| one.at <= when).map(|one| one.amount).sum();
    let of = |kept: i64| kept.max(0) * rate / 1_000;
    findings.same(I1, at, "the points that it earned", &of(order.total - before), &row.amount);
    let due = row.amount - of(order.total - said.promised);
    findings.demand(reversed <= due, I1, at, || format!("it gives {reversed} points up, {due} are due"));
    // Less only where they were spent: then nothing was left at that moment.
    let spent = db.points.iter().any(|other| {
        other.customer_id == order.customer_id
            && ["held", "reversed"].contains(&other.kind.as_str())
            && other.order_id != order.order_id
    });
    findings.demand(reversed == due || spent, I1, at, || {
        format!("it gives {reversed} points up, {due} are due and nothing was spent")
    });
    let off = (row.created_at.timestamp_millis() - when).abs();
    findings.demand(off <= CLOCKS_MS || rate == 0, I1, at, || {
        format!("its points came {off} ms off its completion")
    });
}

fn share(whole: i64, part: i64, all: i64) -> i64 {
    if all == 0 {
        whole
    } else {
        i64::try_from(i128::from(whole) * i128::from(part) / i128::from(all)).unwrap_or(0)
    }
}
