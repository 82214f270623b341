//! Stores: the first answer, and lists of stores.

use super::action::{Action, Place};
use super::answer::{Answer, List, ListItem};
use super::turn::{Reply, Turn};
use crate::db;
use crate::db::store_list::ListedStore;

/// Stores on one page.
const PAGE: u32 = 10;

const GREETING: &str = "안녕하세요, 간편주문이에요. 매장을 고르면 바로 주문할 수 있어요.\n\
    매장 이름이나 동네를 보내도 찾아 드려요.";

/// The way into everything.
pub async fn home(turn: &Turn<'_>) -> anyhow::Result<Reply> {
    let reply = nearby(turn, None, 0).await?;
    Ok(reply.map(|answer| answer.before(GREETING)))
}

/// Stores around a place, or around the store that the customer used last.
pub async fn nearby(turn: &Turn<'_>, at: Option<Place>, page: u32) -> anyhow::Result<Reply> {
    let near = match at {
        Some(place) => Some(place.degrees()),
        None => last_place(turn).await?,
    };
    let title = if near.is_some() { "가까운 매장" } else { "매장" };
    let answer = listed(turn, &[], near, page, title, |page| Action::Stores { at, page }).await?;
    let none = if page > 0 {
        "매장은 여기까지예요."
    } else {
        "아직 주문을 받는 매장이 없어요. 나중에 다시 찾아와 주세요."
    };
    let answer = answer.unwrap_or_else(|| Answer::text(none));
    let again = turn.customer.last_store.filter(|_| page == 0).map(|store| Action::Menu { store, page: 0 });
    Ok(shortcuts(answer.quick_if("최근 매장", again)).into())
}

/// One page of the stores that match; `None` when nothing is on it.
pub async fn listed(
    turn: &Turn<'_>,
    words: &[String],
    near: Option<(f64, f64)>,
    page: u32,
    title: &str,
    to_page: impl Fn(u32) -> Action,
) -> anyhow::Result<Option<Answer>> {
    let offset = i64::from(page) * i64::from(PAGE);
    // One more than is shown tells whether there is a next page.
    let (limit, now) = (i64::from(PAGE) + 1, turn.app.clock.now_ms());
    let mut stores = db::store_list::search(&turn.app.db, words, near, limit, offset, now).await?;
    if stores.is_empty() {
        return Ok(None);
    }
    let more = stores.len() > PAGE as usize;
    stores.truncate(PAGE as usize);
    let rows = stores.iter().map(row).collect();
    let mark = if more || page > 0 { format!(" ({}쪽)", page + 1) } else { String::new() };
    let answer = Answer::lists(vec![List::new(format!("{title}{mark}"), rows)], "매장은 여기까지예요.");
    let answer = answer.quick_if("다음 ▶", more.then(|| to_page(page + 1)));
    Ok(Some(answer.quick_if("◀ 이전", page.checked_sub(1).map(to_page))))
}

/// Where the store is that the customer used last.
pub async fn last_place(turn: &Turn<'_>) -> anyhow::Result<Option<(f64, f64)>> {
    let Some(store) = turn.customer.last_store else { return Ok(None) };
    let store = db::store_list::find(&turn.app.db, store, turn.app.clock.now_ms()).await?;
    Ok(store.map(|store| (store.lat, store.lon)))
}

/// Shortcuts that fit under most answers.
pub fn shortcuts(answer: Answer) -> Answer {
    answer
        .quick("주문서 보기", Action::Session)
        .quick("주문 상태", Action::Status)
        .quick("도움말", Action::Help)
}

fn row(store: &ListedStore) -> ListItem {
    let action = Action::Menu { store: store.store_id, page: 0 };
    ListItem::new(store.full_name(), format!("{} · {}", state(store), store.address), action)
}

/// Whether it is open and how long it takes, in words.
pub fn state(store: &ListedStore) -> String {
    if let Some(until) = store.rest_until.filter(|_| store.has_takeout()) {
        return format!("잠시 쉬는 중 · {}까지", until.kst_clock());
    }
    match (store.open, store.has_takeout()) {
        (_, false) => "배달만 해요".to_owned(),
        (false, true) => "지금은 준비 중".to_owned(),
        (true, true) if store.orders_ahead == 0 => format!("영업 중 · 약 {}분", store.prep_minutes),
        (true, true) => format!("영업 중 · 약 {}분 · 앞에 {}건", store.prep_minutes, store.orders_ahead),
    }
}
