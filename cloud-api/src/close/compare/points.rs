//! E4, the points: what was set aside, used, given back and earned follows from the log.

use std::collections::BTreeMap;

use shared::points;
use shared::wire::Equality;
use uuid::Uuid;

use super::orders::{Folded, FoldedOrders};
use super::{Findings, Place};
use crate::close::books::Books;
use crate::db::closing::OrderRow;
use crate::db::points::{PointsKind, PointsRow};

const MONEY: Equality = Equality::Money;

pub(super) fn points(books: &Books, folded: &FoldedOrders, found: &mut Findings) {
    let mut rows: BTreeMap<Uuid, Vec<&PointsRow>> = BTreeMap::new();
    for row in &books.points {
        rows.entry(row.order_id).or_default().push(row);
    }
    for order in &books.orders {
        let own = rows.remove(&order.order_id).unwrap_or_default();
        if let Some(folded) = folded.get(&order.order_id) {
            of_order(order, folded, &own, found);
        }
    }
    // Orders that the store never saw: what was set aside for them stays, or is free again.
    for (order, own) in rows {
        let place = Place::order(order);
        let held = sum(&own, PointsKind::Held);
        let released = sum(&own, PointsKind::Released);
        if released != 0 {
            found.same(MONEY, place, "points_released", &held, &released);
        }
        let moved = own.iter().filter(|row| !["held", "released"].contains(&row.kind.as_str())).count();
        found.same(MONEY, place, "points_moved", &0, &moved);
    }
}

fn of_order(order: &OrderRow, folded: &Folded, own: &[&PointsRow], found: &mut Findings) {
    let place = Place::order(order.order_id);
    let details = &folded.order.details;
    let back: i64 = folded.promised.iter().map(|(amount, _)| amount).sum();
    let mut same = |field: &str, expected: i64, is: i64| found.same(MONEY, place, field, &expected, &is);
    same("points_held", details.points.get(), sum(own, PointsKind::Held));
    same("points_released", 0, sum(own, PointsKind::Released));
    same("points_used", details.points.get(), sum(own, PointsKind::Used));
    same("points_returned", points::returned(details, back), sum(own, PointsKind::Returned));
    let earned: Vec<&&PointsRow> = own.iter().filter(|row| row.kind == PointsKind::Earned.as_str()).collect();
    let reversed = sum(own, PointsKind::Reversed);
    let total = details.total.get();
    match (folded.completed, earned.as_slice()) {
        (Some((_, before)), [row]) => {
            let permille = i64::from(row.permille.unwrap_or(0));
            same("points_earned", points::earned(total - before, permille), row.amount);
            // Less where the customer had spent them meanwhile.
            let due = row.amount - points::earned(total - back, permille);
            same("points_reversed", reversed.clamp(0, due.max(0)), reversed);
        }
        (completed, rows) => {
            let wanted = i64::from(completed.is_some());
            same("points_earned", wanted, i64::try_from(rows.len()).unwrap_or(i64::MAX));
            same("points_reversed", 0, reversed);
        }
    }
    for row in own {
        found.same(MONEY, place, "points_customer", &order.customer_id, &row.customer_id);
    }
}

fn sum(rows: &[&PointsRow], kind: PointsKind) -> i64 {
    rows.iter().filter(|row| row.kind == kind.as_str()).map(|row| row.amount).sum()
}
