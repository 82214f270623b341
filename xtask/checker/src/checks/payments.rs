//! I2: an order is paid exactly when one capture stands for it. Here as the database has it; Kakao's side is in `money`.

use crate::findings::{At, Findings};
use crate::fold::Orders;
use crate::read::postgres::Database;
use crate::read::rows::{Attempt, Order, Refund, Time};
use crate::report::Invariant::{I1, I2, I6};
use chrono::TimeDelta;

/// KakaoPay keeps a payment open so long.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// Clocks of one machine.
const CLOCKS: TimeDelta = TimeDelta::seconds(5);
/// States after which nothing more is asked of the payer.
const FINAL: [&str; 5] = ["approved", "failed", "abandoned", "expired", "needs_review"];
/// Phases in which the store works on the order, or has.
const KEPT: [&str; 7] = ["reserved", "placed", "accepted", "cooking", "ready", "handed_over", "completed"];

pub fn check(db: &Database, folded: &Orders, findings: &mut Findings) {
    for attempt in &db.attempts {
        one_attempt(db, attempt, findings);
        let own: Vec<&Refund> = db.refunds_of(attempt.attempt_id).collect();
        of_attempt(db, attempt, &own, folded, findings);
    }
    for order in db.orders.values() {
        let own: Vec<&Attempt> = db.attempts_of(order.order_id).collect();
        paid(db, order, &own, findings);
    }
}

/// Paid and kept: exactly one capture, nothing given back. Ended: nothing stays. Never placed: nothing stays either.
fn paid(db: &Database, order: &Order, attempts: &[&Attempt], findings: &mut Findings) {
    let at = At::order(order.store_id, order.order_id);
    let captured: Vec<&&Attempt> = attempts.iter().filter(|attempt| attempt.approved_at.is_some()).collect();
    let back = |attempt: &Attempt, any: bool| -> i64 {
        db.refunds_of(attempt.attempt_id)
            .filter(|refund| any || refund.state == "done")
            .map(|refund| refund.amount)
            .sum()
    };
    // A refund that is under way counts as given back; that it is not done yet is another finding.
    let standing: Vec<&&&Attempt> =
        captured.iter().filter(|attempt| back(attempt, true) < attempt.amount).collect();
    let approved = attempts.iter().filter(|attempt| attempt.state == "approved").count();
    if KEPT.contains(&order.phase.as_str()) {
        // One whose store gave everything back in parts keeps nothing.
        let kept = usize::from(order.refund_promised < order.total);
        findings.demand(standing.len() == kept, I2, at, || {
            format!("it is {} and {} payments stand for it", order.phase, standing.len())
        });
        findings.demand(approved == 1, I2, at, || {
            format!("it is {} and {approved} attempts are approved", order.phase)
        });
        for attempt in standing {
            findings.same(I2, at, "what was captured for it", &order.total, &attempt.amount);
            findings.same(I2, at, "what was given back of it", &order.refund_promised, &back(attempt, true));
        }
    } else {
        for attempt in standing {
            let left = attempt.amount - back(attempt, true);
            findings.add(
                I2,
                at,
                format!("it is {} and {left} won of attempt {} stay", order.phase, attempt.attempt_id),
            );
        }
        let paid_first = order.was_placed();
        findings.demand(!paid_first || approved == 1, I2, at, || {
            format!("it was placed and {approved} attempts are approved")
        });
    }
    let own = attempts.iter().filter(|attempt| attempt.state == "approved");
    let done: i64 = own.map(|attempt| back(attempt, false)).sum();
    findings.same(I1, at, "what its refunds gave back", &order.refunded, &done);
}

