//! The last of E4: what KakaoPay says of each payment. Where it says something else than our attempts, the ledger is the witness: if it
//! agrees with the attempts KakaoPay's books are wrong, if not, ours are, and that was found before.

use std::collections::BTreeMap;

use shared::id::AttemptId;
use shared::ledger::{Account, Source};
use shared::wire::{Blamed, Equality};
use uuid::Uuid;

use super::by_hand::{ByHand, is_same};
use super::{Aside, Findings, Place};
use crate::close::books::Books;
use crate::db::closing::{AttemptRow, OrderRow, RefundRow};
use crate::db::ledger::Entry;
use crate::pay::kakaopay::{ActionDetail, ActionType, Amount, OrderBody, OrderStatus};

const MONEY: Equality = Equality::Money;
/// Names the difference in what was taken and given back, in won.
const MOVED: &str = "captured_and_refunded";

/// What KakaoPay said of one payment.
#[derive(Debug, Clone)]
pub enum Told {
    Of(Box<OrderBody>),
    /// It knows no such payment.
    NoSuchPayment,
    /// It did not answer, or was not asked.
    Nothing(&'static str),
    /// It was asked after the cut and everything was equal; won that it took and gave back.
    Before {
        captured: i64,
        refunded: i64,
    },
}

/// What KakaoPay said, by attempt.
pub type KakaoPay = BTreeMap<Uuid, Told>;

pub(super) fn kakaopay(books: &Books, told: &KakaoPay, found: &mut Findings) -> Aside {
    let mut aside = Aside::default();
    let orders: BTreeMap<Uuid, &OrderRow> =
        books.orders.iter().map(|order| (order.order_id, order)).collect();
    let mut entries: BTreeMap<Uuid, Vec<&Entry>> = BTreeMap::new();
    for entry in &books.entries {
        entries.entry(entry.attempt_id.0).or_default().push(entry);
    }
    for attempt in books.attempts.iter().filter(|attempt| attempt.tid.is_some()) {
        let place = Place::attempt(attempt.order_id, attempt.attempt_id);
        let own = Own {
            attempt,
            entries: entries.get(&attempt.attempt_id).map_or(&[], Vec::as_slice),
            by_hand: ByHand::of(attempt, &books.forced),
        };
        if own.entries.iter().any(|entry| entry.tid != attempt.tid) {
            // KakaoPay was asked about another payment; the ledger's comparison says so.
            continue;
        }
        let body = match told.get(&attempt.attempt_id).unwrap_or(&Told::Nothing("not asked")) {
            Told::Of(body) => body,
            Told::Nothing(why) => {
                found.silent(MONEY, Blamed::Payments, place, "inquiry", why);
                continue;
            }
            Told::Before { captured, refunded } => {
                own.judge(found, &mut aside, place, (*captured, *refunded));
                continue;
            }
            Told::NoSuchPayment => {
                own.judge(found, &mut aside, place, (0, 0));
                continue;
            }
        };
        match money(body) {
            Some(theirs) => own.judge(found, &mut aside, place, theirs),
            None => {
                strange(found, place, "status", format!("{:?} with {:?}", body.status, body.canceled_amount))
            }
        }
        own.details(body, orders.get(&attempt.order_id).copied(), place, found);
    }
    aside
}

/// One attempt, what the ledger says of it, and what persons decided about it.
struct Own<'a> {
    attempt: &'a AttemptRow,
    entries: &'a [&'a Entry],
    by_hand: ByHand<'a>,
}

