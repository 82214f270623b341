//! What a customer says and taps, as the chatbot offers it.

use anyhow::{Context, Result, ensure};

use crate::chat::Chat;

/// Opens KakaoPay.
pub const PAY: &str = "카카오페이로 결제";
pub const REQUEST: &str = "젓가락 두 개 부탁드려요";
/// Kinds in the store's log when nothing goes wrong.
pub const STORY_OF_SUCCESS: [&str; 5] =
    ["order_placed", "order_accepted", "cooking_started", "order_ready", "order_handed_over"];

/// What a customer who is new here orders at one of the repository's stores.
#[derive(Debug)]
pub struct Basket {
    /// The store's name without its branch.
    pub store: &'static str,
    /// From the first hello to the pay button.
    pub steps: &'static [Step],
    /// Won.
    pub total: i64,
    pub total_shown: &'static str,
    /// What the counter has to show of it.
    pub told_to_store: &'static [&'static str],
}

/// 국물떡볶이 5,000 + 삶은 계란 800 + 모짜렐라 2,000, 모둠튀김 4,000 + 새우 1,000 won.
pub const MANGWON: Basket = Basket {
    store: "망원분식",
    steps: &MANGWON_STEPS,
    total: 12_800,
    total_shown: "12,800",
    told_to_store: &["국물떡볶이", "매운맛", "모짜렐라", "모둠튀김", "새우", "12,800", REQUEST],
};

/// 아메리카노 3,200 + 라지 700 + 샷 추가 500, 자몽에이드 4,700 won.
pub const HONGDAE: Basket = Basket {
    store: "골목커피",
    steps: &HONGDAE_STEPS,
    total: 9_100,
    total_shown: "9,100",
    told_to_store: &["아메리카노", "ICE", "라지", "샷 추가", "자몽에이드", "9,100"],
};

impl Basket {
    /// The one for the store that a window's title names.
    pub fn of_window(title: &str) -> Result<&'static Self> {
        let known = [&MANGWON, &HONGDAE].into_iter().find(|basket| title.contains(basket.store));
        known.with_context(|| {
            format!("nobody knows what to order at the store of the window {title:?}; sign in at another one")
        })
    }
}

/// One thing that the customer does, and words that the answer must have.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub act: Act,
    pub answer: &'static str,
    /// What happens, for people.
    pub korean: &'static str,
    pub english: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub enum Act {
    Start,
    Tap(&'static str),
    Say(&'static str),
    /// Types the customer's own number.
    GivePhone,
}

const fn step(act: Act, answer: &'static str, korean: &'static str, english: &'static str) -> Step {
    Step { act, answer, korean, english }
}

const MANGWON_STEPS: [Step; 17] = [
    step(Act::Start, "망원분식 본점", "채팅을 열어요", "opens the chat"),
    step(Act::Tap("망원분식 본점"), "국물떡볶이", "매장을 골라요", "chooses the store"),
    step(Act::Tap("국물떡볶이"), "1인분", "국물떡볶이를 골라요", "chooses tteokbokki"),
    step(Act::Tap("1인분"), "매운맛", "양은 1인분", "one portion"),
    step(Act::Tap("매운맛"), "토핑", "맵기는 매운맛", "hot"),
    step(Act::Tap("삶은 계란"), "삶은 계란", "토핑: 삶은 계란", "topping: a boiled egg"),
    step(Act::Tap("모짜렐라"), "모짜렐라", "토핑: 모짜렐라", "topping: mozzarella"),
    step(Act::Tap("다음"), "7,800", "주문서에 담겨요", "into the order sheet"),
    step(Act::Tap("더 담기"), "모둠튀김", "하나 더 담아요", "one more item"),
    step(Act::Tap("모둠튀김"), "오징어", "모둠튀김을 골라요", "chooses assorted fritters"),
    step(Act::Tap("오징어"), "오징어", "오징어튀김", "squid"),
    step(Act::Tap("새우"), "새우", "새우튀김", "shrimp"),
    step(Act::Tap("다음"), "12,800", "주문서에 담겨요", "into the order sheet"),
    step(Act::Tap("요청사항 쓰기"), "매장에 전할 말", "요청사항을 쓰려고 해요", "wants to add a request"),
    step(Act::Say(REQUEST), REQUEST, "요청사항을 적어요", "types the request"),
    step(Act::Tap("주문하기"), "휴대전화", "주문하기를 눌러요", "taps order"),
    GIVE_PHONE,
];

const HONGDAE_STEPS: [Step; 13] = [
    step(Act::Start, "골목커피 홍대점", "채팅을 열어요", "opens the chat"),
    step(Act::Tap("골목커피 홍대점"), "아메리카노", "매장을 골라요", "chooses the store"),
    step(Act::Tap("아메리카노"), "ICE", "아메리카노를 골라요", "chooses americano"),
    step(Act::Tap("ICE"), "라지", "차갑게", "iced"),
    step(Act::Tap("라지"), "다크", "큰 컵으로", "large"),
    step(Act::Tap("다크"), "샷 추가", "다크 원두", "dark beans"),
    step(Act::Tap("샷 추가"), "샷 추가", "샷 추가", "one more shot"),
    step(Act::Tap("다음"), "4,400", "주문서에 담겨요", "into the order sheet"),
    step(Act::Tap("더 담기"), "자몽에이드", "하나 더 담아요", "one more item"),
    step(Act::Tap("자몽에이드"), "레귤러", "자몽에이드를 골라요", "chooses grapefruit ade"),
    step(Act::Tap("레귤러"), "9,100", "주문서에 담겨요", "into the order sheet"),
    step(Act::Tap("주문하기"), "휴대전화", "주문하기를 눌러요", "taps order"),
    GIVE_PHONE,
];

const GIVE_PHONE: Step = step(Act::GivePhone, "결제", "휴대전화 번호를 보내요", "gives the phone number");

/// Plays one step; an error names it.
pub async fn play(chat: &impl Chat, step: &Step, phone: &str) -> Result<String> {
    let answer = match step.act {
        Act::Start => chat.start().await?,
        Act::Tap(label) => chat.tap(label).await?,
        Act::Say(text) => chat.say(text).await?,
        Act::GivePhone => chat.say(phone).await?,
    };
    ensure!(
        answer.contains(step.answer),
        "the customer {} ({:?}); the answer lacks {:?}:\n{answer}",
        step.english,
        step.act,
        step.answer
    );
    Ok(answer)
}

/// A whole order, up to the pay button.
pub async fn fill_and_place(chat: &impl Chat, basket: &Basket, phone: &str) -> Result<()> {
    for step in basket.steps {
        play(chat, step, phone).await?;
    }
    Ok(())
}

/// Cancels the newest order in the chat.
pub async fn cancel(chat: &impl Chat) -> Result<()> {
    chat.say("주문 상태").await?;
    chat.tap("주문 취소").await?;
    let answer = chat.tap("네, 취소할게요").await?;
    ensure!(answer.contains("취소했어요"), "the order was not cancelled in the chat: {answer}");
    Ok(())
}
