//! What others say of a store (리뷰 보기). Nobody is named.

use shared::id::{OrderId, StoreId};
use shared::schedule::KstDate;

use super::action::Action;
use super::answer::{Answer, fit_line};
use super::pages::Page;
use super::texts;
use super::turn::{Reply, Turn};
use crate::db;
use crate::db::personal::{self, ReviewPrivate};
use crate::db::reviews::ListedReview;

/// Reviews on one page: a bubble for each.
const PAGE: usize = 3;
/// Newest reviews that can be leafed through.
const MAX_LISTED: i64 = 60;
/// Longest names of what was bought.
const MAX_ITEMS: usize = 60;

/// The newest reviews of a store.
pub async fn show(turn: &Turn<'_>, store_id: StoreId, page: u32) -> anyhow::Result<Reply> {
    let app = turn.app;
    let elsewhere = Action::Stores { at: None, page: 0, far: false };
    let Some(store) = db::store_list::find(&app.db, store_id, app.clock.now_ms()).await? else {
        return Ok(Answer::text(texts::NO_STORE).quick("매장 찾기", elsewhere).into());
    };
    let all = db::reviews::newest(&app.db, store_id, None, MAX_LISTED).await?;
    let page = Page::of(&all, page, PAGE);
    let orders: Vec<OrderId> = page.rows.iter().map(|listed| listed.order_id).collect();
    let kept = personal::get_reviews(&app.db, &app.vault, store_id, &orders).await?;
    let rating = db::ratings::of_store(&app.db, store_id).await?.customer_text();
    let head = [Some(store.full_name()), rating].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let mut bubbles = page.rows.iter().map(|listed| body(listed, kept.get(&listed.order_id)));
    let answer = match bubbles.next() {
        Some(first) => Answer::text(format!("{head} · 리뷰{}\n\n{first}", page.mark())),
        None => Answer::text(format!("{head}\n아직 리뷰가 없어요. 주문하고 첫 리뷰를 남겨 주세요.")),
    };
    let answer = bubbles.fold(answer, |answer, text| answer.then(Answer::text(text)));
    let answer = page.turn(answer, |page| Action::Reviews { store: store_id, page });
    Ok(answer
        .quick("메뉴판", Action::Menu { store: store_id, page: 0 })
        .quick("별점순 메뉴", Action::BestRated { store: Some(store_id) })
        .quick("다른 매장", elsewhere)
        .quick("주문 상태", Action::Status)
        .into())
}

/// A review in words, for everybody: what is hidden says so and why.
pub fn body(listed: &ListedReview, kept: Option<&ReviewPrivate>) -> String {
    let (_, month, day) = KstDate::of(listed.review.written_at).parts();
    let items = fit_line(&listed.items.join(", "), MAX_ITEMS);
    let mut lines = vec![format!("{} · {month}월 {day}일 · {items}", listed.review.stars.drawn())];
    if let Some((reason, _)) = listed.review.hidden {
        let why = kept.and_then(|kept| kept.hidden_why.as_deref()).unwrap_or(reason.customer_text());
        lines.push(format!("가게 요청으로 가려진 리뷰 · {why}"));
    } else if let Some(kept) = kept {
        lines.extend(kept.text.clone());
        lines.extend(kept.reply.as_ref().map(|reply| format!("↳ 사장님: {reply}")));
    }
    lines.join("\n")
}
