//! I1: Kakao's books and ours. Each capture belongs to exactly one order, and what was captured less what was given back is what the order
//! costs.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDateTime;
use uuid::Uuid;

use crate::findings::{At, Findings, shown};
use crate::fold::Orders;
use crate::read::books::{Action, Ledger, Payment};
use crate::read::postgres::Database;
use crate::read::rows::{Attempt, Refund};
use crate::report::Invariant::{I1, I2, I6};

/// Korea is nine hours ahead.
const KST_MS: i64 = 9 * 60 * 60 * 1_000;

pub fn check(db: &Database, ledger: &Ledger, findings: &mut Findings) {
    let mut attempts: HashMap<&str, Vec<&Attempt>> = HashMap::new();
    for attempt in &db.attempts {
        if let Some(tid) = &attempt.tid {
            attempts.entry(tid).or_default().push(attempt);
        }
    }
    let mut seen = HashSet::new();
    let mut standing: BTreeMap<Uuid, usize> = BTreeMap::new();
    for payment in &ledger.payments {
        let at = at(db, payment);
        findings.demand(seen.insert(payment.tid.as_str()), I1, at, || {
            format!("Kakao lists {} twice", payment.tid)
        });
        own_sums(payment, at, findings);
        let mine = attempts.get(payment.tid.as_str()).map_or(&[][..], Vec::as_slice);
        match mine {
            [attempt] => one(db, payment, attempt, at, findings),
            [] => findings.demand(payment.captured == 0, I1, at, || {
                format!(
                    "Kakao took {} won with {}, which belongs to no attempt",
                    payment.captured, payment.tid
                )
            }),
            many => findings.add(I1, at, format!("{} belongs to {} attempts", payment.tid, many.len())),
        }
        if payment.captured > payment.refunded
            && let Ok(order) = payment.partner_order_id.parse()
        {
            *standing.entry(order).or_default() += 1;
        }
    }
    for (order, count) in standing.into_iter().filter(|(_, count)| *count > 1) {
        let at = db.orders.get(&order).map_or(At::nowhere(), |row| At::order(row.store_id, order));
        findings.add(I1, at, format!("{count} payments hold money for the order {order}"));
    }
    for order in &ledger.double_captures {
        findings.add(I1, At::nowhere(), format!("Kakao says that the order {order} was paid twice"));
    }
    for attempt in db
        .attempts
        .iter()
        .filter(|attempt| attempt.tid.as_ref().is_some_and(|tid| !seen.contains(tid.as_str())))
    {
        let at = At::order(attempt.store_id, attempt.order_id);
        findings.add(
            I1,
            at,
            format!(
                "attempt {} has the tid {}, which Kakao does not know",
                attempt.attempt_id,
                shown(attempt.tid.as_ref())
            ),
        );
    }
}

fn at(db: &Database, payment: &Payment) -> At {
    let order = payment.partner_order_id.parse().ok().and_then(|id: Uuid| db.orders.get(&id));
    order.map_or(At::nowhere(), |order| At::order(order.store_id, order.order_id))
}

fn own_sums(payment: &Payment, at: At, findings: &mut Findings) {
    let sum = |kind: &str| {
        payment.actions.iter().filter(|action| action.kind == kind).map(|action| action.amount).sum::<i64>()
    };
    let tid = &payment.tid;
    findings.same(
        I1,
        at,
        &format!("{tid}: the captures that Kakao lists"),
        &payment.captured,
        &sum("PAYMENT"),
    );
    findings.same(I1, at, &format!("{tid}: the refunds that Kakao lists"), &payment.refunded, &sum("CANCEL"));
    let captures = payment.actions.iter().filter(|action| action.kind == "PAYMENT").count();
    findings.demand(captures <= 1, I1, at, || format!("{tid} was captured {captures} times"));
    let known = payment.actions.iter().all(|action| action.kind == "PAYMENT" || action.kind == "CANCEL");
    findings.demand(known, I1, at, || format!("{tid} has movements of an unknown kind"));
    let full = payment.captured == 0 || payment.captured == payment.total;
    findings.demand(full && payment.refunded <= payment.captured, I1, at, || {
        format!(
            "{tid}: {} won asked, {} captured, {} given back",
            payment.total, payment.captured, payment.refunded
        )
    });
    let status = match (payment.captured, payment.captured - payment.refunded) {
        (0, _) => None,
        (_, 0) => Some("CANCEL_PAYMENT"),
        _ if payment.refunded == 0 => Some("SUCCESS_PAYMENT"),
        _ => Some("PART_CANCEL_PAYMENT"),
    };
    let moved =
        ["SUCCESS_PAYMENT", "CANCEL_PAYMENT", "PART_CANCEL_PAYMENT"].contains(&payment.status.as_str());
    findings.demand(status.map_or(!moved, |status| status == payment.status), I1, at, || {
        format!(
            "{tid} is {} with {} captured and {} given back",
            payment.status, payment.captured, payment.refunded
        )
    });
}