fn one_attempt(db: &Database, attempt: &Attempt, findings: &mut Findings) {
    let at = At::order(attempt.store_id, attempt.order_id);
    let id = attempt.attempt_id;
    let mut say =
        |holds: bool, what: String| findings.demand(holds, I2, at, || format!("attempt {id}: {what}"));
    let order = db.orders.get(&attempt.order_id);
    say(order.is_some_and(|order| order.store_id == attempt.store_id), "its order is not there".to_owned());
    if let Some(order) = order {
        let own = (attempt.amount, attempt.tax_free, attempt.vat);
        say(
            own == (order.total, order.tax_free, order.vat),
            format!("it asks for {own:?}, the order costs {:?}", (order.total, order.tax_free, order.vat)),
        );
    }
    say(attempt.created_at == attempt.ready_at, "it was not made when it was sent".to_owned());
    let lifetime = attempt.expires_at - attempt.ready_at;
    say(lifetime == LIFETIME, format!("it expires {} s after it was sent", lifetime.num_seconds()));
    let ordered = |a: Time, b: Time| b - a >= -CLOCKS;
    say(
        ordered(attempt.created_at, attempt.updated_at) && ordered(attempt.updated_at, db.now),
        format!("it was made at {} and changed at {}", attempt.created_at, attempt.updated_at),
    );
    say(
        attempt.fence >= i64::from(attempt.tries) && attempt.tries >= 0,
        format!("{} tries under fence {}", attempt.tries, attempt.fence),
    );
    let state = attempt.state.as_str();
    let is_final = FINAL.contains(&state);
    let addresses = [&attempt.redirect_pc, &attempt.redirect_mobile, &attempt.redirect_app];
    // An attempt that a failed `ready` ended never had addresses.
    say(
        !is_final || (attempt.pg_token_sealed.is_none() && addresses.iter().all(|address| address.is_none())),
        format!("it is {state} and still has its one-time token or addresses"),
    );
    if state == "ready_ok" {
        let complete = attempt.tid.is_some() && addresses.iter().all(|address| address.is_some());
        say(
            complete && attempt.requested_at.is_none(),
            "it is ready and lacks its tid or an address".to_owned(),
        );
    }
    say(!state.starts_with("approve") || attempt.tid.is_some(), format!("it is {state} without a tid"));
    captured(attempt, &mut say);
}

fn captured(attempt: &Attempt, say: &mut impl FnMut(bool, String)) {
    let state = attempt.state.as_str();
    let money = attempt.approved_at.is_some();
    say(
        money == attempt.aid.is_some()
            && (money || (attempt.method.is_none() && attempt.card_approval_no.is_none())),
        format!(
            "approved_at is {:?}, its receipt {:?}, its method {:?}",
            attempt.approved_at, attempt.aid, attempt.method
        ),
    );
    say(state != "approved" || money, "it is approved and nothing says when".to_owned());
    say(
        !money || ["approved", "needs_review", "abandoned", "failed", "expired"].contains(&state),
        format!("its money is there and it is {state}"),
    );
    let unexplained = ["failed", "abandoned", "expired", "needs_review"].contains(&state);
    say(!unexplained || attempt.failure_code.is_some(), format!("it is {state} and nothing says why"));
    if let Some(asked) = attempt.requested_at {
        let in_order = asked - attempt.ready_at >= -CLOCKS && attempt.updated_at - asked >= -CLOCKS;
        say(in_order, format!("it was asked for at {asked}, between neither its ready nor its last change"));
    }
    if state != "approved" {
        return;
    }
    say(
        attempt.failure_code.is_none() && attempt.next_check_at.is_none(),
        "it is approved and not at rest".to_owned(),
    );
    say(
        attempt.requested_at.is_some() && attempt.tries >= 1,
        "it is approved and nobody asked for it".to_owned(),
    );
    let method = attempt.method.as_deref();
    say(
        method == Some("CARD") || attempt.card_approval_no.is_none(),
        format!("a card's number for a payment by {method:?}"),
    );
}

/// Refunds of one attempt, in the order they were asked for.
fn of_attempt(
    db: &Database,
    attempt: &Attempt,
    refunds: &[&Refund],
    folded: &Orders,
    findings: &mut Findings,
) {
    let at = At::order(attempt.store_id, attempt.order_id);
    let mut left = attempt.amount;
    for refund in refunds {
        let id = refund.refund_id;
        findings.demand(
            refund.order_id == attempt.order_id && refund.store_id == attempt.store_id,
            I1,
            at,
            || format!("refund {id} names the order {}", refund.order_id),
        );
        findings.same(
            I1,
            at,
            &format!("refund {id}: what it expects to be left"),
            &left,
            &refund.expected_remaining,
        );
        findings.demand(attempt.approved_at.is_some(), I1, at, || {
            format!("refund {id} gives back what was never taken")
        });
        left -= refund.amount;
        one_refund(db, refund, at, findings);
        reason(attempt, refund, folded, at, findings);
    }
    findings.demand(left >= 0, I1, at, || {
        format!("{} won more are given back than attempt {} took", -left, attempt.attempt_id)
    });
    let sum = |part: fn(&Refund) -> i64| refunds.iter().map(|refund| part(refund)).sum::<i64>();
    if left > 0 && !refunds.is_empty() {
        let (back, free, vat) =
            (attempt.amount - left, sum(|refund| refund.tax_free), sum(|refund| refund.vat));
        // What carries no VAT goes back first.
        findings.same(I1, at, "the tax-free part of its refunds", &attempt.tax_free.min(back), &free);
        // An eleventh of the rest; any rounding to a won is as good as another.
        findings.demand((vat * 11 - (back - free)).abs() <= 11, I1, at, || {
            format!("the VAT of its refunds is {vat} of {} won", back - free)
        });
    }
    if left == 0 && !refunds.is_empty() {
        findings.same(
            I1,
            at,
            "the tax-free part of its refunds",
            &attempt.tax_free,
            &sum(|refund| refund.tax_free),
        );
        findings.same(I1, at, "the VAT of its refunds", &attempt.vat, &sum(|refund| refund.vat));
    }
}

