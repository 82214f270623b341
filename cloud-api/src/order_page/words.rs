//! Where an order stands, in words.

use shared::TimeMs;
use shared::order::{CancelReason, Phase, RejectReason};

use super::lang::Lang;
use super::money;
use super::seen::Seen;
use crate::db::attempts::AttemptState;
use crate::pay::page::Tone;

/// What stands at the head of the page.
pub struct Head {
    pub tone: Tone,
    pub heading: String,
    /// Lines, one below the other.
    pub lead: String,
    /// Whether the button to pay belongs under it.
    pub payable: bool,
}

impl Head {
    fn new(tone: Tone, heading: impl Into<String>, lead: impl Into<String>) -> Self {
        Self { tone, heading: heading.into(), lead: lead.into(), payable: false }
    }
}

/// The head of the page.
pub fn head(seen: &Seen, lang: Lang) -> Head {
    let head = match &seen.order().phase {
        Phase::PendingPayment => return unpaid(seen, lang),
        Phase::Reserved { fires_at } => {
            reserved(seen.order().pick_up_at.unwrap_or(*fires_at), *fires_at, lang)
        }
        Phase::Placed { accept_by } => placed(*accept_by, lang),
        Phase::Accepted { ready_by, .. } => {
            let heading = lang.pick("주문이 접수되었어요", "Your order was accepted");
            Head::new(Tone::Good, heading, remaining(*ready_by, seen.now, lang))
        }
        Phase::Cooking { ready_by, .. } => {
            let heading = lang.pick("지금 만들고 있어요", "Your food is being made");
            Head::new(Tone::Good, heading, remaining(*ready_by, seen.now, lang))
        }
        Phase::Ready { .. } => Head::new(
            Tone::Good,
            lang.pick("준비되었어요", "Your order is ready"),
            lang.pick(
                "매장에서 호출명을 말씀하고 받아 가세요.",
                "Say your call name at the counter to pick it up.",
            ),
        ),
        Phase::HandedOver { .. } | Phase::Completed { .. } => Head::new(
            Tone::Good,
            lang.pick("맛있게 드세요", "Enjoy your meal"),
            lang.pick("주문해 주셔서 고마워요.", "Thank you for your order."),
        ),
        Phase::Rejected { reason, .. } => {
            let heading = lang.pick("매장에서 주문을 받지 못했어요", "The store could not take your order");
            return ended(seen, heading, rejected(*reason, lang), lang);
        }
        Phase::Cancelled { reason, .. } => {
            let heading = lang.pick("주문이 취소되었어요", "Your order was cancelled");
            return ended(seen, heading, cancelled(*reason, lang), lang);
        }
    };
    if seen.refunds.is_empty() { head } else { with_money(head, seen, lang) }
}

fn with_money(head: Head, seen: &Seen, lang: Lang) -> Head {
    let money = money::sentence(seen, lang).unwrap_or_default();
    let lead = format!("{}\n{money}", head.lead);
    Head { lead: lead.trim_end().to_owned(), ..head }
}

fn reserved(pick_up_at: TimeMs, fires_at: TimeMs, lang: Lang) -> Head {
    let (come, fire) = (pick_up_at.kst_clock(), fires_at.kst_clock());
    let lead = match lang {
        Lang::Ko => format!(
            "{come}에 맞춰 준비해 드려요.\n{fire}에 매장으로 주문이 전달돼요.\n그 전에는 채팅에서 취소할 수 있어요."
        ),
        Lang::En => {
            format!(
                "It will be ready for {come}. The store gets it at {fire}; until then you can cancel it in the chat."
            )
        }
    };
    Head::new(Tone::Good, lang.pick("예약되었어요", "Your order is reserved"), lead)
}

fn placed(accept_by: TimeMs, lang: Lang) -> Head {
    let until = accept_by.kst_clock();
    let lead = match lang {
        Lang::Ko => format!(
            "매장에서 주문을 확인하고 있어요.\n{until}까지 확인되지 않으면\n자동으로 취소되고 전액 환불돼요."
        ),
        Lang::En => format!(
            "The store is looking at it. If nobody answers by {until}, it is cancelled and fully refunded by itself."
        ),
    };
    Head::new(Tone::Good, lang.pick("결제가 완료되었어요", "Your payment is complete"), lead)
}

/// How long it still takes.
fn remaining(ready_by: TimeMs, now: TimeMs, lang: Lang) -> String {
    let clock = ready_by.kst_clock();
    let left = ready_by.ms_since(now);
    if left <= 0 {
        return match lang {
            Lang::Ko => format!("곧 준비돼요. 예정 시각({clock})이 조금 지났어요."),
            Lang::En => format!("It will be ready any moment; it was promised for {clock}."),
        };
    }
    let minutes = (left + 59_999) / 60_000;
    match lang {
        Lang::Ko => format!("약 {minutes}분 남았어요. {clock}쯤 준비될 예정이에요."),
        Lang::En => format!("About {minutes} min left. It should be ready around {clock}."),
    }
}

