//! Cancelling by the customer (주문 취소), until cooking starts.

use shared::id::{OrderId, StoreId};
use shared::order::{Actor, CancelReason, Order, OrderCommand, Refusal};

use super::action::Action;
use super::answer::{Answer, Button, TextCard};
use super::turn::{Reply, Turn};
use super::{order_card, points, texts};
use crate::db;
use crate::db::orders::LockedOrder;
use crate::failpoint;
use crate::orders::{Change, Made, TransitionError, transition};

/// What came of it.
enum Outcome {
    Cancelled(Box<Made>),
    Refused(Refusal),
    Checking,
}

/// Asks once more, saying what happens to the money.
pub async fn ask(turn: &Turn<'_>, store: StoreId, order: OrderId) -> anyhow::Result<Reply> {
    let Some(found) = order_card::own(turn, store, order).await? else {
        return Ok(old());
    };
    if !order_card::can_cancel(&found.order) {
        return too_late(turn, &found).await;
    }
    let money = match found.order.ticket {
        None => "아직 결제하지 않은 주문이에요.".to_owned(),
        Some(_) => format!("{}{}", comes_back(&found.order), points::also_back(&found.order)),
    };
    let card = TextCard::new("주문을 취소할까요?")
        .description(format!("{}\n{money}", order_card::lines(&found.order)))
        .button(Button::new("네, 취소할게요", Action::Cancel { store, order }))
        .button(Button::new("아니요", Action::Order { store, order }));
    Ok(Answer::card(card).quick("주문 상태", Action::Status).into())
}

/// What of the payment a cancellation gives back; a part may have gone back before.
fn comes_back(order: &Order) -> String {
    let left = order.refundable();
    if left == order.details.total {
        format!("결제한 {left}은 카카오페이로 모두 환불돼요.")
    } else if left.is_zero() {
        "결제한 금액은 매장이 먼저 모두 환불했어요.".to_owned()
    } else {
        format!("매장이 먼저 환불한 금액을 뺀 {left}이 카카오페이로 환불돼요.")
    }
}

/// The same once it is cancelled.
fn goes_back(order: &Order) -> String {
    match order.refundable() {
        left if left.is_zero() => comes_back(order),
        left => format!("{left}을 카카오페이로 환불해 드려요. 환불이 끝나면 ‘주문 상태’에서 볼 수 있어요."),
    }
}

/// Cancels; a second tap finds it cancelled and says so.
pub async fn cancel(turn: &Turn<'_>, store: StoreId, order: OrderId) -> anyhow::Result<Reply> {
    if order_card::own(turn, store, order).await?.is_none() {
        return Ok(old());
    }
    match run(turn, store, order).await? {
        Outcome::Cancelled(made) => {
            let text = match made.order.ticket {
                Some(_) => {
                    let at = turn.app.clock.now_ms().kst_clock();
                    format!("{at}에 주문을 취소했어요. {}", goes_back(&made.order))
                }
                None => "주문을 취소했어요. 결제된 금액은 없어요.".to_owned(),
            };
            Ok(after(Answer::text(text)))
        }
        Outcome::Checking => Ok(after(Answer::text(texts::PAYMENT_CHECKING))),
        Outcome::Refused(refusal) => refused(turn, store, order, refusal).await,
    }
}

async fn run(turn: &Turn<'_>, store_id: StoreId, order_id: OrderId) -> anyhow::Result<Outcome> {
    let app = turn.app;
    let mut tx = app.db.begin().await?;
    db::orders::lock(&mut tx, store_id, order_id).await?;
    if db::attempts::in_flight(&mut *tx, store_id, order_id).await? {
        return Ok(Outcome::Checking);
    }
    let change = Change {
        store_id,
        order_id,
        command: OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind },
        by: Actor::Customer,
        expected_version: None,
    };
    match transition(&mut tx, &app.clock, change).await {
        Ok(made) => {
            failpoint::reach("order.before_commit").await?;
            tx.commit().await?;
            failpoint::reach("order.after_commit").await?;
            app.wake.up(made.work);
            Ok(Outcome::Cancelled(Box::new(made)))
        }
        Err(TransitionError::Refused(refusal)) => Ok(Outcome::Refused(refusal)),
        Err(error) => Err(error.into()),
    }
}

async fn refused(turn: &Turn<'_>, store: StoreId, order: OrderId, refusal: Refusal) -> anyhow::Result<Reply> {
    let Some(found) = order_card::own(turn, store, order).await? else {
        return Ok(old());
    };
    match refusal {
        Refusal::AlreadyCancelled | Refusal::AlreadyRejected => {
            Ok(after(Answer::text(format!("이미 끝난 주문이에요. {}", order_card::state(&found.order)))))
        }
        Refusal::TooLate
        | Refusal::NotPaid
        | Refusal::AlreadyAccepted
        | Refusal::PrepTimeOutOfRange
        | Refusal::RefundTooLarge
        | Refusal::NotAllowed => too_late(turn, &found).await,
    }
}

/// The kitchen works on it, or it is over: only the store can help.
async fn too_late(turn: &Turn<'_>, found: &LockedOrder) -> anyhow::Result<Reply> {
    let state = order_card::state(&found.order);
    if found.order.phase.name().is_final() {
        return Ok(after(Answer::text(format!("이미 끝난 주문이에요. {state}"))));
    }
    let mut card = TextCard::new("지금은 취소할 수 없어요").description(format!(
        "{state}\n조리가 시작된 뒤에는 채팅에서 취소할 수 없어요. 매장에 전화해 주세요."
    ));
    let store = db::store_list::find(&turn.app.db, found.context.store_id, turn.app.clock.now_ms()).await?;
    if let Some(store) = store.filter(|store| !store.phone.trim().is_empty()) {
        card = card.button(Button::call("매장에 전화", store.phone));
    }
    Ok(after(Answer::card(card)))
}

fn after(answer: Answer) -> Reply {
    answer.quick("주문 상태", Action::Status).into()
}

fn old() -> Reply {
    after(Answer::text(texts::OLD_BUTTON))
}
