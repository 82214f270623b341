//! When more messages are due than can be sent in time, the least important are given up first; never one about money. What they would have
//! said is on the order's page.

use crate::orders::Importance;

/// More due messages than this are too many, whatever their age.
pub const MOST_DUE: u64 = 2_000;
/// So few are sent in a moment, however late they are: nothing is given up among them.
pub const ALWAYS_KEPT: u64 = 20;
/// How long a message may wait for its turn before it is given up, in milliseconds.
const NICETY_WAITS_MS: i64 = 60_000;
const PROGRESS_WAITS_MS: i64 = 180_000;
const ACT_WAITS_MS: i64 = 600_000;

/// Messages of one importance whose time to be sent has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub importance: Importance,
    pub count: u64,
    /// Of them, those that wait longer than [`patience_ms`].
    pub too_late: u64,
}

/// How long a message of this importance may wait for its turn; `None` for those that are never given up.
pub fn patience_ms(importance: Importance) -> Option<i64> {
    match importance {
        Importance::Money => None,
        Importance::Act => Some(ACT_WAITS_MS),
        Importance::Progress => Some(PROGRESS_WAITS_MS),
        Importance::Nicety => Some(NICETY_WAITS_MS),
    }
}

/// How many messages of each importance to give up, the oldest of each; the least important come first in the answer.
pub fn to_give_up(due: &[Due]) -> Vec<(Importance, u64)> {
    let total: u64 = due.iter().map(|due| due.count).sum();
    let mut too_many = total.saturating_sub(MOST_DUE);
    let mut may_go = total.saturating_sub(ALWAYS_KEPT);
    let mut given_up = Vec::new();
    for importance in Importance::ALL.into_iter().rev() {
        let of = due.iter().find(|due| due.importance == importance);
        let Some((of, _)) = of.zip(patience_ms(importance)) else { continue };
        let count = of.too_late.max(too_many).min(of.count).min(may_go);
        too_many = too_many.saturating_sub(count);
        may_go -= count;
        if count > 0 {
            given_up.push((importance, count));
        }
    }
    given_up
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn due(counts: [u64; 4], late: [u64; 4]) -> Vec<Due> {
        let both = counts.into_iter().zip(late);
        let rows = Importance::ALL.into_iter().zip(both);
        rows.map(|(importance, (count, late))| Due { importance, count, too_late: late.min(count) }).collect()
    }

    #[test]
    fn too_many_cost_the_least_important_first() {
        assert_eq!(to_give_up(&due([1_000, 500, 400, 100], [0; 4])), []);
        let some = to_give_up(&due([1_000, 500, 500, 100], [0; 4]));
        assert_eq!(some, [(Importance::Nicety, 100)]);
        let more = to_give_up(&due([1_990, 500, 400, 100], [0; 4]));
        assert_eq!(more, [(Importance::Nicety, 100), (Importance::Progress, 400), (Importance::Act, 490)]);
    }

    #[test]
    fn a_few_late_ones_are_sent_all_the_same() {
        assert_eq!(to_give_up(&due([0, 5, 10, 5], [0, 5, 10, 5])), []);
        assert_eq!(to_give_up(&due([0, 5, 10, 9], [0, 0, 0, 9])), [(Importance::Nicety, 4)]);
    }

    proptest! {
        #[test]
        fn money_stays_and_nothing_goes_before_something_less_important(
            counts in [0_u64..6_000, 0_u64..6_000, 0_u64..6_000, 0_u64..6_000],
            late in [0_u64..6_000, 0_u64..6_000, 0_u64..6_000, 0_u64..6_000],
        ) {
            let rows = due(counts, late);
            let given_up = to_give_up(&rows);
            let gone = |of: Importance| given_up.iter().find(|(at, _)| *at == of).map_or(0, |(_, count)| *count);
            prop_assert_eq!(gone(Importance::Money), 0);
            let total: u64 = rows.iter().map(|due| due.count).sum();
            let left = total - given_up.iter().map(|(_, count)| count).sum::<u64>();
            // As few as are allowed are left only where the rest is about money.
            prop_assert!(left <= MOST_DUE.max(rows[0].count));
            prop_assert!(left >= total.min(ALWAYS_KEPT));
            for row in &rows {
                prop_assert!(gone(row.importance) <= row.count);
                // For their number, and not for their age, they go only when all that are less important went.
                if gone(row.importance) > row.too_late {
                    let lesser = rows.iter().filter(|other| other.importance > row.importance);
                    prop_assert!(lesser.clone().all(|other| gone(other.importance) == other.count));
                }
            }
            if total <= MOST_DUE && rows.iter().all(|row| row.too_late == 0) {
                prop_assert!(given_up.is_empty());
            }
        }
    }
}