fn one(db: &Database, payment: &Payment, attempt: &Attempt, at: At, findings: &mut Findings) {
    let tid = &payment.tid;
    findings.same(
        I1,
        at,
        &format!("{tid}: the order"),
        &attempt.order_id.to_string(),
        &payment.partner_order_id,
    );
    if let Some(order) = db.orders.get(&attempt.order_id) {
        findings.same(
            I1,
            at,
            &format!("{tid}: the customer"),
            &order.customer_id.to_string(),
            &payment.partner_user_id,
        );
    }
    findings.same(I1, at, &format!("{tid}: the amount"), &attempt.amount, &payment.total);
    let taken = payment.actions.iter().find(|action| action.kind == "PAYMENT");
    match (taken, attempt.approved_at) {
        (Some(taken), Some(_)) => capture(payment, taken, attempt, at, findings),
        (Some(taken), None) => findings.add(
            I1,
            at,
            format!(
                "Kakao took {} won with {tid}; attempt {} is {} and knows of nothing",
                taken.amount, attempt.attempt_id, attempt.state
            ),
        ),
        (None, Some(_)) => findings.add(
            I1,
            at,
            format!(
                "attempt {} is {} and has its money, Kakao took nothing with {tid}",
                attempt.attempt_id, attempt.state
            ),
        ),
        (None, None) => {
            let paid = attempt.state == "approved";
            findings.demand(!paid, I2, at, || {
                format!("attempt {} is approved and nothing was captured", attempt.attempt_id)
            });
        }
    }
    given_back(db, payment, attempt, at, findings);
}

fn capture(payment: &Payment, taken: &Action, attempt: &Attempt, at: At, findings: &mut Findings) {
    let tid = &payment.tid;
    findings.same(I1, at, &format!("{tid}: the receipt"), &taken.aid, &shown(attempt.aid.as_ref()));
    findings.same(
        I1,
        at,
        &format!("{tid}: the method"),
        &shown(payment.method.as_ref()),
        &shown(attempt.method.as_ref()),
    );
    let ours = attempt.approved_at.map(|at| at.timestamp_millis());
    findings.same(
        I1,
        at,
        &format!("{tid}: the time of the capture"),
        &shown(kst_ms(&taken.at)),
        &shown(ours),
    );
}

/// Each movement back is one refund that is done, and the other way round.
fn given_back(db: &Database, payment: &Payment, attempt: &Attempt, at: At, findings: &mut Findings) {
    let done = db.refunds_of(attempt.attempt_id).filter(|refund| refund.state == "done");
    let mut done: HashMap<&str, &Refund> =
        done.filter_map(|refund| Some((refund.aid.as_deref()?, refund))).collect();
    for action in payment.actions.iter().filter(|action| action.kind == "CANCEL") {
        match done.remove(action.aid.as_str()) {
            Some(refund) => {
                findings.same(
                    I1,
                    at,
                    &format!("what {} gave back", action.aid),
                    &action.amount,
                    &refund.amount,
                );
            }
            None => findings.add(
                I1,
                at,
                format!(
                    "Kakao gave back {} won as {}, which is no refund of ours",
                    action.amount, action.aid
                ),
            ),
        }
    }
    for (aid, refund) in done {
        findings.add(
            I1,
            at,
            format!(
                "refund {} says {aid} gave back {} won, Kakao knows of none",
                refund.refund_id, refund.amount
            ),
        );
    }
}

fn kst_ms(naive: &str) -> Option<i64> {
    let naive = NaiveDateTime::parse_from_str(naive, "%Y-%m-%dT%H:%M:%S").ok()?;
    Some(naive.and_utc().timestamp_millis() - KST_MS)
}

/// I6: the log reports every refund of an order's own payment, and no other.
pub fn reported(db: &Database, folded: &Orders, findings: &mut Findings) {
    let mut done: HashMap<Uuid, Vec<i64>> = HashMap::new();
    let own: HashSet<Uuid> = db
        .attempts
        .iter()
        .filter(|attempt| attempt.state == "approved")
        .map(|attempt| attempt.attempt_id)
        .collect();
    for refund in
        db.refunds.iter().filter(|refund| refund.state == "done" && own.contains(&refund.attempt_id))
    {
        done.entry(refund.order_id).or_default().push(refund.amount);
    }
    for (id, order) in folded {
        let (mut ours, mut said) = (done.remove(id).unwrap_or_default(), order.refunds.clone());
        ours.sort_unstable();
        said.sort_unstable();
        let at = db.orders.get(id).map_or(At::nowhere(), |row| At::order(row.store_id, *id));
        findings.demand(ours == said, I6, at, || {
            format!("the log reports the refunds {said:?}, done are {ours:?}")
        });
        let promised = order.ended.as_ref().map_or(0, |ended| ended.refund);
        let left = order.total() - order.promised;
        findings.demand(promised == 0 || promised == left, I6, at, || {
            format!("its end promised {promised} won of {left}")
        });
        findings.demand(order.ended.is_none() || promised == left, I6, at, || {
            format!("it was paid, and its end promised {promised} won")
        });
    }
}
