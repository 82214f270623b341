//! The customer's own review of an order: stars with one tap, then a line if they wish.

use shared::id::{OrderId, StoreId};
use shared::review::{
    CHANGE_DAYS, MAX_TEXT_CHARS, REVIEW_DAYS, ReviewRefusal, Stars, TextRefusal, can_change, can_give,
    one_line,
};

use super::action::Action;
use super::answer::{Answer, Button, TextCard};
use super::expecting::Expecting;
use super::order_card;
use super::reviews::body;
use super::turn::{Reply, Turn};
use crate::db;
use crate::db::orders::LockedOrder;
use crate::db::personal::{self, ReviewPrivate, Subject};
use crate::db::reviews::{ListedReview, Review};
use crate::reviews::{ByAuthor, Key, Outcome, author};

const NOT_YOURS: &str =
    "별점은 직접 주문해서 받은 메뉴에만 줄 수 있어요. ‘주문 상태’에서 내 주문을 골라 주세요.";

/// The question after food was received.
pub fn question(text: impl Into<String>, (store, order): Key, change: bool) -> Answer {
    Stars::ALL.into_iter().fold(Answer::text(text), |answer, stars| {
        answer.quick(label(stars), Action::Rate { store, order, stars, change })
    })
}

fn label(stars: Stars) -> String {
    let words = match stars.get() {
        5 => "최고예요",
        4 => "좋아요",
        3 => "보통이에요",
        2 => "아쉬워요",
        _ => "별로예요",
    };
    format!("★{} {words}", stars.get())
}

/// What an order's card offers about its review.
pub async fn offer(turn: &Turn<'_>, found: &LockedOrder, answer: Answer) -> Result<Answer, sqlx::Error> {
    let (store, order) = (found.context.store_id, found.order.id);
    if !matches!(found.order.phase, shared::order::Phase::Completed { .. }) {
        return Ok(answer);
    }
    let review = db::reviews::find(&turn.app.db, store, order).await?.map(|found| found.review);
    if review.is_some_and(|review| review.removed_at.is_none()) {
        return Ok(answer.quick("내 리뷰", Action::MyReview { store, order }));
    }
    let known = review.as_ref().map(Review::reviewed);
    let now = turn.app.clock.now_ms();
    let ask = can_give(&found.order.phase, known, now).is_ok().then_some(Action::AskStars { store, order });
    Ok(answer.quick_if("별점 주기", ask))
}

/// How many stars? Of an order that has some already: other ones?
pub async fn ask(turn: &Turn<'_>, key: Key) -> anyhow::Result<Reply> {
    let Some((found, review)) = own(turn, key).await? else { return Ok(not_yours()) };
    let (now, known) = (turn.app.clock.now_ms(), review.as_ref().map(|found| found.review.reviewed()));
    let answer = match (can_give(&found.order.phase, known, now), can_change(known, now)) {
        (Ok(()), _) => question("음식은 어떠셨어요? 별점을 눌러 주세요.", key, false),
        (Err(ReviewRefusal::Already(stars)), Ok(())) => {
            question(format!("지금 별점은 {}이에요. 새 별점을 눌러 주세요.", stars.drawn()), key, true)
        }
        (Err(ReviewRefusal::Already(_)), Err(refusal)) | (Err(refusal), _) => refused(key, refusal),
    };
    Ok(answer.quick("주문 상태", Action::Status).into())
}

/// Gives stars, or other ones; a second tap on another phone is told what was given.
pub async fn rate(turn: &Turn<'_>, key: Key, stars: Stars, change: bool) -> anyhow::Result<Reply> {
    let (store, order) = key;
    let wanted = if change { ByAuthor::Change(stars) } else { ByAuthor::Give(stars) };
    let outcome = author(turn.app, key, turn.customer.id, wanted).await?;
    let Outcome::Done(review) = outcome else { return Ok(not_done(key, outcome)) };
    let text = format!(
        "{} 고마워요! 별점을 남겼어요.\n맛이 어땠는지 한 줄 남겨 주시면 가게와 다른 분께 도움이 돼요.",
        review.stars.drawn()
    );
    Ok(Answer::text(text)
        .quick("한 줄 남기기", Action::AskReview { store, order })
        .quick("건너뛰기", Action::MyReview { store, order })
        .quick("주문 상태", Action::Status)
        .into())
}

