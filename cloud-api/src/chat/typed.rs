//! Typed text: what was asked for, a few words, or something to search for.

use shared::phone::PhoneNumber;
use shared::reservation::Wish;
use shared::search::MAX_QUERY_CHARS;

use super::action::{Action, Place};
use super::answer::Answer;
use super::expecting::Expecting;
use super::find::normal;
use super::payload::{Param, Payload};
use super::turn::{Reply, Turn, perform};
use super::whereabouts::{self, Said};
use super::{find, line, phone, request, reserve, review, stores};

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
const MINE_WORDS: [&str; 6] = ["내정보", "포인트", "적립", "적립금", "등급", "내포인트"];
const POPULAR_WORDS: [&str; 5] = ["인기", "인기메뉴", "많이시키는메뉴", "추천", "추천메뉴"];
const BEST_WORDS: [&str; 5] = ["별점", "별점순", "별점순메뉴", "평점", "별점높은메뉴"];
const REVIEW_WORDS: [&str; 4] = ["리뷰", "리뷰보기", "후기", "후기보기"];
/// The first is also what the button of an AlimTalk says.
const RECEIVED_WORDS: [&str; 5] = ["받았어요", "받았습니다", "잘받았어요", "잘받았습니다", "수령완료"];
const REPEAT_WORDS: [&str; 6] =
    ["다시주문", "재주문", "지난주문", "지난번그대로", "저번이랑똑같이", "늘먹던거"];
/// Words that never answer a question but leave it.
const LEAVING: [&str; 6] = ["그만", "처음", "처음으로", "시작", "취소", "나가기"];

/// Understands what was typed, perhaps as the answer to what was asked before.
pub async fn hear(turn: &Turn<'_>, payload: &Payload, asked: Option<Expecting>) -> anyhow::Result<Reply> {
    let text = payload.utterance();
    if !LEAVING.contains(&normal(&text).as_str())
        && let Some(asked) = asked
    {
        return answered(turn, asked, &text, payload).await;
    }
    if let Some(at) = place_of(payload, &text) {
        return stores::nearby(turn, Some(at), 0, false).await;
    }
    if let Some(action) = meant(turn, &text) {
        return perform(turn, action).await;
    }
    if let Some(phone) = PhoneNumber::parse(&text) {
        return unasked_phone(turn, &phone).await;
    }
    if let Some(Said::Named(name)) = whereabouts::shared(payload)
        && name == text
        && let Some(reply) = find::named_place(turn, &name).await?
    {
        return Ok(reply);
    }
    find::find(turn, &text, 0).await
}

/// What somebody may do whom nobody can look up at this moment: look for a store.
pub fn finding(turn: &Turn<'_>, payload: &Payload, tapped: Option<&Option<Action>>) -> Option<Action> {
    let action = match tapped {
        Some(tapped) => tapped.clone()?,
        None => {
            let text = payload.utterance();
            let at = place_of(payload, &text);
            let near = at.map(|at| Action::Stores { at: Some(at), page: 0, far: false });
            let query = || match PhoneNumber::parse(&text) {
                Some(_) => None,
                None => Some(Action::Find { query: text.chars().take(MAX_QUERY_CHARS).collect(), page: 0 }),
            };
            near.or_else(|| meant(turn, &text)).or_else(query)?
        }
    };
    let finds = matches!(
        action,
        Action::Home | Action::Help | Action::AskPlace | Action::Stores { .. } | Action::Find { .. }
    );
    finds.then_some(action)
}

/// A place on the map that was shared.
fn place_of(payload: &Payload, text: &str) -> Option<Place> {
    match whereabouts::shared(payload) {
        Some(Said::At(spot)) => Some(Place::new(spot.lat, spot.lon)),
        Some(Said::Named(_)) | None => find::spot_in(text),
    }
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
        Expecting::PickUp { version } => match (Wish::parse(text), meant(turn, text)) {
            (Some(wish), _) => reserve::typed(turn, version, &wish).await,
            (None, Some(action)) => perform(turn, action).await,
            (None, None) => reserve::not_a_time(turn, version).await,
        },
        // A line is public: a word that we know is meant for us, except praise.
        Expecting::Review { store, order } => match meant(turn, text) {
            Some(Action::Popular { .. }) | None => review::tell(turn, (store, order), text).await,
            Some(_) if text.trim().is_empty() => review::tell(turn, (store, order), text).await,
            Some(action) => perform(turn, action).await,
        },
        Expecting::Place => match (place_of(payload, text), meant(turn, text)) {
            (Some(at), _) => stores::nearby(turn, Some(at), 0, false).await,
            (None, Some(action)) => perform(turn, action).await,
            (None, None) => find::place(turn, text).await,
        },
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
    let compact: String = text.split_whitespace().collect();
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
    let reviews = |store| Action::Reviews { store, page: 0 };
    let menu = || turn.customer.last_store.map_or(Action::Home, |store| Action::Menu { store, page: 0 });
    if text.trim().is_empty() || HOME_WORDS.contains(&word) {
        Some(Action::Home)
    } else if STATUS_WORDS.contains(&word) {
        Some(Action::Status)
    } else if SESSION_WORDS.contains(&word) {
        Some(Action::Session)
    } else if MENU_WORDS.contains(&word) {
        Some(menu())
    } else if HELP_WORDS.contains(&word) {
        Some(Action::Help)
    } else if POPULAR_WORDS.contains(&word) {
        Some(Action::Popular { store: None })
    } else if BEST_WORDS.contains(&word) {
        Some(Action::BestRated { store: None })
    } else if REVIEW_WORDS.contains(&word) {
        Some(turn.customer.last_store.map_or(Action::Home, reviews))
    } else if RECEIVED_WORDS.contains(&word) {
        Some(Action::ReceivedNewest)
    } else if REPEAT_WORDS.contains(&word) {
        Some(Action::RepeatLast)
    } else if PHONE_WORDS.contains(&word) {
        Some(Action::AskPhone)
    } else if MINE_WORDS.contains(&word) {
        Some(Action::Mine)
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
