//! I3 in Postgres: the log is gapless and chained, its columns say what its bodies say, acknowledgements point into it.

use uuid::Uuid;

use crate::chain::{self, ZERO};
use crate::findings::{At, Findings};
use crate::fold::{self, Orders};
use crate::read::postgres::{Database, Event};
use crate::read::rows::Cursor;
use crate::report::Invariant::{I3, I4};

/// Checks every store's log and folds it; the orders of all stores.
pub fn check(db: &Database, findings: &mut Findings) -> Orders {
    let mut orders = Orders::new();
    for store in db.cursors.keys().chain(db.events.keys().filter(|store| !db.cursors.contains_key(store))) {
        let events = db.events_of(*store);
        chain_of(*store, events, findings);
        end_of(*store, events, db.cursors.get(store), findings);
        for event in events {
            columns(event, findings);
            if let Err(why) = fold::apply(&mut orders, event) {
                let at = at(event);
                findings.add(I4, at, format!("event {} cannot be: {why}", event.row.seq));
            }
        }
    }
    acknowledgements(db, findings);
    orders
}

fn at(event: &Event) -> At {
    match event.row.order_id {
        Some(order) => At::order(event.row.store_id, order),
        None => At::store(event.row.store_id),
    }
}

fn chain_of(store: Uuid, events: &[Event], findings: &mut Findings) {
    let (mut seq, mut hash, mut epoch) = (0, ZERO.to_vec(), 0);
    for Event { row, .. } in events {
        let at = At::store(store);
        findings
            .demand(row.seq == seq + 1, I3, at, || format!("the log jumps from event {seq} to {}", row.seq));
        let computed = chain::link(&hash, row.seq, &row.body);
        findings.demand(row.hash == computed, I3, at, || {
            format!(
                "the chain breaks at event {} ({}): the database says {}, its body gives {}",
                row.seq,
                row.kind,
                chain::hash8(&row.hash),
                chain::hash8(&computed)
            )
        });
        findings.demand(row.epoch >= epoch, I3, at, || {
            format!("event {} is of epoch {}, the one before of {epoch}", row.seq, row.epoch)
        });
        // What is stored, so that one broken link is one finding.
        (seq, hash, epoch) = (row.seq, row.hash.clone(), row.epoch);
    }
}

fn end_of(store: Uuid, events: &[Event], cursor: Option<&Cursor>, findings: &mut Findings) {
    let at = At::store(store);
    let Some(cursor) = cursor else { return findings.add(I3, at, "the log has no cursor") };
    let (seq, hash) = events.last().map_or((0, ZERO.as_slice()), |last| (last.row.seq, &last.row.hash));
    findings.same(I3, at, "the cursor's last event", &seq, &cursor.last_seq);
    findings.demand(cursor.last_hash == hash, I3, at, || {
        let (theirs, ours) = (chain::hash8(&cursor.last_hash), chain::hash8(hash));
        format!("the cursor's hash is {theirs}, the last event's is {ours}")
    });
    // An epoch may have begun with nothing in it yet.
    let last = events.last().map_or(cursor.epoch, |last| last.row.epoch);
    findings.demand(cursor.epoch >= last, I3, at, || {
        format!("the cursor is of epoch {}, the last event of {last}", cursor.epoch)
    });
    epochs(store, events, cursor, findings);
}

/// Epochs change one at a time, and the cursor's is the last one.
fn epochs(store: Uuid, events: &[Event], cursor: &Cursor, findings: &mut Findings) {
    let first = events.first().map_or(cursor.epoch, |first| first.row.epoch);
    findings.demand(first >= 1, I3, At::store(store), || format!("the log begins with epoch {first}"));
    let last = events.last().map_or(cursor.epoch, |last| last.row.epoch);
    let bumped = db_epochs(events);
    findings.demand(cursor.epoch - last <= 1 && bumped <= 1, I3, At::store(store), || {
        format!("the log's epochs leave some out; the cursor is of {}", cursor.epoch)
    });
}

/// The widest step between the epochs of two events that follow each other.
fn db_epochs(events: &[Event]) -> i32 {
    events.windows(2).map(|pair| pair[1].row.epoch - pair[0].row.epoch).max().unwrap_or(0)
}

fn columns(event: &Event, findings: &mut Findings) {
    let (row, body) = (&event.row, &event.body);
    let at = at(event);
    let seq = row.seq;
    if !body.is_object() {
        return findings.add(I3, at, format!("the body of event {seq} is no JSON object"));
    }
    let mut same = |what: &str, column: String, said: Option<String>| {
        let said = said.unwrap_or_else(|| "nothing".to_owned());
        findings.same(I3, at, &format!("event {seq}: the column {what}"), &said, &column);
    };
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let number = |name: &str| body[name].as_i64().map(|number| number.to_string());
    same("kind", row.kind.clone(), text("kind"));
    same("v", row.v.to_string(), number("v"));
    same("day_id", row.day_id.to_string(), text("day_id"));
    same(
        "order_id",
        row.order_id.map_or_else(|| "nothing".to_owned(), |id| id.to_string()),
        text("order_id"),
    );
    same("created_at", row.created_at.timestamp_millis().to_string(), number("at"));
}

/// What counters say they have on their disks is in the log.
fn acknowledgements(db: &Database, findings: &mut Findings) {
    for device in &db.devices {
        let (Some(epoch), Some(seq), Some(hash8)) = (device.ack_epoch, device.ack_seq, &device.ack_hash8)
        else {
            let half = device.ack_epoch.is_some() || device.ack_seq.is_some() || device.ack_hash8.is_some();
            findings.demand(!half, I3, At::store(device.store_id), || {
                format!("device {} acknowledged half a position", device.device_id)
            });
            continue;
        };
        let at = At::store(device.store_id);
        let cursor = db.cursors.get(&device.store_id).map_or(0, |cursor| cursor.epoch);
        findings.demand((1..=cursor).contains(&epoch), I3, at, || {
            format!("device {} acknowledged epoch {epoch}, the log is in {cursor}", device.device_id)
        });
        // Of an older epoch nothing can be said: the database may have been restored.
        let Some(found) = (epoch == cursor).then(|| db.event(device.store_id, seq)) else { continue };
        let known = match found {
            Some(event) => chain::hash8(&event.row.hash) == *hash8,
            None => seq == 0,
        };
        findings.demand(known, I3, at, || {
            format!("device {} acknowledged {epoch}.{seq}.{hash8}, which is not in the log", device.device_id)
        });
    }
}
