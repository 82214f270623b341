//! The ledger (원장): double entry, in won. Every movement of money is an entry whose lines sum to zero, so an order explains itself.
//!
//! | entry | lines |
//! |---|---|
//! | capture | kakaopay + · customer − |
//! | refund requested | customer + (or, once completed, store payable + and fee +) · refund due − |
//! | refund done | refund due + · kakaopay − |
//! | completed | customer + · store payable − · fee − |
//! | points used | points + · customer − |
//! | points returned | customer + (or, once completed, store payable + and fee +) · points − |
//! | points earned | promotion + · points − |
//! | points reversed | points + · promotion − |
//!
//! Points are owed to the customer by us, not by the store: an order that points paid a part of is worth its whole price to the store.

use serde::{Deserialize, Serialize};

use crate::Won;

/// Our fee where nothing else was agreed, in hundredths of a percent of what the order keeps; VAT of the fee included.
pub const DEFAULT_FEE_BASIS_POINTS: u32 = 330;
/// The whole, in basis points.
const WHOLE: i64 = 10_000;

/// Where money stands. Debit (+) is what we have, credit (−) what we owe or earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// KakaoPay holds it for us.
    Kakaopay,
    /// Customers paid it for food that they do not have yet.
    Customer,
    /// It goes back to customers.
    RefundDue,
    /// The store is owed it.
    StorePayable,
    /// We earned it.
    Fee,
    /// We owe them to customers as points.
    Points,
    /// What points have cost us.
    Promotion,
}

/// Why an entry was written. With the id of what caused it, the entry's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Of an attempt.
    Capture,
    /// Of a refund.
    RefundRequested,
    /// Of a refund.
    RefundDone,
    /// Of an order.
    Completed,
    /// Of a movement of points, as all that follow.
    PointsUsed,
    PointsReturned,
    PointsEarned,
    PointsReversed,
}

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub account: Account,
    /// Won; debit above zero, credit below. Never zero.
    pub amount: i64,
}

/// How one captured payment stands, from the lines about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Held for the customer.
    pub customer: i64,
    /// Owed to the store.
    pub payable: i64,
    /// Earned by us.
    pub fee: i64,
    /// Going back.
    pub refund_due: i64,
    /// At KakaoPay.
    pub kakaopay: i64,
}

/// More was to go back than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{asked} won are to be moved where there are {there}")]
pub struct NotEnough {
    pub asked: i64,
    pub there: i64,
}

impl Account {
    /// Every account.
    pub const ALL: [Self; 7] = [
        Self::Kakaopay,
        Self::Customer,
        Self::RefundDue,
        Self::StorePayable,
        Self::Fee,
        Self::Points,
        Self::Promotion,
    ];

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kakaopay => "kakaopay",
            Self::Customer => "customer",
            Self::RefundDue => "refund_due",
            Self::StorePayable => "store_payable",
            Self::Fee => "fee",
            Self::Points => "points",
            Self::Promotion => "promotion",
        }
    }

    /// The account with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.as_str() == name)
    }
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 8] = [
        Self::Capture,
        Self::RefundRequested,
        Self::RefundDone,
        Self::Completed,
        Self::PointsUsed,
        Self::PointsReturned,
        Self::PointsEarned,
        Self::PointsReversed,
    ];

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::RefundRequested => "refund_requested",
            Self::RefundDone => "refund_done",
            Self::Completed => "completed",
            Self::PointsUsed => "points_used",
            Self::PointsReturned => "points_returned",
            Self::PointsEarned => "points_earned",
            Self::PointsReversed => "points_reversed",
        }
    }

    /// The source with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }
}

impl Standing {
    /// After one more line.
    pub fn and(mut self, line: Line) -> Self {
        match line.account {
            Account::Kakaopay => self.kakaopay += line.amount,
            Account::Customer => self.customer -= line.amount,
            Account::RefundDue => self.refund_due -= line.amount,
            Account::StorePayable => self.payable -= line.amount,
            Account::Fee => self.fee -= line.amount,
            Account::Points | Account::Promotion => {}
        }
        self
    }

