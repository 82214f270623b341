//! I7: no work is left. Only for a system that was given the time to come to rest.

use crate::findings::{At, Findings, shown};
use crate::read::postgres::Database;
use crate::report::Invariant::I7;

/// Sweeps come every second.
const OVERDUE_MS: i64 = 15_000;
/// States in which a payment waits for nobody but us.
const OURS: [&str; 5] =
    ["ready_sent", "approve_requested", "approve_sent", "approve_unknown", "needs_review"];

pub fn check(db: &Database, findings: &mut Findings) {
    for attempt in &db.attempts {
        let at = At::order(attempt.store_id, attempt.order_id);
        let id = attempt.attempt_id;
        findings.demand(!OURS.contains(&attempt.state.as_str()), I7, at, || {
            format!("attempt {id} is {} ({})", attempt.state, shown(attempt.failure_code.as_ref()))
        });
        findings
            .demand(attempt.lease_until.is_none(), I7, at, || format!("somebody still holds attempt {id}"));
        let overdue = attempt.next_check_at.is_some_and(|due| (db.now - due).num_milliseconds() > OVERDUE_MS);
        findings.demand(!overdue, I7, at, || format!("nobody looks at attempt {id}, which is due"));
        // A payment that waits for its payer, and one that ended without money, is looked at again some day.
        let watched = ["ready_ok", "failed", "abandoned", "expired"].contains(&attempt.state.as_str());
        findings.demand(watched || attempt.next_check_at.is_none(), I7, at, || {
            format!("attempt {id} is {} and still to be looked at", attempt.state)
        });
        findings.demand(attempt.state != "ready_ok" || attempt.next_check_at.is_some(), I7, at, || {
            format!("attempt {id} waits for its payer and will never be looked at")
        });
    }
    for refund in db.refunds.iter().filter(|refund| refund.state != "done") {
        let at = At::order(refund.store_id, refund.order_id);
        let why = shown(refund.failure_code.as_ref());
        findings.add(
            I7,
            at,
            format!("refund {} of {} won is {} ({why})", refund.refund_id, refund.amount, refund.state),
        );
    }
    for letter in db.dead_letters.iter().filter(|letter| letter.settled_at.is_none()) {
        let at = letter.store_id.map_or(At::nowhere(), At::store);
        findings.add(
            I7,
            at,
            format!("dead letter of {} {}: {}", letter.source, letter.reference, letter.error),
        );
    }
}
