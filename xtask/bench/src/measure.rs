//! One number of a row, with what it is judged by.

use serde_json::{Value, json};

/// How a number is written for people. The number itself is in the base unit: seconds, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    PerSecond,
    Bytes,
    Count,
}

/// What a number must not fall below, or rise above.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    AtLeast(f64),
    AtMost(f64),
    /// Ours divided by the peer's.
    RatioAtLeast(f64),
    RatioAtMost(f64),
}

/// Somebody who does the same, in the same run.
#[derive(Debug, Clone, PartialEq)]
pub struct Peer {
    pub name: String,
    /// The median of the repeats.
    pub theirs: f64,
    /// Ours divided by theirs: the median of the pairs, because what slows the machine down slows both of a pair.
    pub ratio: f64,
}

/// One number: the median of the repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub name: String,
    pub unit: Unit,
    pub ours: f64,
    /// What each repeat said, in order.
    pub repeats: Vec<f64>,
    pub peer: Option<Peer>,
    pub floor: Option<Limit>,
    pub goal: Option<Limit>,
    /// What else a reader should know: how much was not answered, processor time per request.
    pub note: String,
}

impl Measure {
    /// `repeats` must not be empty.
    pub fn new(name: impl Into<String>, unit: Unit, repeats: &[f64]) -> Self {
        Self {
            name: name.into(),
            unit,
            ours: median(repeats),
            repeats: repeats.to_vec(),
            peer: None,
            floor: None,
            goal: None,
            note: String::new(),
        }
    }

    /// Beside a peer, measured in the same run: the n-th repeat of each stand next to each other in time.
    #[must_use]
    pub fn against(mut self, peer: impl Into<String>, repeats: &[f64]) -> Self {
        let pairs: Vec<f64> = self.repeats.iter().zip(repeats).map(|(ours, theirs)| ours / theirs).collect();
        self.peer = Some(Peer { name: peer.into(), theirs: median(repeats), ratio: median(&pairs) });
        self
    }

    #[must_use]
    pub fn floor(mut self, limit: Limit) -> Self {
        self.floor = Some(limit);
        self
    }

    #[must_use]
    pub fn goal(mut self, limit: Limit) -> Self {
        self.goal = Some(limit);
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub fn ratio(&self) -> Option<f64> {
        self.peer.as_ref().map(|peer| peer.ratio)
    }

    /// `None` when the number has no such limit. A ratio without a peer never holds.
    pub fn holds(&self, limit: Option<Limit>) -> Option<bool> {
        let ratio = self.ratio().unwrap_or(f64::NAN);
        limit.map(|limit| match limit {
            Limit::AtLeast(least) => self.ours >= least,
            Limit::AtMost(most) => self.ours <= most,
            Limit::RatioAtLeast(least) => ratio >= least,
            Limit::RatioAtMost(most) => ratio <= most,
        })
    }

    pub fn json(&self, row: &str) -> Value {
        json!({
            "row": row,
            "measure": self.name,
            "unit": match self.unit {
                Unit::Seconds => "s",
                Unit::PerSecond => "1/s",
                Unit::Bytes => "B",
                Unit::Count => "1",
            },
            "ours": self.ours,
            "repeats": self.repeats,
            "peer": self.peer.as_ref().map(|peer| &peer.name),
            "theirs": self.peer.as_ref().map(|peer| peer.theirs),
            "ratio": self.ratio(),
            "floor_holds": self.holds(self.floor),
            "goal_holds": self.holds(self.goal),
            "note": self.note,
        })
    }
}

/// The middle one; of an even number the lower of the two in the middle. NaN when there is none.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn limits_are_judged_in_the_right_direction() {
        let measure = Measure::new("x", Unit::PerSecond, &[50.0]).against("peer", &[100.0]);
        assert_eq!(measure.holds(Some(Limit::RatioAtLeast(0.5))), Some(true));
        assert_eq!(measure.holds(Some(Limit::RatioAtLeast(0.51))), Some(false));
        assert_eq!(measure.holds(Some(Limit::AtMost(49.0))), Some(false));
        assert_eq!(measure.holds(None), None);
    }

    #[test]
    fn a_ratio_is_the_middle_of_the_pairs() {
        // A slow moment for both in the first, for the peer alone in the last.
        let measure =
            Measure::new("x", Unit::PerSecond, &[10.0, 90.0, 90.0]).against("peer", &[20.0, 100.0, 50.0]);
        assert_eq!(measure.ratio(), Some(0.9));
    }

    #[test]
    fn a_ratio_without_a_peer_does_not_hold() {
        let measure = Measure::new("x", Unit::PerSecond, &[50.0]);
        assert_eq!(measure.holds(Some(Limit::RatioAtLeast(0.5))), Some(false));
        assert_eq!(measure.holds(Some(Limit::RatioAtMost(0.5))), Some(false));
    }
}
