//! I1: the ledger is double entry, and each movement of money has its one entry: an attempt's capture, a refund's request and its end, an
//! order's completion. I6: what the store is owed follows from it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, Weekday};
use uuid::Uuid;

use crate::findings::{At, Findings, shown};
use crate::read::postgres::Database;
use crate::read::rows::{Attempt, LedgerEntry, PointsEntry, Refund, Time};
use crate::report::Invariant::I1;

/// Between a movement and the row that it is written beside, in one transaction.
const CLOCKS_MS: i64 = 5_000;
/// Banking days between a completion and the pay-out.
const PAYOUT_DAYS: u32 = 3;

/// Source and id of the cause, in a store.
type Name<'a> = (Uuid, &'a str, Uuid);
/// Won by account.
type Lines<'a> = BTreeMap<&'a str, i64>;

pub fn check(db: &Database, findings: &mut Findings) {
    if !db.has_ledger {
        return;
    }
    let mut lines: HashMap<Name<'_>, Lines<'_>> = HashMap::new();
    for line in &db.lines {
        let own = lines.entry((line.store_id, line.source.as_str(), line.source_id)).or_default();
        *own.entry(line.account.as_str()).or_default() += line.amount;
    }
    let mut entries: HashMap<Name<'_>, &LedgerEntry> = HashMap::new();
    for entry in &db.entries {
        entries.insert((entry.store_id, entry.source.as_str(), entry.source_id), entry);
    }
    balanced(&entries, &lines, findings);
    let mut books = Books { db, entries, lines, findings };
    for attempt in &db.attempts {
        books.attempt(attempt);
    }
    books.strays();
    proofs(db, findings);
}

fn balanced(
    entries: &HashMap<Name<'_>, &LedgerEntry>,
    lines: &HashMap<Name<'_>, Lines<'_>>,
    findings: &mut Findings,
) {
    for (name, own) in lines {
        let at = At::store(name.0);
        let sum: i64 = own.values().sum();
        findings.demand(sum == 0, I1, at, || {
            format!("the entry {} {} sums to {sum} won instead of zero", name.1, name.2)
        });
        findings.demand(entries.contains_key(name), I1, at, || {
            format!("lines of the entry {} {}, which is not there", name.1, name.2)
        });
    }
}

struct Books<'a> {
    db: &'a Database,
    /// Those that no cause has claimed yet.
    entries: HashMap<Name<'a>, &'a LedgerEntry>,
    lines: HashMap<Name<'a>, Lines<'a>>,
    findings: &'a mut Findings,
}

impl<'a> Books<'a> {
    fn say(&mut self, holds: bool, at: At, what: impl FnOnce() -> String) {
        self.findings.demand(holds, I1, at, what);
    }

    /// Takes an entry that has to be there, and looks at what all entries have.
    fn take(
        &mut self,
        attempt: &'a Attempt,
        source: &'static str,
        id: Uuid,
        at_ms: i64,
    ) -> Option<(&'a LedgerEntry, Lines<'a>)> {
        let at = At::order(attempt.store_id, attempt.order_id);
        let name = (attempt.store_id, source, id);
        let Some(entry) = self.entries.remove(&name) else {
            self.say(false, at, || format!("the ledger has no entry {source} {id}"));
            return None;
        };
        let right = entry.order_id == attempt.order_id && entry.attempt_id == attempt.attempt_id;
        self.say(right, at, || format!("the entry {source} {id} is of attempt {}", entry.attempt_id));
        let off = entry.created_at.timestamp_millis() - at_ms;
        self.say(off.abs() <= CLOCKS_MS, at, || format!("the entry {source} {id} is {off} ms off its cause"));
        // The payment's number at KakaoPay, where it was known by then.
        let tid = attempt.tid == entry.tid || (entry.tid.is_none() && source == "refund_requested");
        self.say(tid, at, || {
            format!("the entry {source} {id} names the payment {}", shown(entry.tid.as_ref()))
        });
        Some((entry, self.lines.get(&name).cloned().unwrap_or_default()))
    }