    /// What the payment keeps: everything that does not go back.
    pub fn kept(&self) -> i64 {
        self.customer + self.payable + self.fee
    }
}

/// Our fee of what an order keeps, rounded down.
pub fn fee(kept: i64, basis_points: u32) -> i64 {
    kept.max(0) * i64::from(basis_points) / WHOLE
}

/// KakaoPay took the money of an attempt.
pub fn captured(amount: Won) -> Vec<Line> {
    entry(&[(Account::Kakaopay, amount.get()), (Account::Customer, -amount.get())])
}

/// A part of a payment is to go back. Once the store was credited it comes out of that, and the fee is what it would have been without.
pub fn refund_requested(standing: Standing, amount: Won, basis_points: u32) -> Result<Vec<Line>, NotEnough> {
    give_back(standing, amount.get(), Account::RefundDue, basis_points)
}

/// Points that paid a part of an order come back to the customer. They come out of the same money as a refund.
pub fn points_returned(standing: Standing, amount: Won, basis_points: u32) -> Result<Vec<Line>, NotEnough> {
    give_back(standing, amount.get(), Account::Points, basis_points)
}

/// Points pay a part of an order.
pub fn points_used(amount: Won) -> Vec<Line> {
    entry(&[(Account::Points, amount.get()), (Account::Customer, -amount.get())])
}

/// We owe a customer points.
pub fn points_earned(amount: Won) -> Vec<Line> {
    entry(&[(Account::Promotion, amount.get()), (Account::Points, -amount.get())])
}

/// Earned points are taken back with the money that they were earned by.
pub fn points_reversed(amount: Won) -> Vec<Line> {
    entry(&[(Account::Points, amount.get()), (Account::Promotion, -amount.get())])
}

fn give_back(
    standing: Standing,
    amount: i64,
    to: Account,
    basis_points: u32,
) -> Result<Vec<Line>, NotEnough> {
    if amount > standing.kept() {
        return Err(NotEnough { asked: amount, there: standing.kept() });
    }
    if amount <= standing.customer {
        return Ok(entry(&[(Account::Customer, amount), (to, -amount)]));
    }
    let rest = standing.payable + standing.fee - (amount - standing.customer);
    let fee_back = standing.fee - fee(rest, basis_points).min(standing.fee);
    let payable_back = amount - standing.customer - fee_back;
    Ok(entry(&[
        (Account::Customer, standing.customer),
        (Account::StorePayable, payable_back),
        (Account::Fee, fee_back),
        (to, -amount),
    ]))
}

/// KakaoPay gave it back.
pub fn refund_done(amount: Won) -> Vec<Line> {
    entry(&[(Account::RefundDue, amount.get()), (Account::Kakaopay, -amount.get())])
}

/// The order is completed: what its payment keeps is the store's, less our fee. Nothing when nothing is kept.
pub fn completed(standing: Standing, basis_points: u32) -> Vec<Line> {
    let fee = fee(standing.customer, basis_points);
    entry(&[
        (Account::Customer, standing.customer),
        (Account::StorePayable, fee - standing.customer),
        (Account::Fee, -fee),
    ])
}

fn entry(lines: &[(Account, i64)]) -> Vec<Line> {
    let lines = lines.iter().filter(|(_, amount)| *amount != 0);
    lines.map(|(account, amount)| Line { account: *account, amount: *amount }).collect()
}

/// The parts of one `cancel` that KakaoPay wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundParts {
    pub tax_free: i64,
    pub vat: i64,
}

/// What is left of a payment, or all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
}

