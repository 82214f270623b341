//! E1: what the counter says of its journal, against the cut.

use shared::log::ChainHash;
use shared::wire::{Blamed, Equality, JournalProof};

use super::{Chain, Findings, Place};
use crate::close::books::Books;
use crate::db::closing::DayCut;

/// Compares. A journal that is behind, of another store, of another time or changed does not have the cut's hash.
///
/// The cut's row and its event are two witnesses: where only one of them says something else, the database is wrong and was told so.
pub fn journal(books: &Books, chain: &Chain, cut: &DayCut, proof: &JournalProof, found: &mut Findings) {
    let event = books.rows.books.last().filter(|event| event.seq == cut.upto_seq);
    let event_hash = event.and_then(|event| ChainHash::from_slice(&event.hash));
    let epochs = [Some(cut.epoch), event.map(|event| event.epoch)];
    let hashes = [Some(cut.head_hash), event_hash];
    let mut differs = |field: &str, is_same: bool, expected: String, is: &dyn std::fmt::Display| {
        if !is_same {
            let place = Place::seq(cut.upto_seq);
            found.note(Equality::Journal, Blamed::Journal, place, field, expected, is.to_string());
        }
    };
    let position = &proof.position;
    differs("epoch", epochs.contains(&Some(position.epoch)), cut.epoch.to_string(), &position.epoch);
    differs("seq", position.seq == cut.upto_seq, cut.upto_seq.to_string(), &position.seq);
    let known = |fits: &dyn Fn(&ChainHash) -> bool| hashes.iter().flatten().any(fits);
    let is_known = known(&|hash| hash.hex() == proof.head_hash);
    differs("head_hash", is_known, cut.head_hash.hex(), &proof.head_hash);
    differs("hash8", known(&|hash| hash.hash8() == position.hash8), cut.head_hash.hash8(), &position.hash8);
    let count = cut.upto_seq - books.day.first_seq + 1;
    differs("count", chain.span_is_wrong || proof.count == count, count.to_string(), &proof.count);
}