impl Own<'_> {
    fn done(&self) -> impl Iterator<Item = &RefundRow> {
        self.attempt.refunds.iter().filter(|refund| refund.state == "done")
    }

    /// Won taken and given back, by the attempt and its refunds.
    fn ours(&self) -> (i64, i64) {
        let refunded = self.done().map(|refund| refund.amount).sum();
        (if self.attempt.approved_at.is_some() { self.attempt.amount } else { 0 }, refunded)
    }

    /// The same, by the ledger.
    fn ledger(&self) -> (i64, i64) {
        let at = |source: Source| {
            let lines =
                self.entries.iter().filter(|entry| entry.source == source).flat_map(|entry| &entry.lines);
            lines.filter(|line| line.account == Account::Kakaopay).map(|line| line.amount).sum::<i64>()
        };
        (at(Source::Capture), -at(Source::RefundDone))
    }

    fn judge(&self, found: &mut Findings, aside: &mut Aside, place: Place, theirs: (i64, i64)) {
        let (ours, is_witnessed) = (self.ours(), self.ours() == self.ledger());
        if ours == theirs {
            return;
        }
        let (expected, says) = (format!("{ours:?}"), format!("{theirs:?}"));
        if is_witnessed && self.is_late(theirs) {
            let why = format!("money that was taken late, {says}; it goes back");
            found.silent(MONEY, Blamed::Payments, place, MOVED, &why);
            aside.late.push(AttemptId(self.attempt.attempt_id));
        } else if is_witnessed && self.by_hand.explains(ours, theirs) {
            let says = format!("{says}; settled by {}", self.by_hand.names());
            aside.by_hand.note(MONEY, Blamed::Payments, place, MOVED, expected, says);
        } else {
            let blamed = if is_witnessed { Blamed::Payments } else { Blamed::Database };
            found.note(MONEY, blamed, place, MOVED, expected, says);
        }
    }

    /// Whether KakaoPay took what we had given up: the reconciler gives it back as soon as it looks.
    fn is_late(&self, theirs: (i64, i64)) -> bool {
        let is_given_up =
            matches!(self.attempt.state.as_str(), "ready_ok" | "failed" | "abandoned" | "expired");
        is_given_up && self.attempt.approved_at.is_none() && theirs == (self.attempt.amount, 0)
    }

    /// Everything else that KakaoPay repeats.
    fn details(&self, body: &OrderBody, order: Option<&OrderRow>, place: Place, found: &mut Findings) {
        let attempt = self.attempt;
        let capture = self.entries.iter().find(|entry| entry.source == Source::Capture);
        let partner = body.partner_order_id.clone();
        let ours = attempt.order_id.to_string();
        if partner.as_ref().is_some_and(|theirs| *theirs != ours) {
            let is_witnessed = capture.is_none_or(|entry| entry.order_id.0 == attempt.order_id);
            differ(found, is_witnessed, place, "partner_order_id", ours, partner);
        }
        if let Some(order) = order {
            let (ours, theirs) = (order.customer_id.to_string(), body.partner_user_id.clone());
            if theirs.as_ref().is_some_and(|theirs| *theirs != ours) {
                differ(found, order.in_directory, place, "partner_user_id", ours, theirs);
            }
        }
        let wanted = Amount { total: attempt.amount, tax_free: attempt.tax_free, vat: attempt.vat };
        if body.amount.is_some_and(|amount| amount != wanted) {
            // The order's own row and the log are the witnesses.
            let is_witnessed = order.is_none_or(|order| {
                (order.total, order.tax_free, order.vat) == (attempt.amount, attempt.tax_free, attempt.vat)
            });
            differ(
                found,
                is_witnessed,
                place,
                "amount",
                format!("{wanted:?}"),
                body.amount.map(|a| format!("{a:?}")),
            );
        }
        if attempt.approved_at.is_some() {
            self.movements(body, capture.copied(), place, found);
        }
    }

    /// The single movements of money.
    fn movements(&self, body: &OrderBody, capture: Option<&Entry>, place: Place, found: &mut Findings) {
        let attempt = self.attempt;
        if let (Some(theirs), Some(ours)) = (&body.payment_method_type, &attempt.method) {
            // Nobody else knows it, and KakaoPay took the money.
            found.same(MONEY, place, "method", &theirs.as_str(), &ours.as_str());
        }
        let actions = &body.payment_action_details;
        if actions.is_empty() {
            return;
        }
        self.payment(actions, capture, place, found);
        self.cancels(actions, place, found);
        self.cancelled(body, place, found);
    }

    /// The movement that took the money.
    fn payment(&self, actions: &[ActionDetail], capture: Option<&Entry>, place: Place, found: &mut Findings) {
        let attempt = self.attempt;
        let theirs = actions.iter().find(|action| action.payment_action_type == ActionType::Payment);
        let is_ours = match theirs {
            Some(action) => is_same(attempt.aid.as_deref(), attempt.amount, action),
            None => self.by_hand.has_capture(),
        };
        if !is_ours {
            let is_witnessed =
                capture.is_some_and(|entry| entry.aid == attempt.aid && self.ledger().0 == attempt.amount);
            let ours = format!("{} {}", attempt.aid.clone().unwrap_or_default(), attempt.amount);
            let theirs = theirs.map(|action| format!("{} {:?}", action.aid, action.amount));
            differ(found, is_witnessed, place, "payment_action", ours, theirs);
        }
    }

    /// The movements that gave it back.
    fn cancels(&self, actions: &[ActionDetail], place: Place, found: &mut Findings) {
        let cancels = actions.iter().filter(|action| action.payment_action_type == ActionType::Cancel);
        let (ours, theirs): (Vec<&RefundRow>, Vec<&ActionDetail>) =
            (self.done().collect(), cancels.collect());
        if self.by_hand.pairs(&ours, &theirs) {
            return;
        }
        let mut ours: Vec<(String, i64)> =
            ours.iter().map(|refund| (refund.aid.clone().unwrap_or_default(), refund.amount)).collect();
        let entries = self.entries.iter().filter(|entry| entry.source == Source::RefundDone);
        let mut booked: Vec<(String, i64)> =
            entries.map(|entry| (entry.aid.clone().unwrap_or_default(), kakaopay_line(entry))).collect();
        ours.sort();
        booked.sort();
        let theirs: Vec<(&str, Option<i64>)> =
            theirs.iter().map(|action| (action.aid.as_str(), action.amount)).collect();
        let is_witnessed = ours == booked;
        let (ours, theirs) = (format!("{ours:?}"), format!("{theirs:?}"));
        differ(found, is_witnessed, place, "cancel_actions", ours, Some(theirs));
    }

    /// The parts of what went back.
    fn cancelled(&self, body: &OrderBody, place: Place, found: &mut Findings) {
        let ours = self.done().fold(Amount::default(), |sum, refund| Amount {
            total: sum.total + refund.amount,
            tax_free: sum.tax_free + refund.tax_free,
            vat: sum.vat + refund.vat,
        });
        let theirs = body.canceled_amount.unwrap_or_default();
        // Our own parts were computed again before, so a difference that is left is theirs, unless that one was found.
        let is_witnessed = !found.0.iter().any(|difference| {
            difference.attempt_id.map(|id| id.0) == place.attempt && difference.blamed == Blamed::Database
        });
        if !self.by_hand.explains_parts(ours, theirs) {
            let (ours, theirs) = (format!("{ours:?}"), format!("{theirs:?}"));
            differ(found, is_witnessed, place, "canceled_amount", ours, Some(theirs));
        }
    }
}

