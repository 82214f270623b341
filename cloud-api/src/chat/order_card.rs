//! An order on a card.

use anyhow::Context as _;
use shared::id::{OrderId, StoreId};
use shared::order::{Order, Phase};

use super::action::Action;
use super::answer::{Answer, Button, TextCard};
use super::placement::PAYMENT_MINUTES;
use super::points;
use super::session;
use super::turn::{Reply, Turn};
use crate::db;
use crate::db::orders::LockedOrder;
use crate::db::store_list::ListedStore;
use crate::token;

/// Most lines of an order that the card names.
const MAX_LINES: usize = 6;

/// The order that waits for its payment, with the wait and the button to pay.
pub async fn to_pay(turn: &Turn<'_>, store: &ListedStore, order: OrderId) -> anyhow::Result<Reply> {
    let mut db = turn.app.db.acquire().await?;
    let found = db::orders::read(&mut db, store.store_id, order).await?;
    let found = found.context("the order that was just made is missing")?;
    let mut wait = format!("지금 주문하면 {}", store.wait);
    if let (Some(at), Some(fires_at)) = (found.order.pick_up_at, found.fires_at()) {
        wait = format!(
            "{} 예약 · {}에 매장에 전달돼요. 그 전에는 취소하고 모두 돌려받을 수 있어요.",
            at.kst_clock(),
            fires_at.kst_clock()
        );
    } else if !store.reachable {
        wait.push_str(&format!(
            "\n지금 매장 PC가 꺼져 있어 확인이 늦을 수 있어요. 결제하고 {}분 안에 확인이 없으면 자동으로 취소되고 전액 환불돼요.",
            found.accept_deadline_minutes
        ));
    }
    let until = found.created_at.plus_minutes(PAYMENT_MINUTES).kst_clock();
    let paid = points::line(&found.order.details).map_or_else(String::new, |line| format!("\n{line}"));
    let text = format!("{}{paid}\n{wait}\n{until}까지 결제해 주세요.", lines(&found.order));
    let card = TextCard::new(format!("{} · {}", store.full_name(), found.order.details.total))
        .description(text)
        .button(pay_button(turn, order));
    drop(db);
    let choice = points::choice(turn, &found).await?;
    let card = choice.into_iter().fold(card, TextCard::button);
    let cancel = Action::AskCancel { store: store.store_id, order };
    Ok(Answer::card(card)
        .quick("주문서 고치기", Action::Session)
        .quick("주문 상태", Action::Status)
        .quick("주문 취소", cancel)
        .into())
}

/// Opens the page that leads to KakaoPay.
pub fn pay_button(turn: &Turn<'_>, order: OrderId) -> Button {
    Button::open("카카오페이로 결제", page(turn, "pay", order))
}

/// Opens the order's live page.
pub fn live_button(turn: &Turn<'_>, order: OrderId) -> Button {
    Button::open("실시간으로 보기", live_page(turn, order))
}

/// The address of the order's live page.
pub fn live_page(turn: &Turn<'_>, order: OrderId) -> String {
    page(turn, "o", order)
}

fn page(turn: &Turn<'_>, kind: &str, order: OrderId) -> String {
    let config = &turn.app.config;
    let token = token::link(&config.signing_key, "order", order.0);
    format!("{}/{kind}/{token}", config.public_url)
}

/// Lines of an order in words, the first few of them.
pub fn lines(order: &Order) -> String {
    let all = &order.details.lines;
    let mut lines: Vec<String> = all
        .iter()
        .take(MAX_LINES)
        .map(|line| {
            let words = session::options(line);
            let name = super::answer::fit_line(&line.name, 24);
            let words =
                if words.is_empty() { words } else { format!(" ({})", super::answer::fit_line(&words, 24)) };
            format!("· {name}{words} × {}", line.quantity)
        })
        .collect();
    if let Some(more) = all.len().checked_sub(MAX_LINES).filter(|more| *more > 0) {
        lines.push(format!("· 그 밖에 {more}가지"));
    }
    lines.join("\n")
}

/// One of the customer's own orders; `None` when it is somebody else's or not there.
pub async fn own(turn: &Turn<'_>, store: StoreId, order: OrderId) -> anyhow::Result<Option<LockedOrder>> {
    let mut db = turn.app.db.acquire().await?;
    let found = db::orders::read(&mut db, store, order).await?;
    Ok(found.filter(|found| found.context.customer_id == turn.customer.id))
}

/// Where an order stands, in words.
pub fn state(order: &Order) -> String {
    let refund = || match (order.ticket.is_some(), order.refunded == order.details.total) {
        (false, _) => String::new(),
        (true, true) => format!(" {}을 카카오페이로 환불했어요.", order.details.total),
        (true, false) => format!(" {}을 카카오페이로 환불하고 있어요.", order.details.total),
    };
    match &order.phase {
        Phase::PendingPayment => "결제를 기다리고 있어요.".to_owned(),
        Phase::Placed { accept_by } => {
            format!(
                "매장이 확인하고 있어요. {}까지 확인하지 못하면 자동으로 취소되고 환불돼요.",
                accept_by.kst_clock()
            )
        }
        Phase::Reserved { fires_at } => format!(
            "{} 예약이에요. {}에 매장에 전달돼요. 그 전에는 취소할 수 있어요.",
            order.pick_up_at.unwrap_or(*fires_at).kst_clock(),
            fires_at.kst_clock()
        ),
        Phase::Accepted { ready_by, .. } => {
            format!("매장이 접수했어요. {}쯤 준비돼요.", ready_by.kst_clock())
        }
        Phase::Cooking { ready_by, .. } => format!("조리하고 있어요. {}쯤 준비돼요.", ready_by.kst_clock()),
        Phase::Ready { since } => format!("준비됐어요! ({}) 매장에서 받아 가세요.", since.kst_clock()),
        Phase::HandedOver { at } => format!("{}에 받아 가셨어요.", at.kst_clock()),
        Phase::Completed { at } => format!("{}에 완료됐어요.", at.kst_clock()),
        Phase::Rejected { at, reason } => {
            format!(
                "{}에 매장이 주문을 받지 못했어요: {}.{}",
                at.kst_clock(),
                reason.customer_text(),
                refund()
            )
        }
        Phase::Cancelled { at, reason } => {
            format!("{}에 취소됐어요: {}.{}", at.kst_clock(), reason.customer_text(), refund())
        }
    }
}

/// Whether the customer can still cancel it.
pub fn can_cancel(order: &Order) -> bool {
    match order.phase {
        Phase::PendingPayment | Phase::Reserved { .. } | Phase::Placed { .. } | Phase::Accepted { .. } => {
            true
        }
        Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. }
        | Phase::Rejected { .. }
        | Phase::Cancelled { .. } => false,
    }
}