fn unpaid(seen: &Seen, lang: Lang) -> Head {
    if seen.attempts.iter().any(|attempt| attempt.state == AttemptState::NeedsReview) {
        let lead = lang.pick(
            "담당자가 결제를 직접 확인하고 있어요.\n다시 결제하지 마세요. 확인되면 알려 드릴게요.",
            "A person is checking your payment. Do not pay again; you will be told.",
        );
        return Head::new(Tone::Wait, lang.pick("결제를 확인하고 있어요", "Checking your payment"), lead);
    }
    if seen.attempts.iter().any(|attempt| attempt.state.is_in_flight()) {
        return deciding(lang);
    }
    let failed = seen.attempts.first().is_some_and(|attempt| match attempt.state {
        AttemptState::Failed | AttemptState::Abandoned | AttemptState::Expired => true,
        AttemptState::ReadySent
        | AttemptState::ReadyUnknown
        | AttemptState::ReadyOk
        | AttemptState::ApproveRequested
        | AttemptState::ApproveSent
        | AttemptState::ApproveUnknown
        | AttemptState::Approved
        | AttemptState::NeedsReview => false,
    });
    let head = if failed {
        let lead = lang.pick(
            "결제가 완료되지 않았어요.\n다시 결제하거나 채팅에서 주문을 바꿀 수 있어요.",
            "The payment did not go through. You can pay again, or change the order in the chat.",
        );
        let heading = lang.pick("결제되지 않았어요", "Not paid");
        with_money(Head::new(Tone::Stop, heading, lead), seen, lang)
    } else {
        let lead =
            lang.pick("결제하면 매장에 주문이 전달돼요.", "The store gets your order once it is paid.");
        Head::new(Tone::Info, lang.pick("결제를 기다리고 있어요", "Waiting for your payment"), lead)
    };
    Head { payable: true, ..head }
}

/// Money may be moving: nobody knows yet, and we say so.
fn deciding(lang: Lang) -> Head {
    let lead = lang.pick(
        "다시 결제하지 마세요.\n결과가 나오면 이 화면이 스스로 바뀌어요.",
        "Do not pay again. This page changes by itself as soon as the outcome is known.",
    );
    Head::new(
        Tone::Wait,
        lang.pick("결제 결과를 확인하고 있어요", "Checking the outcome of your payment"),
        lead,
    )
}

fn ended(seen: &Seen, heading: &str, why: &str, lang: Lang) -> Head {
    if seen.is_money_moving() {
        return deciding(lang);
    }
    with_money(Head::new(Tone::Stop, heading, why), seen, lang)
}

fn rejected(reason: RejectReason, lang: Lang) -> &'static str {
    let english = match reason {
        RejectReason::SoldOut => "The ingredients ran out.",
        RejectReason::TooBusy => "There are too many orders at the moment.",
        RejectReason::ClosingSoon => "The store is about to close.",
        RejectReason::RequestImpossible => "The store cannot do what you asked for.",
        RejectReason::EquipmentTrouble => "The store has trouble with its equipment.",
        RejectReason::CustomerAsked => "It was cancelled at your request.",
        RejectReason::DuplicateOrder => "The same order came twice.",
        RejectReason::Other => "The store could not take it.",
    };
    lang.pick(reason.customer_text(), english)
}

fn cancelled(reason: CancelReason, lang: Lang) -> &'static str {
    let english = match reason {
        CancelReason::NotAccepted => "The store did not answer in time.",
        CancelReason::CustomerChangedMind => "You cancelled it.",
        CancelReason::SoldOut => "The ingredients ran out.",
        CancelReason::StoreTrouble => "The store can no longer make it.",
        CancelReason::CustomerAsked => "It was cancelled at your request.",
        CancelReason::Operator => "Customer service cancelled it.",
        CancelReason::PaymentExpired => "The time to pay ran out.",
        CancelReason::PaymentFailed => "The payment did not go through.",
        CancelReason::Replaced => "A newer order took its place.",
        CancelReason::NotOrderable => "Something sold out or changed its price meanwhile.",
    };
    lang.pick(reason.customer_text(), english)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_is_rounded_up_and_never_negative() {
        let ready = TimeMs(60 * 60_000);
        let told = |now_ms: i64| remaining(ready, TimeMs(now_ms), Lang::Ko);
        assert_eq!(told(50 * 60_000), "약 10분 남았어요. 10:00쯤 준비될 예정이에요.");
        assert!(told(60 * 60_000 - 1).starts_with("약 1분"));
        assert!(told(60 * 60_000).contains("조금 지났어요"));
        assert!(told(70 * 60_000).contains("조금 지났어요"));
    }
}
