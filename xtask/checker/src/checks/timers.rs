//! I7: every order that waits has its timer, made with the wait and done with its end. A wait without one would last for ever.

use std::collections::HashMap;

use uuid::Uuid;

use crate::findings::{At, Findings, shown};
use crate::fold::{Folded, Orders};
use crate::read::postgres::Database;
use crate::read::rows::{Order, Time, Timer};
use crate::report::Invariant::I7;

const PAYMENT_MS: i64 = 30 * 60 * 1_000;
const COMPLETE_MS: i64 = 60 * 60 * 1_000;
const UNANSWERED_MS: i64 = 15_000;
/// A deadline that passed while no worker was there, this long before it came, is moved to so long after.
const AWAY_MS: i64 = 10_000;
const GRACE_MS: i64 = 60_000;
/// Timers are looked at every half second.
const OVERDUE_MS: i64 = 15_000;

/// What a timer has to be, in milliseconds.
struct Wanted {
    made: i64,
    due: i64,
    done: Option<i64>,
    /// Asked again later while money may be moving.
    may_move: bool,
    /// It may have done all that it can before the wait ends.
    may_end_early: bool,
}

pub fn check(db: &Database, folded: &Orders, findings: &mut Findings) {
    let mut timers: HashMap<(Uuid, &str), Vec<&Timer>> = HashMap::new();
    for timer in &db.timers {
        timers.entry((timer.order_id, timer.kind.as_str())).or_default().push(timer);
        let overdue = (db.now - timer.due_at).num_milliseconds();
        findings.demand(timer.done_at.is_some() || overdue <= OVERDUE_MS, I7, at(timer), || {
            format!("its timer {} is {} s overdue", timer.kind, overdue / 1_000)
        });
    }
    for order in db.orders.values() {
        for (kind, wanted) in wanted(order, folded.get(&order.order_id)) {
            let own = timers.remove(&(order.order_id, kind)).unwrap_or_default();
            compare(db.now, order, kind, wanted.as_ref(), &own, findings);
        }
    }
    for timer in timers.into_values().flatten() {
        findings.add(I7, at(timer), format!("a timer {} belongs to no order", timer.kind));
    }
}

fn at(timer: &Timer) -> At {
    At::order(timer.store_id, timer.order_id)
}

