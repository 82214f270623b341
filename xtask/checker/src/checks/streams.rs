//! I3 in Redis: each day's stream is the log, byte for byte. I7: it ends where the log ends.

use crate::chain::hex;
use crate::findings::{At, Findings};
use crate::read::postgres::Database;
use crate::read::rows::Day;
use crate::read::streams::{Entry, Stream};
use crate::report::Invariant::{I3, I7};

pub fn check(db: &Database, streams: &[Stream], findings: &mut Findings) {
    for stream in streams {
        let Some(day) = db.days.iter().find(|day| day.store_id == stream.store && day.day_id == stream.day)
        else {
            continue;
        };
        let mut expected = day.first_seq;
        for entry in &stream.entries {
            expected = one(db, stream, entry, expected, findings);
        }
        // The accounting batch removes the stream of a closed day some day.
        let kept = db.closes.iter().any(|close| close.day_id == day.day_id && close.removed_at.is_none());
        if day.state != "closed" || kept {
            lag(db, stream, day, findings);
        }
    }
}

/// Compares an entry with the event that comes next; the number that comes after it.
fn one(db: &Database, stream: &Stream, entry: &Entry, expected: i64, findings: &mut Findings) -> i64 {
    let at = At::store(stream.store);
    let Some(seq) = entry.id.strip_suffix("-0").and_then(|seq| seq.parse::<i64>().ok()) else {
        findings.add(I3, at, format!("the stream {} has an entry {}", stream.key, entry.id));
        return expected;
    };
    findings.demand(seq == expected, I3, at, || {
        format!("the stream of day {} goes on with event {seq} where {expected} belongs", stream.day)
    });
    let Some(event) = db.event(stream.store, seq) else {
        findings.add(I3, at, format!("the stream of day {} has an event {seq}, the log has not", stream.day));
        return seq + 1;
    };
    let mut same = |name: &str, theirs: &[u8]| {
        findings.demand(entry.field(name.as_bytes()) == Some(theirs), I3, at, || {
            let found = entry.field(name.as_bytes()).map(String::from_utf8_lossy);
            format!("event {seq} in the stream of day {}: its {name} is {found:?}, not the log's", stream.day)
        });
    };
    same("body", &event.row.body);
    same("hash", hex(&event.row.hash).as_bytes());
    findings.demand(entry.fields.len() == 2, I3, at, || {
        format!("event {seq} in the stream of day {} has {} fields", stream.day, entry.fields.len())
    });
    seq + 1
}

/// The copy of a day that is kept lacks nothing: it goes on until the next day begins.
fn lag(db: &Database, stream: &Stream, day: &Day, findings: &mut Findings) {
    let next = db.days.iter().filter(|next| next.store_id == day.store_id && next.first_seq > day.first_seq);
    let next = next.map(|next| next.first_seq - 1).min();
    let head = next.unwrap_or_else(|| db.events_of(stream.store).last().map_or(0, |last| last.row.seq));
    let last = stream.entries.last().and_then(|entry| entry.id.split('-').next()?.parse().ok());
    let last = last.unwrap_or(day.first_seq - 1);
    findings.demand(last >= head, I7, At::store(stream.store), || {
        format!("the stream {} ends at event {last}, the log at {head}", stream.key)
    });
}
