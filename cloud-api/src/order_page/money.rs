//! What became of the money, in a sentence.

use shared::order::PhaseName;
use shared::{Won, points};

use super::lang::Lang;
use super::seen::Seen;
use crate::db::refunds::RefundState;

/// `None` when there is nothing to say: money was taken and none of it goes back.
pub fn sentence(seen: &Seen, lang: Lang) -> Option<String> {
    let sum = |done: bool| {
        let matching = seen.refunds.iter().filter(|refund| (refund.state == RefundState::Done) == done);
        Won::new(matching.map(|refund| refund.amount).sum()).unwrap_or(Won::ZERO)
    };
    let stuck = seen.refunds.iter().any(|refund| refund.state == RefundState::NeedsReview);
    let won = |amount| lang.won(amount);
    match (sum(true), sum(false)) {
        (Won::ZERO, Won::ZERO) => {
            let nothing = seen.attempts.iter().all(|attempt| attempt.approved_at.is_none());
            nothing.then(|| lang.pick("결제된 금액은 없어요.", "You were not charged.").to_owned())
        }
        (done, Won::ZERO) => Some(refunded(seen, done, lang) + &points_back(seen, lang)),
        (_, left) if stuck => Some(match lang {
            Lang::Ko => format!("{}의 환불을 담당자가 직접 확인하고 있어요.", won(left)),
            Lang::En => format!("A person is checking your refund of {}.", won(left)),
        }),
        (_, left) => Some(match lang {
            Lang::Ko => format!("{}을 환불하고 있어요. 따로 하실 일은 없어요.", won(left)),
            Lang::En => format!("{} is on its way back to you. There is nothing you need to do.", won(left)),
        }),
    }
}

/// Points that came back with the money, as a sentence of its own; nothing where none were used.
fn points_back(seen: &Seen, lang: Lang) -> String {
    let order = seen.order();
    let is_over = matches!(order.phase.name(), PhaseName::Rejected | PhaseName::Cancelled);
    let back = if is_over { order.details.total } else { order.refund_promised };
    match (points::returned(&order.details, back.get()), lang) {
        (0, _) => String::new(),
        (back, Lang::Ko) => format!("\n쓴 포인트 {back}원도 돌려드렸어요."),
        (back, Lang::En) => format!("\nThe {back} points you used are back, too."),
    }
}

fn refunded(seen: &Seen, done: Won, lang: Lang) -> String {
    let part = done < seen.order().details.total;
    let amount = lang.won(done);
    match (lang, part) {
        (Lang::Ko, false) => {
            format!("{amount}을 모두 환불했어요. 카드 결제는 카드사에 따라 며칠 걸릴 수 있어요.")
        }
        (Lang::Ko, true) => {
            format!("{amount}을 환불했어요. 카드 결제는 카드사에 따라 며칠 걸릴 수 있어요.")
        }
        (Lang::En, _) => {
            format!("{amount} went back to your KakaoPay. With a card it can take a few days to show.")
        }
    }
}