fn wanted(order: &Order, said: Option<&Folded>) -> [(&'static str, Option<Wanted>); 5] {
    let made = order.created_at.timestamp_millis();
    let ended = said.and_then(|said| said.ended.as_ref()).map(|ended| ended.at);
    let paid = match said {
        Some(said) => Some(said.reserved.map_or(said.placed_at, |reserved| reserved.at)),
        None if order.phase == "pending_payment" => None,
        None => order.state["at"].as_i64(),
    };
    let payment = Wanted { made, due: made + PAYMENT_MS, done: paid, may_move: true, may_end_early: false };
    let reservation = said.and_then(|said| said.reserved).map(|reserved| Wanted {
        made: reserved.at,
        due: reserved.fires_at,
        done: reserved.fired_at.or(ended),
        may_move: false,
        may_end_early: false,
    });
    // A reservation waits for nobody's answer before it fires.
    let said = said.filter(|said| said.reserved.is_none_or(|reserved| reserved.fired_at.is_some()));
    let accept = said.map(|said| Wanted {
        made: said.placed_at,
        due: said.accept_by,
        done: said.accepted_at.or(ended),
        may_move: false,
        may_end_early: false,
    });
    let unanswered = said.map(|said| Wanted {
        made: said.placed_at,
        due: said.placed_at + UNANSWERED_MS,
        done: said.accepted_at.or(ended),
        may_move: true,
        may_end_early: true,
    });
    let complete = said.and_then(|said| {
        let at = said.handed_over_at?;
        let done = said.completed_at.or(ended);
        Some(Wanted { made: at, due: at + COMPLETE_MS, done, may_move: false, may_end_early: false })
    });
    [
        ("payment_expiry", Some(payment)),
        ("reservation", reservation),
        ("accept_deadline", accept),
        ("unanswered", unanswered),
        ("complete", complete),
    ]
}

/// Whether a worker that came back moved this deadline: to a minute after it came, and only if the order still waited then.
fn was_away(now: i64, wanted: &Wanted, timer: &Timer) -> bool {
    let due = timer.due_at.timestamp_millis();
    let ended = timer.done_at.map_or(now, |at| at.timestamp_millis());
    timer.kind == "accept_deadline"
        && (wanted.due + AWAY_MS + GRACE_MS < due && due <= ended + GRACE_MS)
        && wanted.done.is_none_or(|done| done > wanted.due + AWAY_MS)
}

fn compare(
    now: Time,
    order: &Order,
    kind: &str,
    wanted: Option<&Wanted>,
    own: &[&Timer],
    findings: &mut Findings,
) {
    let at = At::order(order.store_id, order.order_id);
    let count = usize::from(wanted.is_some());
    findings.demand(own.len() == count, I7, at, || {
        format!("it has {} timers {kind}, {count} belong there", own.len())
    });
    let (Some(wanted), [timer]) = (wanted, own) else { return };
    findings.demand(timer.store_id == order.store_id, I7, at, || {
        format!("its timer {kind} is of store {}", timer.store_id)
    });
    findings.same(
        I7,
        at,
        &format!("the birth of its timer {kind}"),
        &wanted.made,
        &timer.created_at.timestamp_millis(),
    );
    let due = timer.due_at.timestamp_millis();
    let moved = due > wanted.due && (wanted.may_move || timer.tries > 0)
        || was_away(now.timestamp_millis(), wanted, timer);
    findings.demand(due == wanted.due || moved, I7, at, || {
        format!("its timer {kind} is due at {due}, it should be {}", wanted.due)
    });
    let done = timer.done_at.map(|at| at.timestamp_millis());
    if wanted.may_end_early && done.is_some_and(|done| done != wanted.done.unwrap_or(done)) {
        let between = wanted.made..=wanted.done.unwrap_or(i64::MAX);
        return findings.demand(done.is_some_and(|done| between.contains(&done)), I7, at, || {
            format!("its timer {kind} ended at {}, outside of the wait", shown(done))
        });
    }
    // A wait that goes on, and a timer that has nothing more to do.
    if wanted.may_end_early && wanted.done.is_none() {
        return;
    }
    findings.same(I7, at, &format!("the end of its timer {kind}"), &shown(wanted.done), &shown(done));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "the times of these tests exist")]

    use super::*;

    const DUE: i64 = 1_000_000;

    fn moved(due: i64, ended: Option<i64>, answered: Option<i64>, now: i64) -> bool {
        let at = |ms| Time::from_timestamp_millis(ms).unwrap();
        let timer = Timer {
            store_id: Uuid::nil(),
            kind: "accept_deadline".to_owned(),
            order_id: Uuid::nil(),
            due_at: at(due),
            done_at: ended.map(at),
            tries: 0,
            created_at: at(0),
        };
        let wanted = Wanted { made: 0, due: DUE, done: answered, may_move: false, may_end_early: false };
        was_away(now, &wanted, &timer)
    }

    #[test]
    fn a_deadline_moves_only_after_an_absence_and_to_a_minute_after_it() {
        let back = DUE + 500_000;
        let (due, later) = (back + GRACE_MS, back + 2 * GRACE_MS);
        assert!(moved(due, Some(due + 300), Some(due + 300), later));
        assert!(moved(due, Some(back + 5_000), Some(back + 5_000), later));
        assert!(moved(due, None, None, back + 1));
        assert!(!moved(due, Some(DUE - 9_000), Some(DUE - 9_000), later), "it was answered in time");
        assert!(!moved(DUE + 3_600_000, None, None, back), "nobody came back then");
        assert!(!moved(DUE + 30_000, None, None, later), "nobody was away so shortly");
    }
}
