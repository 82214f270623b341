//! Confirming receipt (받았어요): the customer says that they have the food, so the order is complete now instead of an hour later.

use shared::id::{OrderId, StoreId};
use shared::order::{Actor, OrderCommand, Phase, PhaseName};

use super::action::Action;
use super::answer::{Answer, List};
use super::turn::{Reply, Turn};
use super::{order_card, review, status, texts};
use crate::db;
use crate::db::orders::LockedOrder;
use crate::failpoint;
use crate::orders::{Change, TransitionError, transition};
use crate::wake::Work;

const NOTHING_WAITS: &str = "지금 ‘받았어요’를 기다리는 주문은 없어요.";

/// Whether the customer may say that they have it.
pub fn can_confirm(phase: &Phase) -> bool {
    matches!(phase.name(), PhaseName::Ready | PhaseName::HandedOver)
}

/// "받았어요" from an AlimTalk or typed, which names no order: the one that can be confirmed, or a choice of them.
pub async fn confirm_newest(turn: &Turn<'_>) -> anyhow::Result<Reply> {
    let mut waiting = status::newest(turn).await?;
    waiting.retain(|found| can_confirm(&found.order.phase));
    match waiting.as_slice() {
        [] => {
            let reply = status::list(turn).await?;
            Ok(reply.map(|answer| answer.before(NOTHING_WAITS)))
        }
        [found] => confirm(turn, found.context.store_id, found.order.id).await,
        several => {
            let row = |found: &LockedOrder| {
                status::row_to(
                    found,
                    Action::Received { store: found.context.store_id, order: found.order.id },
                )
            };
            let rows = several.iter().map(row).collect();
            let answer = Answer::lists(vec![List::new("어느 주문을 받으셨나요?", rows)], NOTHING_WAITS);
            Ok(answer.quick("주문 상태", Action::Status).into())
        }
    }
}

/// Completes the order; a second tap finds it complete and shows it.
pub async fn confirm(turn: &Turn<'_>, store: StoreId, order: OrderId) -> anyhow::Result<Reply> {
    if order_card::own(turn, store, order).await?.is_none() {
        return Ok(Answer::text(texts::OLD_BUTTON).quick("주문 상태", Action::Status).into());
    }
    let app = turn.app;
    let mut tx = app.db.begin().await?;
    let locked = db::orders::lock(&mut tx, store, order).await?;
    let commands = match locked.map(|locked| locked.order.phase.name()) {
        Some(PhaseName::Ready) => vec![OrderCommand::HandOver, OrderCommand::Complete],
        Some(PhaseName::HandedOver) => vec![OrderCommand::Complete],
        Some(_) | None => Vec::new(),
    };
    let is_new = !commands.is_empty();
    let mut work = Work::default();
    for command in commands {
        let change =
            Change { store_id: store, order_id: order, command, by: Actor::Customer, expected_version: None };
        match transition(&mut tx, &app.clock, change).await {
            Ok(made) => work = work.and(made.work),
            Err(TransitionError::Refused(_)) => return status::show(turn, store, order).await,
            Err(error) => return Err(error.into()),
        }
    }
    failpoint::reach("order.before_commit").await?;
    tx.commit().await?;
    failpoint::reach("order.after_commit").await?;
    app.wake.up(work);
    let reply = status::show(turn, store, order).await?;
    Ok(if is_new {
        let ask = "맛있게 드세요! 주문이 완료됐어요.\n음식은 어떠셨어요? 별점을 눌러 주세요.";
        reply.map(|answer| {
            let card = answer.without_quick(|action| matches!(action, Action::AskStars { .. }));
            review::question(ask, (store, order), false).then(card)
        })
    } else {
        reply
    })
}
