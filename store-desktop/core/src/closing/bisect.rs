//! Where two chains part: both are equal up to some event and differ from there on, so a few questions find it.

use shared::log::ChainHash;
use shared::wire::{HashesAnswer, HashesRequest, MAX_HASHES};

/// The search for the first event whose hash differs, between `low`, which is equal, and `high`, which is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    low: i64,
    high: i64,
}

impl Search {
    /// `first - 1` stands before the day; the last event is known to differ.
    pub fn new(first: i64, last: i64) -> Self {
        Self { low: first - 1, high: last }
    }

    /// The first that differs, once it is known.
    pub fn found(&self) -> Option<i64> {
        (self.high - self.low <= 1).then_some(self.high)
    }

    /// The next question: numbers spread evenly over what is left.
    pub fn question(&self) -> HashesRequest {
        let between = self.high - self.low - 1;
        let count = between.min(MAX_HASHES as i64).max(0);
        let seqs = (1..=count).map(|turn| self.low + turn * (between + 1) / (count + 1)).collect();
        HashesRequest { seqs }
    }

    /// Takes an answer; `ours` says what the journal has. An event that only one of the two has differs.
    pub fn take(
        &mut self,
        question: &HashesRequest,
        answer: &HashesAnswer,
        ours: impl Fn(i64) -> Option<ChainHash>,
    ) {
        for &seq in &question.seqs {
            let theirs = answer.hashes.iter().find(|hash| hash.seq == seq);
            let theirs = theirs.and_then(|hash| ChainHash::from_hex(&hash.hash));
            if theirs.is_some() && theirs == ours(seq) {
                self.low = self.low.max(seq);
            } else {
                self.high = self.high.min(seq);
            }
        }
        // Chains that agree again after a difference would be a broken hash; then the first difference counts.
        self.low = self.low.min(self.high - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shared::log::{GENESIS, chain};
    use shared::wire::HashAt;

    fn hashes(first: i64, count: i64, changed: Option<i64>) -> Vec<ChainHash> {
        let mut hash = GENESIS;
        let link = |seq: i64| {
            let body = if changed == Some(seq) { "changed".to_owned() } else { format!("event {seq}") };
            hash = chain(hash, seq, body.as_bytes());
            hash
        };
        (first..first + count).map(link).collect()
    }

    proptest! {
        #[test]
        fn finds_the_first_difference_in_few_rounds(first in 1_i64..1_000, count in 1_i64..9_000, place in any::<prop::sample::Index>()) {
            let changed = first + place.index(count as usize) as i64;
            let (ours, theirs) = (hashes(first, count, Some(changed)), hashes(first, count, None));
            let at = |of: &[ChainHash], seq: i64| of.get((seq - first) as usize).copied();
            let mut search = Search::new(first, first + count - 1);
            let mut rounds = 0;
            while search.found().is_none() {
                let question = search.question();
                prop_assert!(!question.seqs.is_empty() && question.seqs.len() <= MAX_HASHES);
                let hashes = question.seqs.iter().map(|seq| HashAt { seq: *seq, hash: at(&theirs, *seq).unwrap().hex() });
                let answer = HashesAnswer { hashes: hashes.collect() };
                search.take(&question, &answer, |seq| at(&ours, seq));
                rounds += 1;
                prop_assert!(rounds <= 4, "{search:?}");
            }
            prop_assert_eq!(search.found(), Some(changed));
        }
    }
}
