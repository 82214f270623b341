//! Typing errors: how many keys differ, at most.

/// A text to look for of at most 64 keys, as Myers' algorithm reads it: one machine word holds a whole column of the table of edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// For each byte the places of the pattern where it stands.
    places: Box<[u64; 256]>,
    length: u32,
}

impl Pattern {
    /// Longest pattern in bytes.
    pub const MAX_BYTES: usize = 64;

    /// `None` when it is empty or too long.
    pub fn new(keys: &str) -> Option<Self> {
        let length =
            u32::try_from(keys.len()).ok().filter(|_| (1..=Self::MAX_BYTES).contains(&keys.len()))?;
        let mut places = Box::new([0_u64; 256]);
        for (nth, byte) in keys.bytes().enumerate() {
            places[usize::from(byte)] |= 1 << nth;
        }
        Some(Self { places, length })
    }

    /// The fewest edits (a key too many, missing or wrong) that make the pattern a part of `keys`; `None` when it takes more than `max`.
    pub fn edits_within(&self, keys: &str, max: u32) -> Option<u32> {
        let last = 1_u64 << (self.length - 1);
        // Differences between neighbours of the column: bits of +1 and of -1.
        let (mut plus, mut minus) = (u64::MAX, 0_u64);
        let (mut edits, mut fewest) = (self.length, self.length);
        for byte in keys.bytes() {
            let same = self.places[usize::from(byte)];
            let down = (((same & plus).wrapping_add(plus)) ^ plus) | same | minus;
            let mut right_plus = minus | !(down | plus);
            let mut right_minus = plus & down;
            if right_plus & last != 0 {
                edits += 1;
            }
            if right_minus & last != 0 {
                edits -= 1;
            }
            right_plus <<= 1;
            right_minus <<= 1;
            plus = right_minus | !(same | minus | right_plus);
            minus = right_plus & (same | minus);
            fewest = fewest.min(edits);
        }
        (fewest <= max).then_some(fewest)
    }
}

/// How many edits a query of so many keys forgives; short words forgive none, because everything is near to them.
pub fn forgiven(keys: usize) -> u32 {
    match keys {
        0..6 => 0,
        6..8 => 1,
        8..12 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The table as one draws it on paper.
    fn slow(pattern: &str, text: &str) -> u32 {
        let pattern = pattern.as_bytes();
        let mut column: Vec<u32> = (0..=u32::try_from(pattern.len()).unwrap()).collect();
        let mut fewest = column[pattern.len()];
        for byte in text.bytes() {
            // The match may begin anywhere.
            let mut next = vec![0];
            for (nth, wanted) in pattern.iter().enumerate() {
                let edit = next[nth].min(column[nth + 1]) + 1;
                next.push(edit.min(column[nth] + u32::from(*wanted != byte)));
            }
            column = next;
            fewest = fewest.min(column[pattern.len()]);
        }
        fewest
    }

    proptest! {
        #[test]
        fn counts_like_the_table_on_paper(pattern in "[abc]{1,64}", text in "[abcd]{0,80}") {
            let quick = Pattern::new(&pattern).unwrap().edits_within(&text, u32::MAX);
            prop_assert_eq!(quick, Some(slow(&pattern, &text)));
        }
    }

    #[test]
    fn has_a_longest_pattern() {
        assert!(Pattern::new("").is_none());
        assert!(Pattern::new(&"a".repeat(64)).is_some());
        assert!(Pattern::new(&"a".repeat(65)).is_none());
        assert_eq!(Pattern::new("abc").unwrap().edits_within("xxaxcx", 0), None);
        assert_eq!(Pattern::new("abc").unwrap().edits_within("xxaxcx", 1), Some(1));
    }
}
