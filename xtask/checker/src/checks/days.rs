//! I3: business days are what the log says: where they begin, how they stand, where their books were cut. I4: what they came to. I6: the
//! certificate is the log's, and the same wherever it is kept.

use serde_json::Value;
use uuid::Uuid;

use crate::chain::{hex, sha256};
use crate::days::{self, FoldedDay};
use crate::findings::{At, Findings, shown};
use crate::fold::Orders;
use crate::read::journal::Journal;
use crate::read::postgres::{Database, Event};
use crate::read::rows::{Day, DayClose};
use crate::report::Invariant::{I3, I4, I6};

/// How an order comes into the log.
const PLACED: [&str; 2] = ["order_placed", "order_reserved"];

pub fn check(db: &Database, orders: &Orders, journals: &[Journal], findings: &mut Findings) {
    for (store, events) in &db.events {
        let folded = days::fold(events, i64::MAX);
        for event in events {
            let known = folded.contains_key(&event.row.day_id)
                && db.days.iter().any(|day| day.store_id == *store && day.day_id == event.row.day_id);
            findings.demand(known, I3, At::store(*store), || {
                format!("event {} is of day {}, which is not there", event.row.seq, event.row.day_id)
            });
        }
        for (id, said) in &folded {
            let row = db.days.iter().find(|day| day.store_id == *store && day.day_id == *id);
            match row {
                Some(row) => one(row, said, findings),
                None => findings.add(I3, At::store(*store), format!("day {id} has no row")),
            }
            cut(db, *store, *id, said, findings);
            end(db, *store, *id, said, orders, findings);
        }
    }
    for day in &db.days {
        let began = db.event(day.store_id, day.first_seq);
        let right = began.is_some_and(|event| {
            ["day_prepared", "day_opened"].contains(&event.text("kind")) && event.row.day_id == day.day_id
        });
        findings.demand(right, I3, At::store(day.store_id), || {
            format!("day {} begins at event {}, which does not begin it", day.day_id, day.first_seq)
        });
    }
    for close in &db.closes {
        certificate(db, close, journals, findings);
    }
}

fn one(row: &Day, said: &FoldedDay, findings: &mut Findings) {
    let (at, id) = (At::store(row.store_id), row.day_id);
    let mut same = |what: &str, log: String, column: String| {
        findings.same(I3, at, &format!("day {id}: {what}"), &log, &column);
    };
    same("first_seq", said.first_seq.to_string(), row.first_seq.to_string());
    same("state", said.state().to_owned(), row.state.clone());
    same("opened_at", said.row_opened_at().to_string(), row.opened_at.timestamp_millis().to_string());
    same("closed_at", shown(said.closed_at()), shown(row.closed_at.map(|at| at.timestamp_millis())));
    if let Some(day) = &row.day {
        same("its data", said.as_day(id).to_string(), day.to_string());
    }
}

/// The cut's row is the newest cut of the log.
fn cut(db: &Database, store: Uuid, id: Uuid, said: &FoldedDay, findings: &mut Findings) {
    let at = At::store(store);
    let row = db.cuts.iter().find(|row| row.store_id == store && row.day_id == id);
    let (Some(row), Some(cut)) = (row, said.cut) else {
        return findings.demand(row.is_none() && said.cut.is_none(), I3, at, || {
            format!("day {id} has a cut in the log or in its table, and not in both")
        });
    };
    findings.same(I3, at, &format!("day {id}: the cut"), &cut.upto_seq, &row.upto_seq);
    findings.same(I3, at, &format!("day {id}: cut_at"), &cut.at, &row.cut_at.timestamp_millis());
    findings.same(I3, at, &format!("day {id}: the event before its cut"), &(cut.seq - 1), &row.upto_seq);
    if let Some(event) = db.event(store, row.upto_seq) {
        findings.same(
            I3,
            at,
            &format!("day {id}: the cut's epoch"),
            &event.row.epoch.max(row.epoch),
            &row.epoch,
        );
        let cursor = db.cursors.get(&store).map_or(0, |cursor| cursor.epoch);
        findings.demand(row.epoch <= cursor, I3, at, || {
            format!("day {id} was cut in epoch {}, the log is in {cursor}", row.epoch)
        });
        findings.same(
            I3,
            at,
            &format!("day {id}: the cut's hash"),
            &hex(&event.row.hash),
            &hex(&row.head_hash),
        );
    }
    for row in db.cuts.iter().filter(|row| row.store_id == store) {
        let known = db.days.iter().any(|day| day.store_id == store && day.day_id == row.day_id);
        findings.demand(known, I3, at, || format!("a cut of day {}, which is not there", row.day_id));
    }
}

