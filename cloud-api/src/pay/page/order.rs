//! The order's page: the true outcome of its payment, and from there on where the order stands.

use shared::Won;
use shared::order::{Order, Phase, Ticket};

use super::{Page, Tone, deciding};
use crate::db::attempts::{Attempt, AttemptState};
use crate::db::refunds::{RefundState, RefundView};

/// Seconds after which a page looks again while the store works, and while money goes back.
const WHILE_WORKING: u32 = 10;
const WHILE_REFUNDING: u32 = 5;

/// What the page is made of.
pub struct View<'a> {
    pub order: &'a Order,
    pub store_name: &'a str,
    /// Newest first.
    pub attempts: &'a [Attempt],
    pub refunds: &'a [RefundView],
    /// Where the order can be paid.
    pub pay_link: &'a str,
}

/// The page.
pub fn order_page(view: &View<'_>) -> Page {
    let mut page = match &view.order.phase {
        Phase::PendingPayment => unpaid(view),
        Phase::Placed { accept_by } => {
            let until = accept_by.kst_clock();
            let lead = format!(
                "매장에서 주문을 확인하고 있어요.\n{until}까지 확인되지 않으면\n자동으로 취소되고 전액 환불돼요."
            );
            Page::new(Tone::Good, "결제가 완료되었어요", lead).refreshing(WHILE_WORKING)
        }
        Phase::Accepted { ready_by, .. } => {
            let lead = format!("{}쯤 준비될 예정이에요.", ready_by.kst_clock());
            Page::new(Tone::Good, "주문이 접수되었어요", lead).refreshing(WHILE_WORKING)
        }
        Phase::Cooking { ready_by, .. } => {
            let lead = format!("{}쯤 준비될 예정이에요.", ready_by.kst_clock());
            Page::new(Tone::Good, "지금 만들고 있어요", lead).refreshing(WHILE_WORKING)
        }
        Phase::Ready { .. } => {
            let lead = "매장에서 호출명을 말씀하고 받아 가세요.";
            Page::new(Tone::Good, "준비되었어요", lead).refreshing(WHILE_WORKING)
        }
        Phase::HandedOver { .. } | Phase::Completed { .. } => {
            Page::new(Tone::Good, "맛있게 드세요", "주문해 주셔서 고마워요.")
        }
        Phase::Rejected { reason, .. } => {
            ended(view, "매장에서 주문을 받지 못했어요", reason.customer_text())
        }
        Phase::Cancelled { reason, .. } => ended(view, "주문이 취소되었어요", reason.customer_text()),
    };
    page.ticket = view.order.ticket.as_ref().map(ticket);
    page.facts = facts(view);
    if view.order.ticket.is_some() {
        page.foot = Some("창을 닫고 채팅으로 돌아가도 돼요. 바뀌는 일은 알림톡으로 알려 드려요.".to_owned());
    }
    page
}

fn unpaid(view: &View<'_>) -> Page {
    if view.attempts.iter().any(|attempt| attempt.state == AttemptState::NeedsReview) {
        let lead = "담당자가 결제를 직접 확인하고 있어요.\n다시 결제하지 마세요. 확인되면 알려 드릴게요.";
        return Page::new(Tone::Wait, "결제를 확인하고 있어요", lead).refreshing(WHILE_WORKING);
    }
    if view.attempts.iter().any(|attempt| attempt.state.is_in_flight()) {
        return deciding();
    }
    let failed = view.attempts.first().is_some_and(|attempt| match attempt.state {
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
    let page = if failed {
        let lead = "결제가 완료되지 않았어요.\n다시 결제하거나 채팅에서 주문을 바꿀 수 있어요.";
        Page::new(Tone::Stop, "결제되지 않았어요", with_refunds(view, lead))
    } else {
        Page::new(Tone::Info, "결제를 기다리고 있어요", "결제하면 매장에 주문이 전달돼요.")
    };
    page.with_action("카카오페이로 결제하기", view.pay_link)
}

fn ended(view: &View<'_>, heading: &str, why: &str) -> Page {
    let moving = |attempt: &Attempt| attempt.state.is_in_flight() && attempt.approved_at.is_none();
    if view.attempts.iter().any(moving) {
        return deciding();
    }
    let page = Page::new(Tone::Stop, heading, with_refunds(view, why));
    if view.refunds.iter().all(|refund| refund.state == RefundState::Done) {
        page
    } else {
        page.refreshing(WHILE_REFUNDING)
    }
}

/// What became of the money, in a sentence.
fn with_refunds(view: &View<'_>, lead: &str) -> String {
    let sum = |done: bool| {
        let matching = view.refunds.iter().filter(|refund| (refund.state == RefundState::Done) == done);
        Won::new(matching.map(|refund| refund.amount).sum()).unwrap_or(Won::ZERO)
    };
    let stuck = view.refunds.iter().any(|refund| refund.state == RefundState::NeedsReview);
    let money = match (sum(true), sum(false)) {
        (Won::ZERO, Won::ZERO) if view.attempts.iter().all(|attempt| attempt.approved_at.is_none()) => {
            "결제된 금액은 없어요.".to_owned()
        }
        (Won::ZERO, Won::ZERO) => return lead.to_owned(),
        (done, Won::ZERO) => {
            format!("{done}을 모두 환불했어요. 카드 결제는 카드사에 따라 며칠 걸릴 수 있어요.")
        }
        (_, left) if stuck => format!("{left}의 환불을 담당자가 직접 확인하고 있어요."),
        (_, left) => format!("{left}을 환불하고 있어요. 따로 하실 일은 없어요."),
    };
    format!("{lead}\n{money}")
}

fn ticket(ticket: &Ticket) -> (String, String) {
    (format!("{}번", ticket.number), ticket.call_name.clone())
}

fn facts(view: &View<'_>) -> Vec<(String, String)> {
    let details = &view.order.details;
    let mut facts = vec![("매장".to_owned(), view.store_name.to_owned())];
    for line in &details.lines {
        let options: Vec<&str> = line.options.iter().map(|option| option.name.as_str()).collect();
        let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
        facts.push((format!("{}{options} × {}", line.name, line.quantity), line.amount.to_string()));
    }
    facts.push(("합계".to_owned(), details.total.to_string()));
    if view.order.refunded > Won::ZERO {
        facts.push(("환불".to_owned(), view.order.refunded.to_string()));
    }
    facts
}
