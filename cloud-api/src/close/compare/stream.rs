//! E3: the stream is the log, byte for byte.

use std::collections::BTreeMap;

use shared::log::ChainHash;
use shared::wire::{Blamed, Equality};

use super::{Chain, Findings, Place};
use crate::close::books::Books;

/// An entry of the stream as Redis has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEntry {
    pub id: String,
    /// Names and values in turn.
    pub fields: Vec<Vec<u8>>,
}

pub(super) fn stream(books: &Books, chain: &Chain, entries: &[StreamEntry], found: &mut Findings) {
    let mut by_id: BTreeMap<&str, &StreamEntry> =
        entries.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let mut note = |place: Place, field: &str, expected: String, is: String| {
        found.note(Equality::Stream, Blamed::Stream, place, field, expected, is);
    };
    for event in &books.rows.books {
        let entry = by_id.remove(format!("{}-0", event.seq).as_str());
        if chain.wrong.contains(&event.seq) {
            continue;
        }
        let place = Place { seq: Some(event.seq), order: event.order_id, attempt: None };
        let Some(entry) = entry else {
            note(place, "entry", "there".to_owned(), "missing".to_owned());
            continue;
        };
        // One that is no hash is among the wrong ones.
        let hash = ChainHash::from_slice(&event.hash).map_or_else(String::new, |hash| hash.hex());
        let expected = [b"body".as_slice(), &event.body, b"hash", hash.as_bytes()];
        let same = entry.fields.len() == expected.len()
            && entry.fields.iter().zip(expected).all(|(is, expected)| is == expected);
        if !same {
            let text = |fields: &[Vec<u8>]| String::from_utf8_lossy(&fields.join(&b' ')).into_owned();
            let expected: Vec<Vec<u8>> = expected.iter().map(|field| field.to_vec()).collect();
            note(place, "bytes", text(&expected), text(&entry.fields));
        }
    }
    if chain.span_is_wrong {
        return;
    }
    // Entries that no event of the books explains; those after the cut are another matter.
    for (id, _) in by_id {
        let seq = id.split_once('-').and_then(|(seq, _)| seq.parse::<i64>().ok());
        let is_missing_event = seq.is_some_and(|seq| chain.wrong.contains(&seq) && id.ends_with("-0"));
        if seq.is_none_or(|seq| seq <= books.upto) && !is_missing_event {
            let place = Place { seq, ..Place::default() };
            note(place, "entry", "none".to_owned(), id.to_owned());
        }
    }
}
