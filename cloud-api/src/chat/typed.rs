//! Typed text: what was asked for, a few words, or something to search for.

use shared::phone::PhoneNumber;

use super::action::Action;
use super::answer::Answer;
use super::expecting::{self, Expecting};
use super::find::normal;
use super::payload::{Param, Payload};
use super::turn::{Reply, Turn, perform};
use super::{find, line, phone, request};

const HOME_WORDS: [&str; 12] = [
    "시작",
    "처음",
    "처음으로",
    "홈",
    "주문",
    "주문하기",
    "주문할래요",
    "안녕",
    "안녕하세요",
    "매장",
    "매장찾기",
    "start",
];
const STATUS_WORDS: [&str; 8] =
    ["주문상태", "상태", "내주문", "주문내역", "주문조회", "주문확인", "주문취소", "취소"];
const SESSION_WORDS: [&str; 4] = ["주문서", "주문서보기", "장바구니", "담은메뉴"];
const MENU_WORDS: [&str; 3] = ["메뉴", "메뉴판", "메뉴보기"];
const HELP_WORDS: [&str; 3] = ["도움말", "도움", "help"];
const PHONE_WORDS: [&str; 3] = ["전화번호변경", "전화번호바꾸기", "번호변경"];
/// Words that never answer a question but leave it.
const LEAVING: [&str; 6] = ["그만", "처음", "처음으로", "시작", "취소", "나가기"];

/// Understands what was typed.
pub async fn hear(turn: &Turn<'_>, payload: &Payload) -> anyhow::Result<Reply> {
    let text = payload.utterance();
    if !LEAVING.contains(&normal(&text).as_str())
        && let Some(asked) = expecting::read(turn.app, turn.customer.id).await
    {
        return answered(turn, asked, &text, payload).await;
    }
    if let Some(action) = meant(turn, &text) {
        return perform(turn, action).await;
    }
    if let Some(phone) = PhoneNumber::parse(&text) {
        return unasked_phone(turn, &phone).await;
    }
    find::find(turn, &text, 0).await
}

async fn answered(turn: &Turn<'_>, asked: Expecting, text: &str, payload: &Payload) -> anyhow::Result<Reply> {
    match asked {
        Expecting::Phone { then } => match PhoneNumber::parse(text) {
            Some(phone) => phone::bind(turn, &phone, then).await,
            None => match meant(turn, text) {
                Some(action) => perform(turn, action).await,
                None => Ok(phone::not_a_number(then)),
            },
        },
        Expecting::Request { version } => request::set(turn, version, text).await,
        Expecting::Quantity { version, line } => match quantity(text, payload) {
            Some(quantity) => line::set_quantity(turn, version, line, quantity).await,
            None => match meant(turn, text) {
                Some(action) => perform(turn, action).await,
                None => find::find(turn, text, 0).await,
            },
        },
    }
}

/// `3`, `3개`, `3 잔`, or what Kakao found.
fn quantity(text: &str, payload: &Payload) -> Option<u32> {
    let compact = normal(text);
    let digits: String = compact.chars().take_while(char::is_ascii_digit).collect();
    let rest = &compact[digits.len()..];
    let typed =
        digits.parse().ok().filter(|_| matches!(rest, "" | "개" | "잔" | "줄" | "인분" | "개요" | "개로"));
    typed.or_else(|| payload.param("quantity").and_then(Param::amount))
}

/// The words that we know.
fn meant(turn: &Turn<'_>, text: &str) -> Option<Action> {
    let word = normal(text);
    let word = word.as_str();
    let menu = || turn.customer.last_store.map_or(Action::Home, |store| Action::Menu { store, page: 0 });
    if word.is_empty() || HOME_WORDS.contains(&word) {
        Some(Action::Home)
    } else if STATUS_WORDS.contains(&word) {
        Some(Action::Status)
    } else if SESSION_WORDS.contains(&word) {
        Some(Action::Session)
    } else if MENU_WORDS.contains(&word) {
        Some(menu())
    } else if HELP_WORDS.contains(&word) {
        Some(Action::Help)
    } else if PHONE_WORDS.contains(&word) {
        Some(Action::AskPhone)
    } else {
        None
    }
}

/// A number that nobody asked for is kept when there is none yet; one that is kept is not overwritten by accident.
async fn unasked_phone(turn: &Turn<'_>, phone: &PhoneNumber) -> anyhow::Result<Reply> {
    if phone::bound(turn).await?.is_none() {
        return phone::bind(turn, phone, None).await;
    }
    let text = "알림톡을 받을 번호가 이미 있어요. 바꾸려면 ‘전화번호 바꾸기’를 눌러 주세요.";
    Ok(Answer::text(text).quick("전화번호 바꾸기", Action::AskPhone).into())
}