/// Asks for a line.
pub async fn ask_text(turn: &Turn<'_>, key: Key) -> anyhow::Result<Reply> {
    let Some((_, review)) = own(turn, key).await? else { return Ok(not_yours()) };
    let known = review.map(|found| found.review.reviewed());
    if let Err(refusal) = can_change(known, turn.app.clock.now_ms()) {
        return Ok(refused(key, refusal).quick("주문 상태", Action::Status).into());
    }
    let text = format!(
        "한 줄 보내 주세요. {MAX_TEXT_CHARS}자까지 쓸 수 있고, 누구나 볼 수 있어요.\n이름이나 전화번호는 쓰지 말아 주세요."
    );
    Ok(asking(Answer::text(text), key))
}

/// Keeps the line that was typed; one that is empty or too long is asked for again.
pub async fn tell(turn: &Turn<'_>, key: Key, typed: &str) -> anyhow::Result<Reply> {
    let line = match one_line(typed) {
        Ok(line) => line,
        Err(TextRefusal::Empty) => {
            return Ok(asking(Answer::text("읽을 수 있는 글이 없어요. 글로 한 줄 보내 주세요."), key));
        }
        Err(TextRefusal::TooLong(long)) => {
            let text = format!(
                "{MAX_TEXT_CHARS}자까지 쓸 수 있는데 {long}자를 보내셨어요. 조금 줄여서 다시 보내 주세요."
            );
            return Ok(asking(Answer::text(text), key));
        }
    };
    match author(turn.app, key, turn.customer.id, ByAuthor::Tell(line)).await? {
        Outcome::Done(_) => {
            let reply = mine(turn, key).await?;
            Ok(reply.map(|answer| answer.before("리뷰를 남겼어요. 고마워요!")))
        }
        outcome @ (Outcome::Refused(_) | Outcome::NotYours) => Ok(not_done(key, outcome)),
    }
}

/// The customer's own review, with what can be done about it.
pub async fn mine(turn: &Turn<'_>, key: Key) -> anyhow::Result<Reply> {
    let (store, order) = key;
    let Some((_, review)) = own(turn, key).await? else { return Ok(not_yours()) };
    let Some(listed) = review.filter(|listed| listed.review.removed_at.is_none()) else {
        return ask(turn, key).await;
    };
    let app = turn.app;
    let kept: Option<ReviewPrivate> =
        personal::get(&app.db, &app.vault, Subject::Review(store, order)).await?;
    let has_text = kept.as_ref().is_some_and(|kept| kept.text.is_some());
    let text = body(&listed, kept.as_ref());
    let mut card = TextCard::new(format!("내 리뷰 · {}", listed.review.stars.drawn()));
    let mut answer = Answer::text(text);
    match can_change(Some(listed.review.reviewed()), app.clock.now_ms()) {
        Ok(()) => {
            let line = if has_text { "한 줄 바꾸기" } else { "한 줄 남기기" };
            card = card
                .description(format!("쓴 날부터 {CHANGE_DAYS}일 동안 고치거나 지울 수 있어요."))
                .button(Button::new("별점 바꾸기", Action::AskStars { store, order }))
                .button(Button::new(line, Action::AskReview { store, order }))
                .button(Button::new("리뷰 지우기", Action::RemoveReview { store, order, sure: false }));
        }
        Err(_) => card = card.description("이제 고칠 수 없는 리뷰예요. 그대로 남아요."),
    }
    answer = answer.then(Answer::card(card));
    Ok(answer
        .quick("가게 리뷰 보기", Action::Reviews { store, page: 0 })
        .quick("주문 상태", Action::Status)
        .quick("다시 주문", Action::Repeat { store, order, switch: false })
        .into())
}

