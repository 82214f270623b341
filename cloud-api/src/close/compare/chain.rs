//! Is the log in the database whole: numbers without holes, each hash what its body makes it, each column what its body says?

use std::collections::BTreeSet;

use shared::log::{ChainHash, GENESIS, LogBody, UnreadableBody, chain as link};
use shared::wire::Equality;

use super::events::{Event, Events};
use super::{Findings, Place};
use crate::close::books::Books;
use crate::db::closing::EventRow;

/// What is known of the log after looking at it.
#[derive(Debug, Default)]
pub struct Chain {
    /// Events that the database has wrong.
    pub wrong: BTreeSet<i64>,
    /// The database does not say rightly which events are the day's: nobody else is blamed for others.
    pub span_is_wrong: bool,
}

/// Verifies the day's events.
pub(super) fn chain(books: &Books, events: &Events<'_>, found: &mut Findings) -> Chain {
    let mut chain = Chain::default();
    let first = books.day.first_seq;
    let before = books.rows.before.as_ref();
    let mut previous = match before {
        Some(event) => hash(event),
        None => Some(GENESIS),
    };
    found.same(Equality::Orders, Place::seq(first - 1), "event", &(first > 1), &before.is_some());
    if before.is_some_and(|event| event.day_id == books.day_id.0) {
        found.same(Equality::Orders, Place::seq(first), "first_seq", &(first - 1), &first);
    }
    let mut epoch = before.map_or(1, |event| event.epoch);
    let mut next = first;
    let end = books.day.last_of_day.unwrap_or(books.day.last_seq).max(books.upto);
    let mut at_cut = None;
    for Event { row: event, body } in &events.day {
        if event.seq != next {
            found.same(Equality::Orders, Place::seq(next), "event", &next, &event.seq);
            chain.wrong.extend(next..event.seq);
        }
        next = event.seq + 1;
        let made = previous.map(|previous| link(previous, event.seq, &event.body));
        if hash(event).is_none() || made != hash(event) {
            // Whatever is wrong here, the events after it are judged by what stands here.
            note(found, event, "hash", &made.map(|hash| hash.hex()), &hash(event).map(|hash| hash.hex()));
            chain.wrong.insert(event.seq);
        }
        previous = hash(event);
        if event.seq == books.upto {
            at_cut = Some((previous, event.epoch));
        }
        columns(books, event, body, &mut epoch, found, &mut chain);
    }
    if next <= end {
        found.same(Equality::Orders, Place::seq(next), "event", &true, &false);
        chain.wrong.extend(next..=end);
    }
    ends(books, previous, end, found);
    if let (Some(cut), Some((hash, epoch))) = (books.cut, at_cut) {
        let (place, hash) = (Place::seq(books.upto), hash.map(|hash| hash.hex()));
        found.same(Equality::Orders, place, "cut", &hash, &Some(cut.head_hash.hex()));
        found.same(Equality::Orders, place, "cut_epoch", &epoch, &cut.epoch);
    }
    chain.span_is_wrong = found.0.iter().any(|one| matches!(one.field.as_str(), "first_seq" | "event"));
    chain
}

/// The columns that repeat what the body says.
fn columns(
    books: &Books,
    event: &EventRow,
    body: &Result<LogBody, UnreadableBody>,
    epoch: &mut i32,
    found: &mut Findings,
    chain: &mut Chain,
) {
    let before = found.0.len();
    if event.epoch < *epoch || event.epoch > books.day.epoch {
        note(found, event, "epoch", epoch, &event.epoch);
    } else {
        *epoch = event.epoch;
    }
    match body {
        Ok(body) => {
            note(found, event, "kind", &body.kind(), &event.kind.as_str());
            note(found, event, "v", &i32::from(body.v), &i32::from(event.v));
            note(found, event, "day_id", &body.day_id.0, &event.day_id);
            note(found, event, "day_id", &books.day_id.0, &event.day_id);
            note(found, event, "order_id", &body.order_id().map(|id| id.0), &event.order_id);
        }
        Err(error) => note(found, event, "body", &String::new(), &error.to_string()),
    }
    if found.0.len() > before {
        chain.wrong.insert(event.seq);
    }
}

/// Where the log ends, as the cursor says.
fn ends(books: &Books, last: Option<ChainHash>, end: i64, found: &mut Findings) {
    if books.day.last_of_day.is_some() {
        return;
    }
    let cursor = ChainHash::from_slice(&books.day.last_hash).map(|hash| hash.hex());
    found.same(Equality::Orders, Place::seq(end), "cursor", &last.map(|hash| hash.hex()), &cursor);
    found.same(Equality::Orders, Place::seq(end), "cursor_seq", &end, &books.day.last_seq);
}

fn note<T: PartialEq + std::fmt::Debug>(
    found: &mut Findings,
    event: &EventRow,
    field: &str,
    expected: &T,
    is: &T,
) {
    let place = Place { seq: Some(event.seq), order: event.order_id, attempt: None };
    found.same(Equality::Orders, place, field, expected, is);
}

fn hash(event: &EventRow) -> Option<ChainHash> {
    ChainHash::from_slice(&event.hash)
}
