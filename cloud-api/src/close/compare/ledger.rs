//! E4, the ledger: its entries are what the attempts, the refunds and the log make of them, and nothing more.

use std::collections::BTreeMap;

use shared::Won;
use shared::ledger::{Account, Line, Source, Standing, captured, fee, refund_done};
use shared::wire::Equality;
use uuid::Uuid;

use super::orders::FoldedOrders;
use super::{Findings, Place};
use crate::close::books::Books;
use crate::db::closing::{AttemptRow, RefundRow};
use crate::db::ledger::Entry;
use crate::db::points::{PointsKind, PointsRow};
use crate::ledger::payout_date;

const MONEY: Equality = Equality::Money;

type Entries<'a> = BTreeMap<(Source, Uuid), &'a Entry>;

pub(super) fn ledger(books: &Books, folded: &FoldedOrders, found: &mut Findings) {
    let mut entries: Entries<'_> =
        books.entries.iter().map(|entry| ((entry.source, entry.source_id), entry)).collect();
    for attempt in &books.attempts {
        let is_own = attempt.state == "approved";
        let points = books.points.iter().filter(|row| is_own && row.order_id == attempt.order_id);
        of_attempt(attempt, &points.collect::<Vec<_>>(), &mut entries, folded, found);
    }
    let explained = |entry: &Entry| books.attempts.iter().any(|a| a.attempt_id == entry.attempt_id.0);
    for entry in entries.into_values() {
        let place = Place::attempt(entry.order_id.0, entry.attempt_id.0);
        found.same(MONEY, place, "ledger_entry", &"none", &entry.source.as_str());
        found.same(MONEY, place, "ledger_attempt", &true, &explained(entry));
    }
}

fn of_attempt(
    attempt: &AttemptRow,
    points: &[&PointsRow],
    entries: &mut Entries<'_>,
    folded: &FoldedOrders,
    found: &mut Findings,
) {
    let mut own = Vec::new();
    let mut take = |source: Source, id: Uuid, wanted: bool, found: &mut Findings| {
        let entry = entries.remove(&(source, id));
        let place = Place::attempt(attempt.order_id, attempt.attempt_id);
        found.same(MONEY, place, source.as_str(), &wanted, &entry.is_some());
        if let Some(entry) = entry {
            found.same(MONEY, place, "ledger_order", &attempt.order_id, &entry.order_id.0);
            found.same(MONEY, place, "ledger_attempt", &attempt.attempt_id, &entry.attempt_id.0);
            found.same(MONEY, place, "ledger_tid", &attempt.tid, &entry.tid);
            own.push(entry);
        }
        entry
    };
    let place = Place::attempt(attempt.order_id, attempt.attempt_id);
    if let Some(entry) = take(Source::Capture, attempt.attempt_id, attempt.approved_at.is_some(), found) {
        found.same(MONEY, place, "capture", &lines(&captured(won(attempt.amount))), &lines(&entry.lines));
        found.same(MONEY, place, "capture_aid", &attempt.aid, &entry.aid);
        found.same(MONEY, place, "approved_at", &attempt.approved_at, &Some(entry.at));
    }
    for refund in &attempt.refunds {
        if let Some(entry) = take(Source::RefundRequested, refund.refund_id, true, found) {
            requested(refund, entry, place, found);
        }
        let is_done = refund.state == "done";
        if let Some(entry) = take(Source::RefundDone, refund.refund_id, is_done, found) {
            found.same(
                MONEY,
                place,
                "refund_done",
                &lines(&refund_done(won(refund.amount))),
                &lines(&entry.lines),
            );
            found.same(MONEY, place, "refund_aid", &refund.aid, &entry.aid);
        }
    }
    let is_own = attempt.state == "approved";
    let completed = folded.get(&attempt.order_id).filter(|_| is_own).and_then(|order| order.completed);
    let credited = match completed {
        Some((at, before)) => {
            let entry = take(Source::Completed, attempt.order_id, attempt.amount > before, found);
            let due = entry.and_then(|entry| entry.credited);
            if entry.is_some() {
                found.same(
                    MONEY,
                    place,
                    "payout_date",
                    &Some(payout_date(at)),
                    &due.map(|due| due.payout_date),
                );
            }
            due
        }
        None => None,
    };
    let (mut used, mut returned) = (0, 0);
    for row in points {
        let Some((source, wanted)) =
            PointsKind::from_name(&row.kind).and_then(|kind| moved(kind, row.amount))
        else {
            continue;
        };
        let entry = take(source, row.entry_id, row.amount != 0, found);
        let lines_of = entry.map(|entry| sum(entry, Account::Points));
        found.same(MONEY, place, "points_moved", &wanted, &lines_of.unwrap_or(0));
        match source {
            Source::PointsUsed => used += row.amount,
            Source::PointsReturned => returned += row.amount,
            Source::PointsEarned | Source::PointsReversed => {
                let cost = entry.map_or(0, |entry| sum(entry, Account::Promotion));
                found.same(MONEY, place, "promotion", &-wanted, &cost);
            }
            Source::Capture | Source::RefundRequested | Source::RefundDone | Source::Completed => {}
        }
    }
    let asked: i64 = attempt.refunds.iter().map(|refund| refund.amount).sum();
    let kept = if attempt.approved_at.is_some() { attempt.amount - asked + used - returned } else { 0 };
    let standing =
        own.iter().flat_map(|entry| &entry.lines).fold(Standing::default(), |s, line| s.and(*line));
    let earned = credited.map_or(0, |due| fee(kept, due.fee_basis_points.unsigned_abs()));
    let (customer, payable) = if credited.is_some() { (0, kept - earned) } else { (kept, 0) };
    found.same(MONEY, place, "ledger_customer", &customer, &standing.customer);
    found.same(MONEY, place, "store_payable", &payable, &standing.payable);
    found.same(MONEY, place, "fee", &earned, &standing.fee);
}

/// The entry of a movement of points, and won on the account of points by it; none of those that only set points aside.
fn moved(kind: PointsKind, amount: i64) -> Option<(Source, i64)> {
    match kind {
        PointsKind::Held | PointsKind::Released => None,
        PointsKind::Used => Some((Source::PointsUsed, amount)),
        PointsKind::Returned => Some((Source::PointsReturned, -amount)),
        PointsKind::Earned => Some((Source::PointsEarned, -amount)),
        PointsKind::Reversed => Some((Source::PointsReversed, amount)),
    }
}

fn sum(entry: &Entry, account: Account) -> i64 {
    entry.lines.iter().filter(|line| line.account == account).map(|line| line.amount).sum()
}

/// A request moves its amount to what goes back, whoever it comes from.
fn requested(refund: &RefundRow, entry: &Entry, place: Place, found: &mut Findings) {
    let due: i64 =
        entry.lines.iter().filter(|line| line.account == Account::RefundDue).map(|line| line.amount).sum();
    found.same(MONEY, place, "refund_requested", &-refund.amount, &due);
    let all: i64 = entry.lines.iter().map(|line| line.amount).sum();
    found.same(MONEY, place, "ledger_sum", &0, &all);
}

/// Comparable lines.
fn lines(lines: &[Line]) -> Vec<(Account, i64)> {
    let mut lines: Vec<(Account, i64)> = lines.iter().map(|line| (line.account, line.amount)).collect();
    lines.sort_unstable();
    lines
}

/// An amount that is no money makes lines that no entry has.
fn won(amount: i64) -> Won {
    Won::new(amount.max(0)).unwrap_or(Won::ZERO)
}
