//! What KakaoPay's word about a payment means for one refund of it. Pure.

use crate::pay::kakaopay::{ActionType, OrderBody};

/// Minutes to wait after the first, second … try that KakaoPay refused; afterwards the last one again, until a day is over.
const BACKOFF_MIN: [i64; 4] = [1, 5, 15, 60];
/// Minutes to wait after a try that says nothing about the next one.
const TROUBLE_MIN: i64 = 1;
/// A refund that did not work out for so long goes to a person.
const GIVE_UP_MS: i64 = 24 * 60 * 60 * 1_000;

/// What the payment shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The money went back, under this number.
    Done(String),
    /// It did not; the same refund under the same guard is safe.
    NotDone,
    /// Another sum went back than any of ours.
    Strange,
}

/// Compares what is still refundable with what this refund expected before and after itself.
pub fn seen(body: &OrderBody, amount: i64, expected_remaining: i64, refund_id: &str) -> Seen {
    let remaining = match (body.cancel_available_amount, body.amount, body.canceled_amount) {
        (Some(left), _, _) => left.total,
        (None, Some(all), Some(gone)) => all.total - gone.total,
        (None, Some(_) | None, Some(_) | None) => return Seen::Strange,
    };
    let cancels = || {
        let actions = body.payment_action_details.iter();
        actions.filter(|action| action.payment_action_type == ActionType::Cancel)
    };
    let ours = cancels().find(|action| action.payload.as_deref() == Some(refund_id));
    if remaining == expected_remaining {
        Seen::NotDone
    } else if remaining == expected_remaining - amount {
        let action = ours.or_else(|| cancels().next_back());
        Seen::Done(action.map_or_else(String::new, |action| action.aid.clone()))
    } else {
        Seen::Strange
    }
}

/// What became of a try that did not give the money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// For a reason of the payment or of the bank.
    Refused,
    /// No answer, or KakaoPay was not well.
    Trouble,
}

/// Whether a refund of this age is a person's business now.
pub fn is_given_up(age_ms: i64) -> bool {
    age_ms >= GIVE_UP_MS
}

/// Milliseconds until the next of `tries` tries.
pub fn backoff_ms(tries: i32, last: Failure) -> i64 {
    let minutes = match last {
        Failure::Refused => {
            let index = usize::try_from(tries.max(1) - 1).unwrap_or(0).min(BACKOFF_MIN.len() - 1);
            BACKOFF_MIN[index]
        }
        Failure::Trouble => TROUBLE_MIN,
    };
    minutes * 60 * 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(remaining: i64, payload: &str) -> OrderBody {
        serde_json::from_value(json!({
            "tid": "T", "cid": "C", "status": "PART_CANCEL_PAYMENT",
            "cancel_available_amount": {"total": remaining},
            "payment_action_details": [
                {"aid": "A1", "payment_action_type": "PAYMENT"},
                {"aid": "A2", "payment_action_type": "CANCEL", "payload": payload},
                {"aid": "A3", "payment_action_type": "CANCEL"},
            ],
        }))
        .unwrap()
    }

    #[test]
    fn what_is_left_decides() {
        assert_eq!(seen(&body(15_000, ""), 5_000, 15_000, "r"), Seen::NotDone);
        assert_eq!(seen(&body(10_000, "r"), 5_000, 15_000, "r"), Seen::Done("A2".into()));
        assert_eq!(seen(&body(10_000, ""), 5_000, 15_000, "r"), Seen::Done("A3".into()));
        assert_eq!(seen(&body(12_000, "r"), 5_000, 15_000, "r"), Seen::Strange);
    }

    #[test]
    fn tries_for_a_day() {
        let minutes = |last| (1..7).map(|tries| backoff_ms(tries, last) / 60_000).collect::<Vec<i64>>();
        assert_eq!(minutes(Failure::Refused), [1, 5, 15, 60, 60, 60]);
        assert_eq!(minutes(Failure::Trouble), [1; 6]);
        assert!(!is_given_up(GIVE_UP_MS - 1) && is_given_up(GIVE_UP_MS));
    }
}
