//! What the bot can do.

use super::action::Action;
use super::answer::Answer;
use super::turn::Reply;

const HELP: &str = "이렇게 도와드려요.\n\
    · 매장 이름이나 동네를 보내면 매장을 찾아요. (예: 홍대, 골목커피)\n\
    · 메뉴 이름을 보내면 보고 있던 매장에서 찾아요.\n\
    · ‘주문서’를 보내면 담은 메뉴를, ‘주문 상태’를 보내면 주문이 어디까지 됐는지 알려 드려요.\n\
    · ‘리뷰’를 보내면 보고 있던 매장의 리뷰를, ‘별점순’을 보내면 별점이 높은 메뉴를 보여 드려요.\n\
    · 조리를 시작하기 전에는 ‘주문 상태’에서 취소할 수 있어요.";

/// Says what can be said.
pub fn help() -> Reply {
    with_shortcuts(Answer::text(HELP)).into()
}

/// Nothing was found for what was typed.
pub fn not_understood(typed: &str) -> Reply {
    let typed: String = typed.chars().take(30).collect();
    with_shortcuts(Answer::text(format!("‘{typed}’(으)로 찾은 매장이나 메뉴가 없어요.\n{HELP}"))).into()
}

fn with_shortcuts(answer: Answer) -> Answer {
    answer
        .quick("매장 찾기", Action::Stores { at: None, page: 0, far: false })
        .quick("주문서 보기", Action::Session)
        .quick("주문 상태", Action::Status)
        .quick("전화번호 바꾸기", Action::AskPhone)
}
