//! What KakaoPay's word about a payment means for one refund of it. Pure.

use crate::pay::kakaopay::{ActionType, OrderBody};

/// Minutes to wait after the first, second … refusal; afterwards the last one again, until a day is over.
const BACKOFF_MIN: [i64; 4] = [1, 5, 15, 60];
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

/// Milliseconds until the next try after `tries` refusals; `None` when a person has to look.
pub fn backoff_ms(tries: i32, age_ms: i64) -> Option<i64> {
    let index = usize::try_from(tries.max(1) - 1).unwrap_or(0).min(BACKOFF_MIN.len() - 1);
    (age_ms < GIVE_UP_MS).then_some(BACKOFF_MIN[index] * 60 * 1_000)
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
        let minutes: Vec<i64> = (1..7).map(|tries| backoff_ms(tries, 0).unwrap() / 60_000).collect();
        assert_eq!(minutes, [1, 5, 15, 60, 60, 60]);
        assert_eq!(backoff_ms(1, GIVE_UP_MS), None);
    }
}
