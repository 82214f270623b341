//! Confirming receipt (받았어요): the customer says that they have the food, so the order is complete now instead of an hour later.

use shared::id::{OrderId, StoreId};
use shared::order::{Actor, OrderCommand, Phase, PhaseName};

use super::action::Action;
use super::answer::Answer;
use super::turn::{Reply, Turn};
use super::{order_card, review, status, texts};
use crate::db;
use crate::failpoint;
use crate::orders::{Change, TransitionError, transition};
use crate::wake::Work;

/// Whether the customer may say that they have it.
pub fn can_confirm(phase: &Phase) -> bool {
    matches!(phase.name(), PhaseName::Ready | PhaseName::HandedOver)
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
        reply.map(|answer| review::question(ask, (store, order), false).then(answer))
    } else {
        reply
    })
}