/// Splits a refund so that any sequence of them sums up to the payment, each part is what KakaoPay accepts, and no rounding piles up.
///
/// The tax-free part goes back first; VAT is what the VAT of everything taxable that went back comes to, less what went back before.
pub fn refund_parts(whole: Payment, left: Payment, amount: i64) -> RefundParts {
    let tax_free = left.tax_free.min(amount);
    if amount >= left.amount {
        return RefundParts { tax_free: left.tax_free, vat: left.vat };
    }
    let taxable_whole = whole.amount - whole.tax_free;
    let taxable_left = left.amount - left.tax_free;
    let taxable = amount - tax_free;
    let gone = taxable_whole - taxable_left + taxable;
    let vat_gone = if taxable_whole == 0 { 0 } else { share(whole.vat, gone, taxable_whole) };
    let vat_before = whole.vat - left.vat;
    // What stays has to be able to carry the VAT that stays.
    let least = (left.vat - (taxable_left - taxable)).max(0);
    RefundParts { tax_free, vat: (vat_gone - vat_before).clamp(least, taxable.min(left.vat)) }
}

/// `whole * part / all`, rounded half up.
fn share(whole: i64, part: i64, all: i64) -> i64 {
    let exact = 2 * i128::from(whole) * i128::from(part) + i128::from(all);
    i64::try_from(exact / (2 * i128::from(all))).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn won(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    fn post(standing: Standing, lines: &[Line]) -> Standing {
        assert_eq!(lines.iter().map(|line| line.amount).sum::<i64>(), 0, "{lines:?}");
        assert!(lines.iter().all(|line| line.amount != 0));
        lines.iter().fold(standing, |standing, line| standing.and(*line))
    }

    #[test]
    fn names_read_back() {
        for account in Account::ALL {
            assert_eq!(Account::from_name(account.as_str()), Some(account));
            assert_eq!(serde_json::to_string(&account).unwrap(), format!("{:?}", account.as_str()));
        }
        for source in Source::ALL {
            assert_eq!(Source::from_name(source.as_str()), Some(source));
            assert_eq!(serde_json::to_string(&source).unwrap(), format!("{:?}", source.as_str()));
        }
    }

    #[test]
    fn an_order_of_11_000_won() {
        let standing = post(Standing::default(), &captured(won(11_000)));
        let standing = post(standing, &completed(standing, DEFAULT_FEE_BASIS_POINTS));
        assert_eq!((standing.payable, standing.fee, standing.customer), (10_637, 363, 0));
        let back = refund_requested(standing, won(3_000), DEFAULT_FEE_BASIS_POINTS).unwrap();
        let standing = post(standing, &back);
        assert_eq!((standing.payable, standing.fee, standing.refund_due), (7_736, 264, 3_000));
        let standing = post(standing, &refund_done(won(3_000)));
        assert_eq!((standing.kakaopay, standing.refund_due), (8_000, 0));
        assert!(refund_requested(standing, won(8_001), DEFAULT_FEE_BASIS_POINTS).is_err());
    }

    #[test]
    fn points_are_ours_and_the_store_gets_the_whole_price() {
        let standing = post(Standing::default(), &captured(won(9_800)));
        let standing = post(standing, &points_used(won(1_200)));
        assert_eq!((standing.customer, standing.kakaopay), (11_000, 9_800));
        let standing = post(standing, &completed(standing, DEFAULT_FEE_BASIS_POINTS));
        assert_eq!((standing.payable, standing.fee), (10_637, 363));
        let standing = post(standing, &points_earned(won(98)));
        let standing =
            post(standing, &refund_requested(standing, won(9_800), DEFAULT_FEE_BASIS_POINTS).unwrap());
        let standing =
            post(standing, &points_returned(standing, won(1_200), DEFAULT_FEE_BASIS_POINTS).unwrap());
        let standing = post(standing, &points_reversed(won(98)));
        assert_eq!((standing.payable, standing.fee, standing.refund_due), (0, 0, 9_800));
        assert!(points_returned(standing, won(1), DEFAULT_FEE_BASIS_POINTS).is_err());
    }

    #[derive(Debug, Clone)]
    enum Step {
        Refund(i64),
        Points(i64),
        Done,
        Complete,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (1_i64..40_000).prop_map(Step::Refund),
            (1_i64..4_000).prop_map(Step::Points),
            Just(Step::Done),
            Just(Step::Complete),
        ];
        proptest::collection::vec(step, 0..20)
    }

    proptest! {
        #[test]
        fn whatever_happens_nothing_is_made_or_lost(
            amount in 1_i64..60_000, used in 0_i64..9_000, rate in 0_u32..3_000, steps in steps()
        ) {
            let mut standing = post(Standing::default(), &captured(won(amount)));
            standing = post(standing, &points_used(won(used)));
            let (mut asked, mut done, mut points, mut is_complete) = (0, 0, 0, false);
            for step in steps {
                match step {
                    Step::Points(part) => match points_returned(standing, won(part), rate) {
                        Ok(lines) => {
                            standing = post(standing, &lines);
                            points += part;
                        }
                        Err(error) => prop_assert_eq!(error.there, amount + used - asked - points),
                    },
                    Step::Refund(part) => match refund_requested(standing, won(part), rate) {
                        Ok(lines) => {
                            standing = post(standing, &lines);
                            asked += part;
                        }
                        Err(error) => {
                            prop_assert!(asked + points + part > amount + used);
                            prop_assert_eq!(error.there, amount + used - asked - points);
                        }
                    },
                    Step::Done if asked > done => {
                        standing = post(standing, &refund_done(won(asked - done)));
                        done = asked;
                    }
                    Step::Complete if !is_complete => {
                        standing = post(standing, &completed(standing, rate));
                        is_complete = true;
                    }
                    Step::Done | Step::Complete => {}
                }
                prop_assert_eq!(standing.kept(), amount + used - asked - points);
                prop_assert_eq!(standing.kakaopay, amount - done);
                prop_assert_eq!(standing.refund_due, asked - done);
                prop_assert!(standing.payable >= 0 && standing.customer >= 0);
                if is_complete {
                    prop_assert_eq!(standing.customer, 0);
                    // The order of refunds and completion does not change what anybody earns.
                    prop_assert_eq!(standing.fee, fee(amount + used - asked - points, rate));
                }
            }
        }

        #[test]
        fn refunds_sum_up_to_the_payment(
            total in 1_i64..100_000, free in 0_i64..100_000, parts in proptest::collection::vec(1_i64..30_000, 1..12)
        ) {
            let tax_free = free.min(total);
            let whole = Payment { amount: total, tax_free, vat: won(total - tax_free).vat_included().get() };
            let mut left = whole;
            for part in parts.into_iter().chain([total]) {
                let amount = part.min(left.amount);
                if amount == 0 {
                    break;
                }
                let split = refund_parts(whole, left, amount);
                // KakaoPay's own rules.
                let taxable = amount - split.tax_free;
                prop_assert!(split.tax_free >= 0 && split.tax_free <= left.tax_free);
                prop_assert!(taxable >= 0 && taxable <= left.amount - left.tax_free);
                prop_assert!(split.vat >= 0 && split.vat <= left.vat && split.vat <= taxable);
                left = Payment {
                    amount: left.amount - amount,
                    tax_free: left.tax_free - split.tax_free,
                    vat: left.vat - split.vat,
                };
                prop_assert!(left.vat <= left.amount - left.tax_free);
            }
            prop_assert_eq!(left, Payment { amount: 0, tax_free: 0, vat: 0 });
        }
    }

    #[test]
    fn vat_does_not_drift_over_many_small_refunds() {
        let whole = Payment { amount: 11_000, tax_free: 0, vat: 1_000 };
        let mut left = whole;
        while left.amount > 5 {
            let split = refund_parts(whole, left, 5);
            left = Payment { amount: left.amount - 5, tax_free: 0, vat: left.vat - split.vat };
        }
        assert!(left.vat <= 1, "{left:?}");
    }
}
