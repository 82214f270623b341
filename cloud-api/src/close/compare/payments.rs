//! E4 within our own tables: attempts and refunds against the log.

use std::collections::BTreeMap;

use shared::ledger::{Payment, refund_parts};
use shared::wire::{Blamed, Equality};
use uuid::Uuid;

use super::orders::{Folded, FoldedOrders};
use super::{Findings, Place};
use crate::close::books::Books;
use crate::db::closing::AttemptRow;

const MONEY: Equality = Equality::Money;
const LATE: &str = "late_success";

pub(super) fn payments(books: &Books, folded: &FoldedOrders, found: &mut Findings) {
    let mut paid: BTreeMap<Uuid, Vec<&AttemptRow>> = BTreeMap::new();
    for attempt in &books.attempts {
        if attempt.state == "approved" {
            paid.entry(attempt.order_id).or_default().push(attempt);
        }
        alone(attempt, found);
    }
    for row in &books.orders {
        let Some(folded) = folded.get(&row.order_id) else { continue };
        let place = Place::order(row.order_id);
        match paid.remove(&row.order_id).as_deref() {
            Some([attempt]) => of_order(folded, attempt, found),
            other => {
                let count = other.map_or(0, <[_]>::len);
                found.same(MONEY, place, "payments", &1, &count);
            }
        }
        if !row.in_directory {
            found.same(MONEY, place, "customer_id", &"a customer with this order", &"another customer");
        }
    }
    // Money for an order that the store never saw: all of it goes back.
    for (order, attempts) in paid {
        for attempt in attempts {
            let back: Vec<(i64, &str)> = asked_back(attempt);
            let place = Place::attempt(order, attempt.attempt_id);
            found.same(MONEY, place, "refund", &vec![(attempt.amount, LATE)], &back);
        }
    }
}

/// The payment that an order was placed by.
fn of_order(folded: &Folded, attempt: &AttemptRow, found: &mut Findings) {
    let place = Place::attempt(attempt.order_id, attempt.attempt_id);
    let details = &folded.order.details;
    found.same(MONEY, place, "amount", &details.total.get(), &attempt.amount);
    found.same(MONEY, place, "tax_free", &details.tax_free.get(), &attempt.tax_free);
    found.same(MONEY, place, "vat", &details.vat.get(), &attempt.vat);
    let mut promised: Vec<(i64, &str)> =
        folded.promised.iter().map(|(amount, reason)| (*amount, reason.as_str())).collect();
    let mut asked = asked_back(attempt);
    promised.sort_unstable();
    asked.sort_unstable();
    found.same(MONEY, place, "refund", &promised, &asked);
    let mut said = folded.done.clone();
    let mut done: Vec<i64> =
        attempt.refunds.iter().filter(|refund| refund.state == "done").map(|refund| refund.amount).collect();
    said.sort_unstable();
    done.sort_unstable();
    found.same(MONEY, place, "refund_completed", &said, &done);
}

/// What an attempt says of itself.
fn alone(attempt: &AttemptRow, found: &mut Findings) {
    let place = Place::attempt(attempt.order_id, attempt.attempt_id);
    let is_taken = attempt.approved_at.is_some();
    let mut say = |field: &str, expected: &str, is: &str| {
        found.note(MONEY, Blamed::Database, place, field, expected.to_owned(), is.to_owned());
    };
    match attempt.state.as_str() {
        "approved" if !is_taken => say("approved_at", "a time", "none"),
        "approved" => {}
        "failed" | "abandoned" | "expired" | "ready_unknown" | "ready_ok" | "ready_sent" => {}
        // The blockers tell of these; a closed day has none.
        "approve_requested" | "approve_sent" | "approve_unknown" | "needs_review" => {}
        other => say("state", "a known state", other),
    }
    if !is_taken && !attempt.refunds.is_empty() {
        say("approved_at", "a time", "none");
    }
    if is_taken && (attempt.tid.is_none() || attempt.aid.is_none()) {
        say("tid", "KakaoPay's numbers", "none");
    }
    let failure = attempt.failure_code.as_deref();
    let gone_back = attempt.refunds.iter().map(|refund| refund.amount).sum::<i64>();
    if is_taken && attempt.state != "approved" {
        found.same(MONEY, place, "refund", &attempt.amount, &gone_back);
        for refund in &attempt.refunds {
            found.same(MONEY, place, "reason", &failure, &Some(refund.reason.as_str()));
        }
    }
    parts(attempt, place, found);
}

/// Each refund's parts and guard follow from what was left before it.
fn parts(attempt: &AttemptRow, place: Place, found: &mut Findings) {
    let whole = Payment { amount: attempt.amount, tax_free: attempt.tax_free, vat: attempt.vat };
    let mut left = whole;
    for refund in &attempt.refunds {
        let wanted = refund_parts(whole, left, refund.amount);
        found.same(MONEY, place, "refund_order_id", &attempt.order_id, &refund.order_id);
        found.same(MONEY, place, "expected_remaining", &left.amount, &refund.expected_remaining);
        found.same(MONEY, place, "refund_tax_free", &wanted.tax_free, &refund.tax_free);
        found.same(MONEY, place, "refund_vat", &wanted.vat, &refund.vat);
        let known = ["pending", "sent", "unknown", "done", "needs_review"].contains(&refund.state.as_str());
        let is_done = refund.state == "done";
        found.same(MONEY, place, "refund_state", &true, &known);
        found.same(MONEY, place, "refund_aid", &is_done, &refund.aid.is_some());
        left = Payment {
            amount: left.amount - refund.amount,
            tax_free: left.tax_free - refund.tax_free,
            vat: left.vat - refund.vat,
        };
    }
    if left.amount < 0 {
        found.same(MONEY, place, "refunded", &attempt.amount, &(attempt.amount - left.amount));
    }
}

fn asked_back(attempt: &AttemptRow) -> Vec<(i64, &str)> {
    attempt.refunds.iter().map(|refund| (refund.amount, refund.reason.as_str())).collect()
}