fn one_refund(db: &Database, refund: &Refund, at: At, findings: &mut Findings) {
    let id = refund.refund_id;
    let mut say =
        |holds: bool, what: String| findings.demand(holds, I1, at, || format!("refund {id}: {what}"));
    let done = refund.state == "done";
    say(done == refund.aid.is_some(), format!("it is {} and its receipt is {:?}", refund.state, refund.aid));
    say(
        refund.fence >= i64::from(refund.tries) && refund.tries >= 0,
        format!("{} tries under fence {}", refund.tries, refund.fence),
    );
    if done {
        let rests =
            refund.next_try_at.is_none() && refund.lease_until.is_none() && refund.failure_code.is_none();
        say(rests && refund.tries >= 1, "it is done and not at rest".to_owned());
    }
    let ordered = |a: Time, b: Time| b - a >= -CLOCKS;
    say(
        ordered(refund.created_at, refund.updated_at) && ordered(refund.updated_at, db.now),
        format!("it was made at {} and changed at {}", refund.created_at, refund.updated_at),
    );
}

/// I6: a refund of an order's own payment has its event: the end that promised it. All others are money that was never the order's.
fn reason(attempt: &Attempt, refund: &Refund, folded: &Orders, at: At, findings: &mut Findings) {
    let id = refund.refund_id;
    let not_the_orders = refund.reason == "late_success" || refund.reason.starts_with("mismatch_");
    let ended = folded.get(&attempt.order_id).and_then(|order| order.ended.as_ref());
    if not_the_orders {
        let placed = folded.contains_key(&attempt.order_id);
        findings.demand(!(placed && attempt.state == "approved"), I6, at, || {
            format!("refund {id} gives back the order's own payment because of {}", refund.reason)
        });
        return;
    }
    if refund.reason.starts_with("part_") {
        return part(refund, folded, at, findings);
    }
    let Some(ended) = ended else {
        return findings.add(
            I6,
            at,
            format!("refund {id} ({}) of an order that no event ended", refund.reason),
        );
    };
    let expected = match (ended.kind.as_str(), ended.reason.as_str()) {
        ("order_rejected", _) => "order_rejected",
        (_, "not_accepted") => "order_not_accepted",
        (_, "customer_changed_mind") => "cancelled_by_customer",
        (_, "sold_out" | "store_trouble" | "customer_asked") => "cancelled_by_store",
        (_, "operator") => "cancelled_by_operator",
        (_, _) => "order_not_placed",
    };
    findings.same(I6, at, &format!("refund {id}: its reason"), &expected, &refund.reason.as_str());
    findings.same(I6, at, &format!("refund {id}: its amount"), &ended.refund, &refund.amount);
    findings.same(
        I6,
        at,
        &format!("refund {id}: its birth"),
        &ended.at,
        &refund.created_at.timestamp_millis(),
    );
}

/// A part that the store gave back while the order went on has its promise, by the version in the reason's name.
fn part(refund: &Refund, folded: &Orders, at: At, findings: &mut Findings) {
    let id = refund.refund_id;
    let version = refund.reason.strip_prefix("part_").and_then(|version| version.parse::<i64>().ok());
    let promises = folded.get(&refund.order_id).map_or(&[][..], |order| order.promises.as_slice());
    let Some(promise) = promises.iter().find(|promise| Some(promise.version) == version) else {
        return findings.add(I6, at, format!("refund {id} ({}) was promised by no event", refund.reason));
    };
    findings.same(I6, at, &format!("refund {id}: its amount"), &promise.amount, &refund.amount);
    findings.same(
        I6,
        at,
        &format!("refund {id}: its birth"),
        &promise.at,
        &refund.created_at.timestamp_millis(),
    );
}
