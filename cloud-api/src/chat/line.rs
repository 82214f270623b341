//! One line of the order session: how many, or none.

use shared::id::LineId;
use shared::session::{MAX_QUANTITY, SessionVersion};

use super::action::Action;
use super::answer::{Answer, Button, TextCard};
use super::expecting::Expecting;
use super::session_store::{self, Found};
use super::turn::{Reply, Turn};
use super::{menu_cache, session};

/// Quantities that are one tap away.
const QUICK_QUANTITIES: u32 = 8;

/// Shows a line and asks how many of it there shall be.
pub async fn show(turn: &Turn<'_>, version: SessionVersion, line_id: LineId) -> anyhow::Result<Reply> {
    let kept = match session_store::find(turn.app, turn.customer.id, version).await? {
        Found::Current(kept) => kept,
        found @ (Found::Stale(_) | Found::Gone(_)) => return session::other_version(turn, found).await,
    };
    let Some(line) = kept.session.lines.iter().find(|line| line.id == line_id) else {
        return session::present(turn, &kept, Some("이미 뺀 메뉴예요.".to_owned())).await;
    };
    let menu = menu_cache::current(turn.app, kept.session.store_id).await?;
    let item = menu.as_ref().and_then(|now| now.menu.item(&line.item));
    let name = item.map_or("없어진 메뉴", |item| item.name.as_str());
    let priced = menu.as_ref().map(|now| now.menu.price(&line.item, &line.selections, line.quantity));
    let about = match priced {
        Some(Ok(priced)) => [session::options(&priced), priced.amount.to_string()].join("\n"),
        Some(Err(problem)) => problem.to_string(),
        None => "지금은 메뉴에 없어요".to_owned(),
    };
    let to = |quantity| Action::Quantity { version, line: line_id, quantity };
    let quantity = line.quantity;
    let mut card = TextCard::new(format!("{} × {quantity}", super::answer::fit_line(name, 42)))
        .description(format!("{about}\n몇 개로 할까요? 숫자를 보내도 돼요."));
    if quantity < MAX_QUANTITY {
        card = card.button(Button::new(format!("＋ 1개 더 ({}개)", quantity + 1), to(quantity + 1)));
    }
    if quantity > 1 {
        card = card.button(Button::new(format!("－ 1개 빼기 ({}개)", quantity - 1), to(quantity - 1)));
    }
    card = card.button(Button::new("이 메뉴 빼기", to(0)));
    let answer = (1..=QUICK_QUANTITIES)
        .filter(|count| *count != quantity)
        .fold(Answer::card(card), |answer, count| answer.quick(format!("{count}개"), to(count)));
    let answer = answer.quick("주문서 보기", Action::Session);
    Ok(Reply::asking(answer, Expecting::Quantity { version, line: line_id }))
}

/// Sets the pieces of a line; zero takes it out.
pub async fn set_quantity(
    turn: &Turn<'_>,
    version: SessionVersion,
    line: LineId,
    quantity: u32,
) -> anyhow::Result<Reply> {
    let changed = session_store::change_version(turn.app, turn.customer.id, version, |session| {
        session.set_quantity(line, quantity)
    });
    match changed.await? {
        (Found::Current(kept), Some(Ok(()))) => {
            let note = if quantity == 0 {
                "메뉴를 뺐어요.".to_owned()
            } else {
                format!("{quantity}개로 바꿨어요.")
            };
            session::present(turn, &kept, Some(note)).await
        }
        (Found::Current(kept), Some(Err(error))) => {
            session::present(turn, &kept, Some(format!("{error}."))).await
        }
        (found, _) => session::other_version(turn, found).await,
    }
}
