//! Ordering for a later time (예약): the time is chosen by a button or typed, and kept in the order session until it is paid.

use shared::TimeMs;
use shared::id::StoreId;
use shared::reservation::{NoReservation, Wish};
use shared::session::{OrderSession, SessionVersion};

use super::action::Action;
use super::answer::Answer;
use super::expecting::Expecting;
use super::pages::Page;
use super::session;
use super::session_store::{self, Found, Kept};
use super::turn::{Reply, Turn};
use crate::reservations::{self, Times};

/// Times on one page; with the buttons to turn it they fill Kakao's ten shortcuts.
const TIMES_PER_PAGE: usize = 7;
/// Times that are offered instead of one that cannot be had.
const OFFERED: usize = 6;

/// Shows a page of the times that can be had.
pub async fn ask(turn: &Turn<'_>, version: SessionVersion, page: u32) -> anyhow::Result<Reply> {
    let kept = match session_store::find(turn.app, turn.customer.id, version).await? {
        Found::Current(kept) => kept,
        found @ (Found::Stale(_) | Found::Gone(_)) => return session::other_version(turn, found).await,
    };
    let times = times(turn, &kept).await?;
    let free = match times.book().available() {
        Ok(free) => free,
        Err(why) => return Ok(nothing(why)),
    };
    let page = Page::of(&free, page, TIMES_PER_PAGE);
    let text = format!(
        "언제 찾으러 오시겠어요?{}\n시각을 누르거나 ‘7시 반’, ‘30분 뒤’처럼 보내 주세요. 결제는 지금 하고, 매장은 시간에 맞춰 만들어요.",
        page.mark()
    );
    let answer = offer(Answer::text(text), version, page.rows);
    let answer = page.turn(answer, |page| Action::Reserve { version, page });
    Ok(Reply::asking(answer.quick("주문서 보기", Action::Session), Expecting::PickUp { version }))
}

/// Takes a time for the session.
pub async fn pick(turn: &Turn<'_>, version: SessionVersion, at: TimeMs) -> anyhow::Result<Reply> {
    let kept = match session_store::find(turn.app, turn.customer.id, version).await? {
        Found::Current(kept) => kept,
        found @ (Found::Stale(_) | Found::Gone(_)) => return session::other_version(turn, found).await,
    };
    let times = times(turn, &kept).await?;
    match times.book().check(at) {
        Ok(()) => set(turn, version, Some(at)).await,
        Err(why) => Ok(refuse(&times, version, at, why)),
    }
}

/// Understands a typed time; what is none is asked for again.
pub async fn typed(turn: &Turn<'_>, version: SessionVersion, wish: &Wish) -> anyhow::Result<Reply> {
    let kept = match session_store::find(turn.app, turn.customer.id, version).await? {
        Found::Current(kept) => kept,
        found @ (Found::Stale(_) | Found::Gone(_)) => return session::other_version(turn, found).await,
    };
    let times = times(turn, &kept).await?;
    match times.book().choose(wish) {
        Ok(at) => set(turn, version, Some(at)).await,
        Err((at, why)) => Ok(refuse(&times, version, at, why)),
    }
}

/// What was typed names no time.
pub async fn not_a_time(turn: &Turn<'_>, version: SessionVersion) -> anyhow::Result<Reply> {
    let again = ask(turn, version, 0).await?;
    Ok(again.map(|answer| answer.before("시각을 알아듣지 못했어요. ‘19:30’처럼 보내 주세요.")))
}

/// Makes it an order of now again.
pub async fn order_now(turn: &Turn<'_>, version: SessionVersion) -> anyhow::Result<Reply> {
    set(turn, version, None).await
}

/// Now or later: the shortcuts under the order session.
pub fn choice(answer: Answer, session: &OrderSession) -> Answer {
    let later = Action::Reserve { version: session.version, page: 0 };
    match session.pick_up_at {
        None => answer.quick("예약하기", later),
        Some(_) => answer
            .quick("시각 바꾸기", later)
            .quick("지금 주문으로", Action::OrderNow { version: session.version }),
    }
}

/// Says why a time cannot be had, and which ones can.
pub fn refuse(times: &Times, version: SessionVersion, at: TimeMs, why: NoReservation) -> Reply {
    let near = times.book().nearest(at, OFFERED);
    if near.is_empty() {
        return nothing(why);
    }
    let text =
        format!("{}에는 예약할 수 없어요. {} 이 시각은 어떠세요?", at.kst_clock(), why.customer_text());
    let answer = offer(Answer::text(text), version, &near);
    let answer = answer.quick("다른 시각 보기", Action::Reserve { version, page: 0 });
    Reply::asking(answer.quick("주문서 보기", Action::Session), Expecting::PickUp { version })
}

/// The times of the session's store, in which an order that was made of this session before keeps its own place.
async fn times(turn: &Turn<'_>, kept: &Kept) -> anyhow::Result<Times> {
    of_store(turn, kept.session.store_id, kept).await
}

/// The times of a store as this session sees them.
pub async fn of_store(turn: &Turn<'_>, store: StoreId, kept: &Kept) -> anyhow::Result<Times> {
    let mut db = turn.app.db.acquire().await?;
    let own = kept.order.map(|(_, order)| order);
    reservations::times(&mut db, store, own, turn.app.clock.now_ms()).await
}

async fn set(turn: &Turn<'_>, version: SessionVersion, at: Option<TimeMs>) -> anyhow::Result<Reply> {
    let changed = session_store::change_version(turn.app, turn.customer.id, version, |session| {
        session.set_pick_up(at);
    });
    match changed.await? {
        (Found::Current(kept), Some(())) => {
            let note = match at {
                Some(at) => format!("{}에 찾아가는 예약 주문으로 바꿨어요.", at.kst_clock()),
                None => "지금 만드는 주문으로 바꿨어요.".to_owned(),
            };
            session::present(turn, &kept, Some(note)).await
        }
        (found, _) => session::other_version(turn, found).await,
    }
}

fn offer(answer: Answer, version: SessionVersion, times: &[TimeMs]) -> Answer {
    times.iter().fold(answer, |answer, at| answer.quick(at.kst_clock(), Action::PickUp { version, at: *at }))
}

fn nothing(why: NoReservation) -> Reply {
    let text = format!("{} 주문서는 그대로 두었어요.", why.customer_text());
    Answer::text(text).quick("주문서 보기", Action::Session).into()
}
