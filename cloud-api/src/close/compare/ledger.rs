//! E4, the ledger: its entries are what the attempts, the refunds and the log make of them, and nothing more.

use std::collections::{BTreeMap, HashSet};

use shared::ledger::{Account, Line, Source, Standing, captured, fee, refund_done};
use shared::wire::Equality;
use shared::{TimeMs, Won};
use uuid::Uuid;

use super::orders::FoldedOrders;
use super::{Findings, Place};
use crate::close::books::Books;
use crate::db::closing::AttemptRow;
use crate::db::ledger::{Credited, Entry};
use crate::db::points::{PointsKind, PointsRow};
use crate::ledger::payout_date;

const MONEY: Equality = Equality::Money;

type Entries<'a> = BTreeMap<(Source, Uuid), &'a Entry>;

pub(super) fn ledger(books: &Books, folded: &FoldedOrders, found: &mut Findings) {
    let mut entries: Entries<'_> =
        books.entries.iter().map(|entry| ((entry.source, entry.source_id), entry)).collect();
    let mut points: BTreeMap<Uuid, Vec<&PointsRow>> = BTreeMap::new();
    for row in &books.points {
        points.entry(row.order_id).or_default().push(row);
    }
    for attempt in &books.attempts {
        let mut entries_of = EntriesOf::new(attempt, &mut entries, found);
        // Only the attempt that paid for the order carries what became of the order.
        let is_own = attempt.state == "approved";
        let points = points.get(&attempt.order_id).filter(|_| is_own).map_or(&[][..], Vec::as_slice);
        let completed = folded.get(&attempt.order_id).filter(|_| is_own).and_then(|order| order.completed);
        entries_of.are_right(points, completed);
    }
    let attempts: HashSet<Uuid> = books.attempts.iter().map(|attempt| attempt.attempt_id).collect();
    for entry in entries.into_values() {
        let place = Place::attempt(entry.order_id.0, entry.attempt_id.0);
        found.same(MONEY, place, "ledger_entry", &"none", &entry.source.as_str());
        found.same(MONEY, place, "ledger_attempt", &true, &attempts.contains(&entry.attempt_id.0));
    }
}

/// The entries of one attempt, taken out of all as they are explained.
struct EntriesOf<'a, 'b> {
    attempt: &'a AttemptRow,
    place: Place,
    all: &'b mut Entries<'a>,
    own: Vec<&'a Entry>,
    found: &'b mut Findings,
}

impl<'a, 'b> EntriesOf<'a, 'b> {
    fn new(attempt: &'a AttemptRow, all: &'b mut Entries<'a>, found: &'b mut Findings) -> Self {
        let place = Place::attempt(attempt.order_id, attempt.attempt_id);
        Self { attempt, place, all, own: Vec::new(), found }
    }

    fn are_right(&mut self, points: &[&PointsRow], completed: Option<(TimeMs, i64)>) {
        self.captured();
        self.refunded();
        let credited = completed.and_then(|completed| self.credited(completed));
        let paid_with_points = self.points(points);
        self.add_up(credited, paid_with_points);
    }

    /// Compares a field of the attempt.
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, field: &str, expected: &T, found: &T) {
        self.found.same(MONEY, self.place, field, expected, found);
    }

    /// The entry of this source, which has to be there or not.
    fn take(&mut self, source: Source, id: Uuid, wanted: bool) -> Option<&'a Entry> {
        let entry = self.all.remove(&(source, id));
        self.same(source.as_str(), &wanted, &entry.is_some());
        if let Some(entry) = entry {
            self.same("ledger_order", &self.attempt.order_id, &entry.order_id.0);
            self.same("ledger_attempt", &self.attempt.attempt_id, &entry.attempt_id.0);
            self.same("ledger_tid", &self.attempt.tid, &entry.tid);
            self.own.push(entry);
        }
        entry
    }

    fn captured(&mut self) {
        let attempt = self.attempt;
        let is_taken = attempt.approved_at.is_some();
        if let Some(entry) = self.take(Source::Capture, attempt.attempt_id, is_taken) {
            self.same("capture", &lines(&captured(won(attempt.amount))), &lines(&entry.lines));
            self.same("capture_aid", &attempt.aid, &entry.aid);
            self.same("approved_at", &attempt.approved_at, &Some(entry.at));
        }
    }

    fn refunded(&mut self) {
        for refund in &self.attempt.refunds {
            // A request moves its amount to what goes back, whoever it comes from.
            if let Some(entry) = self.take(Source::RefundRequested, refund.refund_id, true) {
                self.same("refund_requested", &-refund.amount, &sum(entry, Account::RefundDue));
                let all: i64 = entry.lines.iter().map(|line| line.amount).sum();
                self.same("ledger_sum", &0, &all);
            }
            if let Some(entry) = self.take(Source::RefundDone, refund.refund_id, refund.state == "done") {
                let wanted = refund_done(won(refund.amount));
                self.same("refund_done", &lines(&wanted), &lines(&entry.lines));
                self.same("refund_aid", &refund.aid, &entry.aid);
            }
        }
    }

    /// How the store was credited, for an order completed then, of which so many won were to go back by then.
    fn credited(&mut self, (at, to_go_back): (TimeMs, i64)) -> Option<Credited> {
        let entry = self.take(Source::Completed, self.attempt.order_id, self.attempt.amount > to_go_back)?;
        let payout = entry.credited.map(|credited| credited.payout_date);
        self.same("payout_date", &Some(payout_date(at)), &payout);
        entry.credited
    }

    /// Won of the order that were paid with points and not given back.
    fn points(&mut self, points: &[&PointsRow]) -> i64 {
        let mut paid = 0;
        for row in points {
            let moved = PointsKind::from_name(&row.kind).and_then(|kind| moved(kind, row.amount));
            let Some((source, wanted)) = moved else { continue };
            let entry = self.take(source, row.entry_id, row.amount != 0);
            self.same("points_moved", &wanted, &entry.map_or(0, |entry| sum(entry, Account::Points)));
            match source {
                Source::PointsUsed => paid += row.amount,
                Source::PointsReturned => paid -= row.amount,
                Source::PointsEarned | Source::PointsReversed => {
                    let cost = entry.map_or(0, |entry| sum(entry, Account::Promotion));
                    self.same("promotion", &-wanted, &cost);
                }
                Source::Capture | Source::RefundRequested | Source::RefundDone | Source::Completed => {}
            }
        }
        paid
    }

    /// What the accounts of the attempt come to.
    fn add_up(&mut self, credited: Option<Credited>, paid_with_points: i64) {
        let attempt = self.attempt;
        let asked: i64 = attempt.refunds.iter().map(|refund| refund.amount).sum();
        let kept = if attempt.approved_at.is_some() { attempt.amount - asked + paid_with_points } else { 0 };
        let lines = self.own.iter().flat_map(|entry| &entry.lines);
        let standing = lines.fold(Standing::default(), |standing, line| standing.and(*line));
        let earned = credited.map_or(0, |due| fee(kept, due.fee_basis_points.unsigned_abs()));
        let (customer, payable) = if credited.is_some() { (0, kept - earned) } else { (kept, 0) };
        self.same("ledger_customer", &customer, &standing.customer);
        self.same("store_payable", &payable, &standing.payable);
        self.same("fee", &earned, &standing.fee);
    }
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