fn kakaopay_line(entry: &Entry) -> i64 {
    entry.lines.iter().filter(|line| line.account == Account::Kakaopay).map(|line| -line.amount).sum()
}

fn differ(
    found: &mut Findings,
    is_witnessed: bool,
    place: Place,
    field: &str,
    ours: String,
    theirs: Option<String>,
) {
    let blamed = if is_witnessed { Blamed::Payments } else { Blamed::Database };
    found.note(MONEY, blamed, place, field, ours, theirs.unwrap_or_else(|| "none".to_owned()));
}

fn strange(found: &mut Findings, place: Place, field: &str, is: String) {
    found.note(MONEY, Blamed::Payments, place, field, "a status that fits its amounts".to_owned(), is);
}

/// Won taken and given back by KakaoPay's word; `None` when its words contradict each other.
pub fn money(body: &OrderBody) -> Option<(i64, i64)> {
    let total = body.amount.map(|amount| amount.total);
    let gone = body.canceled_amount.map_or(0, |amount| amount.total);
    let left = body.cancel_available_amount.map(|amount| amount.total);
    let fits = |total: i64| left.is_none_or(|left| left == total - gone);
    match body.status {
        OrderStatus::SuccessPayment => {
            total.filter(|total| gone == 0 && fits(*total)).map(|total| (total, 0))
        }
        OrderStatus::PartCancelPayment => {
            total.filter(|total| gone > 0 && gone < *total && fits(*total)).map(|total| (total, gone))
        }
        OrderStatus::CancelPayment => {
            total.filter(|total| gone == *total && fits(*total)).map(|total| (total, gone))
        }
        OrderStatus::Ready
        | OrderStatus::SendTms
        | OrderStatus::OpenPayment
        | OrderStatus::SelectMethod
        | OrderStatus::ArsWaiting
        | OrderStatus::AuthPassword
        | OrderStatus::FailAuthPassword
        | OrderStatus::QuitPayment
        | OrderStatus::FailPayment => (gone == 0).then_some((0, 0)),
        OrderStatus::IssuedSid | OrderStatus::Other(_) => None,
    }
}
