//! Pages that say why nothing happens, and what to do.

use axum::http::StatusCode;

use super::{Page, Tone};
use crate::pay::orderable::Problem;

/// Seconds after which a page that could not look tries again.
const LATER: u32 = 5;

/// Nobody knows this address.
pub fn not_found() -> Page {
    let lead = "주소가 잘못되었거나 오래된 링크예요.\n카카오톡 채팅에서 다시 열어 주세요.";
    Page::new(Tone::Info, "찾을 수 없는 페이지예요", lead).with_status(StatusCode::NOT_FOUND)
}

/// For a fetcher of link previews.
pub fn preview() -> Page {
    Page::new(Tone::Info, "카카오페이 결제", "눌러서 결제를 이어가 주세요.")
}

/// The circuit breaker is open.
pub fn held() -> Page {
    let lead = "카카오페이가 잠시 응답하지 않아요. 결제된 금액은 없어요.\n잠시 후 자동으로 다시 시도할게요.";
    let mut page = Page::new(Tone::Wait, "카카오페이 연결을 기다리고 있어요", lead);
    page.foot = Some(
        "기다리지 않으셔도 돼요. 카카오톡 대화의 주문서에서 ‘주문하기’를 누르면 다시 될 때 알림톡으로 알려 드려요."
            .to_owned(),
    );
    page.with_status(StatusCode::SERVICE_UNAVAILABLE).refreshing(LATER)
}

/// `ready` did not work out.
pub fn try_again(link: &str) -> Page {
    let lead = "카카오페이와 연결하지 못했어요. 결제된 금액은 없어요.\n다시 시도해 주세요.";
    let page = Page::new(Tone::Stop, "결제를 시작하지 못했어요", lead);
    page.with_status(StatusCode::BAD_GATEWAY).with_action("다시 시도하기", link)
}

/// The order cannot be paid now, and why; nothing was charged.
pub fn not_payable(lead: &str, problems: &[Problem]) -> Page {
    let mut page = Page::new(Tone::Stop, "지금은 결제할 수 없어요", lead).with_status(StatusCode::CONFLICT);
    page.reasons = reasons(problems);
    page
}

/// The customer authenticated, but the money was not taken, and why.
pub fn not_charged(lead: &str, problems: &[Problem]) -> Page {
    let mut page = Page::new(Tone::Stop, "결제되지 않았어요", lead).with_status(StatusCode::CONFLICT);
    page.reasons = reasons(problems);
    page.foot = Some("카카오페이에서 승인 대기 중이던 결제는 자동으로 사라져요.".to_owned());
    page
}

/// A return to an attempt that is over.
pub fn already_over(order_page: &str) -> Page {
    let lead = "이 결제 시도는 이미 끝났어요. 주문 상태를 확인해 주세요.";
    let page = Page::new(Tone::Info, "이미 끝난 결제예요", lead);
    page.with_status(StatusCode::CONFLICT).with_action("주문 상태 보기", order_page)
}

/// A return without the token that proves the payer's consent.
pub fn choose_again(order_page: &str) -> Page {
    let lead = "결제 정보가 빠져 있어 결제하지 않았어요.\n주문 화면에서 다시 결제해 주세요.";
    let page = Page::new(Tone::Stop, "결제 정보를 확인할 수 없어요", lead);
    page.with_status(StatusCode::BAD_REQUEST).with_action("주문 화면으로", order_page)
}

/// We could not look, so nothing is known. Looking again is always safe.
pub fn trouble() -> Page {
    let lead =
        "잠시 연결이 원활하지 않아 결제 상태를 확인하고 있어요.\n다시 결제하지 말고 잠시만 기다려 주세요.";
    let page = Page::new(Tone::Wait, "확인하고 있어요", lead);
    page.with_status(StatusCode::SERVICE_UNAVAILABLE).refreshing(LATER)
}

fn reasons(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{} — {}", problem.name, problem.why)).collect()
}