/// Takes the review back, after asking whether they are sure.
pub async fn remove(turn: &Turn<'_>, key: Key, sure: bool) -> anyhow::Result<Reply> {
    let (store, order) = key;
    if !sure {
        let Some((_, review)) = own(turn, key).await? else { return Ok(not_yours()) };
        let known = review.map(|found| found.review.reviewed());
        if let Err(refusal) = can_change(known, turn.app.clock.now_ms()) {
            return Ok(refused(key, refusal).quick("주문 상태", Action::Status).into());
        }
        let text = "리뷰를 지울까요? 별점과 글이 모두 지워지고, 사장님 답글도 사라져요.";
        return Ok(Answer::text(text)
            .quick("네, 지울게요", Action::RemoveReview { store, order, sure: true })
            .quick("그대로 두기", Action::MyReview { store, order })
            .into());
    }
    Ok(match author(turn.app, key, turn.customer.id, ByAuthor::Remove).await? {
        Outcome::Done(_) => Answer::text("리뷰를 지웠어요. 마음이 바뀌면 다시 남길 수 있어요.")
            .quick("별점 주기", Action::AskStars { store, order })
            .quick("주문 상태", Action::Status)
            .into(),
        outcome @ (Outcome::Refused(_) | Outcome::NotYours) => not_done(key, outcome),
    })
}

/// One of the customer's own orders and its review.
async fn own(
    turn: &Turn<'_>,
    (store, order): (StoreId, OrderId),
) -> anyhow::Result<Option<(LockedOrder, Option<ListedReview>)>> {
    let Some(found) = order_card::own(turn, store, order).await? else { return Ok(None) };
    Ok(Some((found, db::reviews::find(&turn.app.db, store, order).await?)))
}

fn asking(answer: Answer, (store, order): Key) -> Reply {
    let answer = answer.quick("건너뛰기", Action::MyReview { store, order });
    Reply::asking(answer, Expecting::Review { store, order })
}

fn not_done(key: Key, outcome: Outcome) -> Reply {
    match outcome {
        Outcome::Refused(refusal) => refused(key, refusal).quick("주문 상태", Action::Status).into(),
        Outcome::Done(_) | Outcome::NotYours => not_yours(),
    }
}

fn not_yours() -> Reply {
    let elsewhere = Action::Stores { at: None, page: 0, far: false };
    Answer::text(NOT_YOURS).quick("주문 상태", Action::Status).quick("매장 찾기", elsewhere).into()
}

fn refused((store, order): Key, refusal: ReviewRefusal) -> Answer {
    match refusal {
        ReviewRefusal::NotCompleted => Answer::text(
            "별점은 주문이 완료된 뒤에 줄 수 있어요. 음식을 받으셨다면 ‘주문 상태’에서 ‘받았어요’를 눌러 주세요.",
        ),
        ReviewRefusal::TooLate => Answer::text(format!(
            "별점은 주문이 완료된 뒤 {REVIEW_DAYS}일 동안 줄 수 있어요. 다음에 주문하시면 꼭 남겨 주세요."
        )),
        ReviewRefusal::Already(stars) => Answer::text(format!(
            "이 주문에는 이미 별점을 주셨어요: {}\n고치려면 ‘내 리뷰’를 눌러 주세요.",
            stars.drawn()
        ))
        .quick("내 리뷰", Action::MyReview { store, order }),
        ReviewRefusal::Settled => Answer::text(format!(
            "리뷰는 쓴 날부터 {CHANGE_DAYS}일 동안 고치거나 지울 수 있어요. 이제 바꿀 수 없어요. 새로 주문하시면 다시 남길 수 있어요."
        ))
        .quick("다시 주문", Action::Repeat { store, order, switch: false }),
        ReviewRefusal::Nothing => Answer::text("이 주문에는 아직 리뷰가 없어요. 별점부터 주세요.")
            .quick("별점 주기", Action::AskStars { store, order }),
    }
}