    fn attempt(&mut self, attempt: &'a Attempt) {
        let db = self.db;
        let at = At::order(attempt.store_id, attempt.order_id);
        let Some(approved_at) = attempt.approved_at else { return };
        let captured = self.take(attempt, "capture", attempt.attempt_id, approved_at.timestamp_millis());
        if let Some((entry, lines)) = captured {
            self.say(entry.aid == attempt.aid, at, || {
                "the capture's receipt is not the attempt's".to_owned()
            });
            let expected = Lines::from([("customer", -attempt.amount), ("kakaopay", attempt.amount)]);
            self.say(lines == expected, at, || format!("the capture is {lines:?}, not {expected:?}"));
        }
        let refunds: Vec<&Refund> = db.refunds_of(attempt.attempt_id).collect();
        let mut sums = Lines::from([("customer", -attempt.amount), ("kakaopay", attempt.amount)]);
        for refund in &refunds {
            self.refund(attempt, refund, &mut sums);
        }
        let order = db.orders.get(&attempt.order_id);
        let completed = order.is_some_and(|order| order.phase == "completed") && attempt.state == "approved";
        let rate = if completed { self.completed(attempt, &mut sums) } else { None };
        let points =
            if attempt.state == "approved" { self.points(attempt, &mut sums) } else { Points::default() };
        let asked: i64 = refunds.iter().map(|refund| refund.amount).sum();
        let done: i64 =
            refunds.iter().filter(|refund| refund.state == "done").map(|refund| refund.amount).sum();
        let kept = attempt.amount - asked + points.used - points.returned;
        let fee = rate.map_or(0, |rate| kept.max(0) * i64::from(rate) / 10_000);
        let expected = [
            ("kakaopay", attempt.amount - done),
            ("refund_due", done - asked),
            ("customer", if completed { 0 } else { -kept }),
            ("store_payable", if completed { fee - kept } else { 0 }),
            ("fee", -fee),
            ("points", points.used - points.returned - points.earned + points.reversed),
            ("promotion", points.earned - points.reversed),
        ];
        for (account, won) in expected {
            let found = sums.get(account).copied().unwrap_or(0);
            self.say(found == won, at, || {
                format!("attempt {}: {account} stands at {found} won, it has to be {won}", attempt.attempt_id)
            });
        }
    }

    /// Each movement of points that is more than setting them aside has its entry.
    fn points(&mut self, attempt: &'a Attempt, sums: &mut Lines<'a>) -> Points {
        let db = self.db;
        let at = At::order(attempt.store_id, attempt.order_id);
        let mut points = Points::default();
        let own = db.points.iter().filter(|entry| entry.order_id == attempt.order_id && entry.amount != 0);
        for moved in own {
            let (source, sum, sign, against) = match moved.kind.as_str() {
                "used" => ("points_used", &mut points.used, 1, Some("customer")),
                "returned" => ("points_returned", &mut points.returned, -1, None),
                "earned" => ("points_earned", &mut points.earned, -1, Some("promotion")),
                "reversed" => ("points_reversed", &mut points.reversed, 1, Some("promotion")),
                _ => continue,
            };
            *sum += moved.amount;
            let Some((entry, lines)) = self.points_entry(attempt, source, moved) else { continue };
            let won = sign * moved.amount;
            self.say(lines.get("points") == Some(&won), at, || {
                format!("{source} is {lines:?}, not {won} points")
            });
            let own = against.is_none_or(|account| lines.len() == 2 && lines.contains_key(account));
            let never = lines.contains_key("kakaopay") || lines.contains_key("refund_due");
            self.say(own && !never && entry.aid.is_none(), at, || format!("{source} moved {lines:?}"));
            add(sums, &lines);
        }
        points
    }

    fn points_entry(
        &mut self,
        attempt: &'a Attempt,
        source: &'static str,
        moved: &PointsEntry,
    ) -> Option<(&'a LedgerEntry, Lines<'a>)> {
        self.take(attempt, source, moved.entry_id, moved.created_at.timestamp_millis())
    }

    fn refund(&mut self, attempt: &'a Attempt, refund: &Refund, sums: &mut Lines<'a>) {
        let at = At::order(refund.store_id, refund.order_id);
        let asked =
            self.take(attempt, "refund_requested", refund.refund_id, refund.created_at.timestamp_millis());
        if let Some((entry, lines)) = asked {
            self.say(entry.aid.is_none(), at, || "a refund that was asked for has a receipt".to_owned());
            let due = lines.get("refund_due").copied().unwrap_or(0);
            self.say(due == -refund.amount, at, || {
                format!("refund {} asks for {} won, its entry for {}", refund.refund_id, refund.amount, -due)
            });
            let never = lines.contains_key("kakaopay") || lines.contains_key("points");
            self.say(!never, at, || {
                format!("refund {} moved money that was not moved yet", refund.refund_id)
            });
            add(sums, &lines);
        }
        if refund.state != "done" {
            return;
        }
        let done = self.take(attempt, "refund_done", refund.refund_id, refund.updated_at.timestamp_millis());
        if let Some((entry, lines)) = done {
            self.say(entry.aid == refund.aid, at, || {
                format!(
                    "the receipt of refund {} in the ledger is {}",
                    refund.refund_id,
                    shown(entry.aid.as_ref())
                )
            });
            let expected = Lines::from([("kakaopay", -refund.amount), ("refund_due", refund.amount)]);
            self.say(lines == expected, at, || format!("the end of a refund is {lines:?}, not {expected:?}"));
            add(sums, &lines);
        }
    }

