//! Grades (등급) of customers, by the orders that were completed lately, and what a grade brings.

/// Days whose completed orders count.
pub const PERIOD_DAYS: i64 = 90;

/// How well we know a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    New,
    Regular,
    Family,
}

impl Grade {
    /// Every grade, the lowest first.
    pub const ALL: [Self; 3] = [Self::New, Self::Regular, Self::Family];

    /// The grade of somebody with so many completed orders in the period.
    pub fn of(completed: i64) -> Self {
        Self::ALL.into_iter().rev().find(|grade| completed >= grade.needs()).unwrap_or(Self::New)
    }

    /// Completed orders that it needs.
    pub fn needs(self) -> i64 {
        match self {
            Self::New => 0,
            Self::Regular => 5,
            Self::Family => 15,
        }
    }

    /// Points earned of a thousand won.
    pub fn earn_permille(self) -> i64 {
        match self {
            Self::New => 10,
            Self::Regular => 20,
            Self::Family => 30,
        }
    }

    /// The next one, and how many orders are still missing.
    pub fn next(completed: i64) -> Option<(Self, i64)> {
        let next = Self::ALL.into_iter().find(|grade| grade.needs() > completed)?;
        Some((next, next.needs() - completed))
    }

    /// What customers read.
    pub fn customer_text(self) -> &'static str {
        match self {
            Self::New => "새싹",
            Self::Regular => "단골",
            Self::Family => "가족",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn five_orders_make_a_regular_and_fifteen_family() {
        let grades: Vec<Grade> = [0, 4, 5, 14, 15, 1_000].into_iter().map(Grade::of).collect();
        assert_eq!(
            grades,
            [Grade::New, Grade::New, Grade::Regular, Grade::Regular, Grade::Family, Grade::Family]
        );
        assert_eq!(Grade::next(3), Some((Grade::Regular, 2)));
        assert_eq!(Grade::next(5), Some((Grade::Family, 10)));
        assert_eq!(Grade::next(15), None);
    }

    proptest! {
        #[test]
        fn more_orders_never_bring_less(completed in 0_i64..100) {
            prop_assert!(Grade::of(completed) <= Grade::of(completed + 1));
            prop_assert!(Grade::of(completed).earn_permille() <= Grade::of(completed + 1).earn_permille());
            if let Some((next, missing)) = Grade::next(completed) {
                prop_assert_eq!(Grade::of(completed + missing), next);
                prop_assert!(Grade::of(completed + missing - 1) < next);
            }
        }
    }
}
