//! What persons settled (수기 정산) against KakaoPay's word, or without it. KakaoPay's books may be other than ours by exactly that; the
//! difference stays, and is named with whoever decided it.

use std::collections::BTreeSet;

use crate::db::closing::{AttemptRow, RefundRow};
use crate::db::settlements::Forced;
use crate::pay::kakaopay::{ActionDetail, Amount};
use crate::pay::settle::NO_NUMBER;

/// Refunds of one payment that are looked at; a person decided each of them.
const MAX_REFUNDS: usize = 10;

/// The decisions about one payment.
pub(super) struct ByHand<'a> {
    capture: Option<&'a Forced>,
    refunds: Vec<(&'a RefundRow, &'a Forced)>,
}

impl<'a> ByHand<'a> {
    pub(super) fn of(attempt: &'a AttemptRow, forced: &'a [Forced]) -> Self {
        let mut of_it = forced.iter().filter(|one| one.attempt_id == attempt.attempt_id);
        let done = attempt.refunds.iter().filter(|refund| refund.state == "done");
        let refunds = done.filter_map(|refund| {
            let decision = of_it.clone().find(|one| one.refund_id == Some(refund.refund_id))?;
            Some((refund, decision))
        });
        let refunds = refunds.take(MAX_REFUNDS).collect();
        Self { capture: of_it.find(|one| one.refund_id.is_none()), refunds }
    }

    /// Whether KakaoPay may know nothing of the capture.
    pub(super) fn has_capture(&self) -> bool {
        self.capture.is_some()
    }

    /// Whether `theirs`, won that KakaoPay took and gave back, is `ours` without some of what was settled by hand.
    pub(super) fn explains(&self, ours: (i64, i64), theirs: (i64, i64)) -> bool {
        let capture = theirs.0 == ours.0 || (self.has_capture() && theirs.0 == 0);
        let refunded = Amount { total: ours.1, ..Amount::default() };
        capture && self.without(refunded).into_iter().any(|(total, ..)| total == theirs.1)
    }

    /// Whether KakaoPay may say that it gave back `theirs`, all parts of it, where we say `ours`.
    pub(super) fn explains_parts(&self, ours: Amount, theirs: Amount) -> bool {
        self.without(ours).contains(&(theirs.total, theirs.tax_free, theirs.vat))
    }

    /// `ours` with and without each of the refunds, as total, tax-free part and VAT.
    fn without(&self, ours: Amount) -> BTreeSet<(i64, i64, i64)> {
        let mut sums = BTreeSet::from([(ours.total, ours.tax_free, ours.vat)]);
        for (refund, _) in &self.refunds {
            let less =
                |sum: &(i64, i64, i64)| (sum.0 - refund.amount, sum.1 - refund.tax_free, sum.2 - refund.vat);
            let smaller: Vec<_> = sums.iter().map(less).collect();
            sums.extend(smaller);
        }
        sums
    }

    /// Whether the refunds that KakaoPay lists are ours, one for one; it need not know those that were settled by hand.
    pub(super) fn pairs(&self, ours: &[&RefundRow], theirs: &[&ActionDetail]) -> bool {
        let mut left = theirs.to_vec();
        // Those without a number take what the others leave.
        let (numbered, others): (Vec<&RefundRow>, Vec<&RefundRow>) =
            ours.iter().partition(|refund| refund.aid.as_deref() != Some(NO_NUMBER));
        for refund in numbered.into_iter().chain(others) {
            let is_it = |action: &&ActionDetail| is_same(refund.aid.as_deref(), refund.amount, action);
            match left.iter().position(is_it) {
                Some(at) => drop(left.swap_remove(at)),
                None if self.has(refund) => {}
                None => return false,
            }
        }
        left.is_empty()
    }

    fn has(&self, refund: &RefundRow) -> bool {
        self.refunds.iter().any(|(one, _)| one.refund_id == refund.refund_id)
    }

