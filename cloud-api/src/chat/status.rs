//! Where the customer's orders stand (주문 상태).

use shared::id::{OrderId, StoreId};
use shared::order::{Order, Phase};

use super::action::Action;
use super::answer::{Answer, Button, List, ListItem, TextCard};
use super::placement::PAYMENT_MINUTES;
use super::turn::{Reply, Turn};
use super::{order_card, points, received, review, texts};
use crate::db;
use crate::db::orders::LockedOrder;
use crate::orders::summary;

/// Orders that are looked at.
const NEWEST: i64 = 5;

/// The customer's newest orders, the newest first.
pub async fn newest(turn: &Turn<'_>) -> anyhow::Result<Vec<LockedOrder>> {
    let mut orders = Vec::new();
    for (store, order, _) in db::customer_orders::newest(&turn.app.db, turn.customer.id, NEWEST).await? {
        orders.extend(order_card::own(turn, store, order).await?);
    }
    Ok(orders)
}

/// The newest order on a card, the few before it in a list.
pub async fn list(turn: &Turn<'_>) -> anyhow::Result<Reply> {
    let orders = newest(turn).await?;
    let Some((first, rest)) = orders.split_first() else {
        let answer = Answer::text("아직 주문이 없어요. 매장을 골라 주문해 보세요.");
        return Ok(answer.quick("매장 찾기", Action::Stores { at: None, page: 0, far: false }).into());
    };
    let mut answer = card(turn, first).await?;
    if !rest.is_empty() {
        let rows = rest.iter().map(row).collect();
        answer = answer.then(Answer::lists(vec![List::new("지난 주문", rows)], "지난 주문이 없어요."));
    }
    Ok(shortcuts(answer).into())
}

/// One order.
pub async fn show(turn: &Turn<'_>, store: StoreId, order: OrderId) -> anyhow::Result<Reply> {
    Ok(match order_card::own(turn, store, order).await? {
        Some(found) => shortcuts(card(turn, &found).await?).into(),
        None => shortcuts(Answer::text(texts::OLD_BUTTON)).into(),
    })
}

async fn card(turn: &Turn<'_>, found: &LockedOrder) -> anyhow::Result<Answer> {
    let (order, store) = (&found.order, found.context.store_id);
    let title = match &order.ticket {
        Some(ticket) => format!("{} · {}번 · {}", ticket.call_name, ticket.number, found.context.store_name),
        None => found.context.store_name.clone(),
    };
    let made = order.ticket.as_ref().map_or(found.created_at, |ticket| ticket.placed_at);
    let mut text = order_card::state(order);
    if let Some(wait) = wait(turn, found).await? {
        text.push_str(&format!("\n{wait}"));
    }
    if let Some(back) = part_back(order) {
        text.push_str(&format!("\n{back}"));
    }
    text.push_str(&format!("\n{}", order_card::lines(order)));
    text.push_str(&format!("\n{} · {} 주문", order.details.total, made.kst_clock()));
    if let Some(paid) = points::line(&order.details) {
        text.push_str(&format!("\n{paid}"));
    }
    let mut card = TextCard::new(title);
    let in_time = turn.app.clock.now_ms() < found.created_at.plus_minutes(PAYMENT_MINUTES);
    if order.phase == Phase::PendingPayment {
        if db::attempts::in_flight(&turn.app.db, store, order.id).await? {
            text = format!("{}\n{text}", texts::PAYMENT_CHECKING);
        } else if in_time {
            card = card.button(order_card::pay_button(turn, order.id));
        } else {
            text = format!("결제 시간이 지났어요. 다시 주문해 주세요.\n{text}");
        }
    } else {
        card = card.button(order_card::live_button(turn, order.id));
    }
    if received::can_confirm(&order.phase) {
        card = card.button(Button::new("받았어요", Action::Received { store, order: order.id }));
    }
    if order_card::can_cancel(order) {
        card = card.button(Button::new("주문 취소", Action::AskCancel { store, order: order.id }));
    }
    let mut answer = review::offer(turn, found, Answer::card(card.description(text))).await?;
    if order.ticket.is_some() {
        answer = answer
            .quick("영수증", Action::Receipt { store, order: order.id })
            .quick("다시 주문", Action::Repeat { store, order: order.id, switch: false });
    }
    Ok(answer)
}

/// How long it still takes and how many come before it, while the kitchen has it.
async fn wait(turn: &Turn<'_>, found: &LockedOrder) -> Result<Option<String>, sqlx::Error> {
    let now = turn.app.clock.now_ms();
    let time = match found.order.phase {
        Phase::Placed { .. } => format!("보통 약 {}분 걸려요", found.promised_minutes(now)),
        Phase::Accepted { ready_by, .. } | Phase::Cooking { ready_by, .. } => match ready_by.ms_since(now) {
            ..=0 => "예정 시각이 조금 지났어요. 곧 준비돼요".to_owned(),
            left => format!("약 {}분 남았어요", (left + 59_999) / 60_000),
        },
        Phase::PendingPayment
        | Phase::Reserved { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. }
        | Phase::Rejected { .. }
        | Phase::Cancelled { .. } => return Ok(None),
    };
    let ahead = db::order_pages::ahead(&turn.app.db, found.context.store_id, found.order.id).await?;
    Ok(Some(format!("{time} · 앞에 {ahead}건")))
}

/// What the store gave back while the order went on.
fn part_back(order: &Order) -> Option<String> {
    let promised = order.refund_promised;
    if promised.is_zero() || order.phase.name().is_final() {
        return None;
    }
    let state = if order.refunded >= promised { "환불했어요" } else { "환불하고 있어요" };
    Some(format!("매장이 {promised}을 카카오페이로 {state}."))
}

fn row(found: &LockedOrder) -> ListItem {
    row_to(found, Action::Order { store: found.context.store_id, order: found.order.id })
}

/// An order in a list, with what a tap on it does.
pub fn row_to(found: &LockedOrder, action: Action) -> ListItem {
    let order = &found.order;
    let title = format!("{} · {}", super::answer::fit_line(&summary(order), 30), order.details.total);
    ListItem::new(title, order_card::state(order), action)
}

fn shortcuts(answer: Answer) -> Answer {
    answer
        .quick("새로고침", Action::Status)
        .quick("주문서 보기", Action::Session)
        .quick("매장 찾기", Action::Stores { at: None, page: 0, far: false })
        .quick("내 정보", Action::Mine)
        .quick("도움말", Action::Help)
}
