//! E1: what the counter says of its journal, against the cut.

use shared::wire::{Blamed, Equality, JournalProof};

use super::{Findings, Place};
use crate::close::books::Books;
use crate::db::closing::DayCut;

/// Compares. A journal that is behind, of another store, of another time or changed does not have the cut's hash.
pub fn journal(books: &Books, cut: &DayCut, proof: &JournalProof, found: &mut Findings) {
    let mut same = |field: &str, expected: String, is: String| {
        if expected != is {
            found.note(Equality::Journal, Blamed::Journal, Place::seq(cut.upto_seq), field, expected, is);
        }
    };
    same("epoch", cut.epoch.to_string(), proof.position.epoch.to_string());
    same("seq", cut.upto_seq.to_string(), proof.position.seq.to_string());
    same("head_hash", cut.head_hash.hex(), proof.head_hash.clone());
    same("hash8", cut.head_hash.hash8(), proof.position.hash8.clone());
    same("count", (cut.upto_seq - books.day.first_seq + 1).to_string(), proof.count.to_string());
}