/// What the end of a day says: its chain hash and its totals follow from the log.
fn end(db: &Database, store: Uuid, id: Uuid, said: &FoldedDay, orders: &Orders, findings: &mut Findings) {
    let Some(closed) = &said.closed else { return };
    let at = At::store(store);
    let upto = closed["upto_seq"].as_i64().unwrap_or(-1);
    let hash = db.event(store, upto).map(|event| hex(&event.row.hash)).unwrap_or_default();
    findings.same(I3, at, &format!("day {id}: the end's hash"), &hash.as_str(), &text(closed, "head_hash"));
    let totals = totals(db, store, id, upto, orders);
    findings.demand(closed["totals"] == totals, I4, at, || {
        format!("day {id} ended with {}, its events make {totals}", closed["totals"])
    });
}

/// Counted from the events of the books alone.
fn totals(db: &Database, store: Uuid, id: Uuid, upto: i64, orders: &Orders) -> Value {
    let books = || db.events_of(store).iter().filter(|event| event.row.seq <= upto);
    let placed_here = |event: &&Event| {
        event.row.order_id.is_some_and(|order| orders.get(&order).is_some_and(|said| said.day == id))
    };
    let count = |kind: &str| books().filter(placed_here).filter(|event| event.text("kind") == kind).count();
    let placed: Vec<&Event> =
        books().filter(placed_here).filter(|event| PLACED.contains(&event.text("kind"))).collect();
    let orders = placed.len();
    let captured: i64 = placed.iter().filter_map(|event| event.body["details"]["total"].as_i64()).sum();
    let back = books().filter(placed_here).filter(|event| event.text("kind") == "refund_completed");
    let refunded: i64 = back.map(|event| event.number("amount")).sum();
    serde_json::json!({
        "orders": orders, "completed": count("order_completed"),
        "rejected": count("order_rejected"), "cancelled": count("order_cancelled"),
        "captured": captured, "refunded": refunded,
    })
}

fn certificate(db: &Database, close: &DayClose, journals: &[Journal], findings: &mut Findings) {
    let (at, id) = (At::store(close.store_id), close.day_id);
    let ended = db
        .events_of(close.store_id)
        .iter()
        .find(|event| event.text("kind") == "day_closed" && event.row.day_id == id);
    let Some(ended) = ended else {
        return findings.add(I6, at, format!("a certificate of day {id}, which did not end"));
    };
    let text_of = &close.certificate;
    let said: Value = serde_json::from_str(text_of).unwrap_or(Value::Null);
    let day = db.days.iter().find(|day| day.store_id == close.store_id && day.day_id == id);
    let cut = db.cuts.iter().find(|cut| cut.store_id == close.store_id && cut.day_id == id);
    let rows = [
        ("store_id", Value::from(close.store_id.to_string())),
        ("day_id", Value::from(id.to_string())),
        ("closed_at", ended.body["closed_at"].clone()),
        ("upto_seq", ended.body["upto_seq"].clone()),
        ("head_hash", ended.body["head_hash"].clone()),
        ("totals", ended.body["totals"].clone()),
        ("epoch", cut.map_or(Value::Null, |cut| Value::from(cut.epoch))),
        ("first_seq", day.map_or(Value::Null, |day| Value::from(day.first_seq))),
        ("lost", Value::from(0)),
        ("doubled", Value::from(0)),
        ("payment_difference", Value::from(0)),
    ];
    for (field, expected) in rows {
        findings.demand(said[field] == expected, I6, at, || {
            format!("the certificate of day {id} says {field} = {}, it is {expected}", said[field])
        });
    }
    findings.same(
        I6,
        at,
        &format!("day {id}: upto_seq beside the certificate"),
        &ended.number("upto_seq"),
        &close.upto_seq,
    );
    findings.same(
        I6,
        at,
        &format!("day {id}: closed_at beside the certificate"),
        &ended.number("closed_at"),
        &close.closed_at.timestamp_millis(),
    );
    let digits =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    findings.demand(digits(&close.signature, 128) && digits(&close.key_id, 16), I6, at, || {
        format!("the signature of day {id} or its key's name is none")
    });
    // The counter has verified it with the key that it keeps.
    for journal in journals.iter().filter(|journal| journal.store == Some(close.store_id)) {
        for kept in journal.certificates.iter().filter(|kept| is_of(kept, id)) {
            let same = kept["signed"]["text"] == *text_of
                && kept["signed"]["key_id"] == close.key_id
                && kept["signed"]["signature"] == close.signature;
            findings.demand(same, I6, at, || {
                format!("the certificate of day {id} in {} is not the one of the database", journal.name())
            });
            let key = bytes(text(kept, "public_key"));
            let name = hex(&sha256(&key)[..8]);
            findings.same(I6, at, &format!("day {id}: the key's name"), &name, &close.key_id);
        }
    }
}

fn is_of(kept: &Value, day: Uuid) -> bool {
    let said: Option<Value> =
        kept["signed"]["text"].as_str().and_then(|text| serde_json::from_str(text).ok());
    said.is_some_and(|said| said["day_id"] == day.to_string())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = (0..hex.len() / 2).filter_map(|at| hex.get(at * 2..at * 2 + 2));
    digits.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}