    /// The store is credited; the rate of it.
    fn completed(&mut self, attempt: &'a Attempt, sums: &mut Lines<'a>) -> Option<i32> {
        let db = self.db;
        let at = At::order(attempt.store_id, attempt.order_id);
        let order = db.orders.get(&attempt.order_id)?;
        let when = order.state["at"].as_i64().unwrap_or(0);
        // A payment of which nothing is left has nothing to credit.
        let name = (attempt.store_id, "completed", attempt.order_id);
        if order.refund_promised >= order.total && !self.entries.contains_key(&name) {
            return Some(0);
        }
        let (entry, lines) = self.take(attempt, "completed", attempt.order_id, when)?;
        let rate = db.stores.get(&attempt.store_id).and_then(|store| store.fee_basis_points);
        self.say(entry.fee_basis_points == rate, at, || {
            format!("its fee is {} basis points, the store's {}", shown(entry.fee_basis_points), shown(rate))
        });
        let due = payout(when);
        self.say(entry.payout_date == due, at, || {
            format!("it is paid out on {}, it should be {}", shown(entry.payout_date), shown(due))
        });
        self.say(entry.aid.is_none(), at, || "its completion has a receipt".to_owned());
        add(sums, &lines);
        entry.fee_basis_points
    }

    /// Entries that nothing has caused.
    fn strays(&mut self) {
        let left: Vec<&LedgerEntry> = self.entries.values().copied().collect();
        for entry in left {
            let at = At::order(entry.store_id, entry.order_id);
            self.say(false, at, || format!("nothing caused the entry {} {}", entry.source, entry.source_id));
        }
    }
}

fn add<'a>(sums: &mut Lines<'a>, lines: &Lines<'a>) {
    for (account, won) in lines {
        *sums.entry(account).or_default() += won;
    }
}

/// Points that moved for an order.
#[derive(Debug, Clone, Copy, Default)]
struct Points {
    used: i64,
    returned: i64,
    earned: i64,
    reversed: i64,
}

/// The third weekday after a day in Korea.
fn payout(completed_ms: i64) -> Option<NaiveDate> {
    let kst = FixedOffset::east_opt(9 * 60 * 60)?;
    let at: Time = DateTime::from_timestamp_millis(completed_ms)?;
    let mut date = at.with_timezone(&kst).date_naive();
    let mut left = PAYOUT_DAYS;
    while left > 0 {
        date = date.checked_add_days(Days::new(1))?;
        if !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    Some(date)
}

/// What KakaoPay said at a closing is what we know, unless money went back since.
fn proofs(db: &Database, findings: &mut Findings) {
    for proof in &db.proofs {
        let attempt = db
            .attempts
            .iter()
            .find(|attempt| attempt.attempt_id == proof.attempt_id && attempt.store_id == proof.store_id);
        let Some(attempt) = attempt else {
            findings.add(
                I1,
                At::store(proof.store_id),
                format!("a proof of attempt {}, which is not there", proof.attempt_id),
            );
            continue;
        };
        let at = At::order(attempt.store_id, attempt.order_id);
        let taken = if attempt.approved_at.is_some() { attempt.amount } else { 0 };
        findings.same(I1, at, "what KakaoPay had taken at the closing", &taken, &proof.captured);
        let back: i64 = db
            .refunds_of(attempt.attempt_id)
            .filter(|refund| refund.state == "done" && refund.updated_at <= proof.asked_at)
            .map(|refund| refund.amount)
            .sum();
        findings.same(I1, at, "what KakaoPay had given back at the closing", &back, &proof.refunded);
        let age = (db.now - proof.asked_at).num_milliseconds();
        let born = (proof.asked_at - attempt.created_at).num_milliseconds();
        findings.demand(age >= -CLOCKS_MS && born >= -CLOCKS_MS, I1, at, || {
            format!("KakaoPay was asked at {}", proof.asked_at)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::payout;

    #[test]
    fn weekends_are_no_banking_days() {
        // Friday, 20 November 2026, 23:00 in Korea.
        assert_eq!(payout(1_795_183_200_000).unwrap().to_string(), "2026-11-25");
    }
}