    /// Who decided, each once.
    pub(super) fn names(&self) -> String {
        let all = self.refunds.iter().map(|(_, decision)| *decision).chain(self.capture);
        let names: BTreeSet<&str> = all.map(|decision| decision.by.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// Whether KakaoPay's movement is ours. Captures of real answers lack the amount; what a person settled may lack the number.
pub(super) fn is_same(aid: Option<&str>, amount: i64, action: &ActionDetail) -> bool {
    (aid == Some(NO_NUMBER) || aid == Some(action.aid.as_str()))
        && action.amount.is_none_or(|won| won == amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pay::kakaopay::ActionType;
    use uuid::Uuid;

    fn refund(amount: i64, aid: &str) -> RefundRow {
        RefundRow {
            refund_id: Uuid::new_v4(),
            order_id: Uuid::nil(),
            reason: "part_1".to_owned(),
            amount,
            tax_free: 0,
            vat: amount / 11,
            expected_remaining: 9_000,
            state: "done".to_owned(),
            aid: Some(aid.to_owned()),
        }
    }

    fn attempt(refunds: Vec<RefundRow>) -> AttemptRow {
        AttemptRow {
            attempt_id: Uuid::new_v4(),
            order_id: Uuid::nil(),
            state: "approved".to_owned(),
            amount: 9_000,
            tax_free: 0,
            vat: 818,
            tid: Some("T1".to_owned()),
            aid: Some("A1".to_owned()),
            method: None,
            approved_at: None,
            failure_code: None,
            refunds,
        }
    }

    fn forced(attempt: &AttemptRow, refund: Option<usize>) -> Forced {
        let refund_id = refund.map(|n| attempt.refunds[n].refund_id);
        Forced { attempt_id: attempt.attempt_id, refund_id, by: "mina".to_owned() }
    }

    fn cancel(aid: &str, amount: Option<i64>) -> ActionDetail {
        let payment_action_type = ActionType::Cancel;
        ActionDetail { aid: aid.to_owned(), payment_action_type, amount, payload: None }
    }

    #[test]
    fn only_what_was_settled_by_hand_may_be_missing() {
        let attempt = attempt(vec![refund(1_100, "C1"), refund(2_200, NO_NUMBER), refund(3_300, NO_NUMBER)]);
        let forced = [forced(&attempt, Some(1)), forced(&attempt, Some(2))];
        let by_hand = ByHand::of(&attempt, &forced);
        for given_back in [1_100, 3_300, 4_400, 6_600] {
            assert!(by_hand.explains((9_000, 6_600), (9_000, given_back)), "{given_back}");
        }
        for theirs in [(9_000, 0), (9_000, 1_101), (9_000, 9_000), (0, 0), (8_999, 6_600)] {
            assert!(!by_hand.explains((9_000, 6_600), theirs), "{theirs:?}");
        }
        assert_eq!(by_hand.names(), "mina");
        let nobody = ByHand::of(&attempt, &[]);
        assert!(nobody.explains((9_000, 6_600), (9_000, 6_600)));
        assert!(!nobody.explains((9_000, 6_600), (9_000, 1_100)));
    }

    #[test]
    fn a_capture_by_hand_may_be_unknown_to_kakaopay_with_its_refund() {
        let attempt = attempt(vec![refund(9_000, NO_NUMBER)]);
        let forced = [forced(&attempt, None), forced(&attempt, Some(0))];
        assert!(ByHand::of(&attempt, &forced).explains((9_000, 9_000), (0, 0)));
        assert!(!ByHand::of(&attempt, &forced[..1]).explains((9_000, 9_000), (0, 0)), "who gave it back?");
    }

    #[test]
    fn refunds_are_paired_by_number_and_without_an_amount() {
        let attempt = attempt(vec![refund(1_100, "C1"), refund(2_200, NO_NUMBER)]);
        let ours: Vec<&RefundRow> = attempt.refunds.iter().collect();
        let forced = [forced(&attempt, Some(1))];
        let (by_hand, nobody) = (ByHand::of(&attempt, &forced), ByHand::of(&attempt, &[]));
        let (first, other) = (cancel("C1", None), cancel("C2", Some(2_200)));
        assert!(nobody.pairs(&ours, &[&other, &first]), "the number of a refund by hand is not ours to know");
        assert!(by_hand.pairs(&ours, &[&first]) && !nobody.pairs(&ours, &[&first]));
        assert!(!by_hand.pairs(&ours, &[&other]), "a refund with a number has to be there");
        assert!(!by_hand.pairs(&ours, &[&first, &other, &cancel("C3", None)]), "one too many");
        assert!(!by_hand.pairs(&ours, &[&cancel("C1", Some(1_000))]), "another amount");
    }
}
