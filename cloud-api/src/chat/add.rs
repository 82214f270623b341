//! Puts a finished draft into the order session.

use shared::session::{OrderSession, SessionError};

use super::action::{Action, Nonce};
use super::answer::{Answer, Button, TextCard};
use super::draft::Draft;
use super::menu::{Opened, open};
use super::session_store::{self, Change, Kept};
use super::turn::{Reply, Turn};
use super::{item, session, texts};

/// What came of it.
enum Added {
    Done(Kept),
    Again(Kept),
    OtherStore,
    Refused(SessionError),
}

/// Adds one piece. The same tap adds once; a session of another store is given up only when `switch` says so.
pub async fn add(turn: &Turn<'_>, draft: Draft, nonce: Nonce, switch: bool) -> anyhow::Result<Reply> {
    let menu = match open(turn, draft.store).await? {
        Opened::Menu(_, menu) => menu,
        Opened::Instead(reply) => return Ok(reply),
    };
    let Some(wanted) = menu.item(&draft.item) else {
        return Ok(item::gone(draft.store, texts::NO_ITEM));
    };
    if !draft.fits(&menu, wanted) {
        let reply = item::present(&menu, draft.store, wanted);
        return Ok(reply.map(|answer| answer.before(texts::ITEM_CHANGED)));
    }
    let selections = draft.selections(&menu, wanted);
    if let Err(problem) = menu.price(&wanted.key, &selections, 1) {
        let reply = item::present(&menu, draft.store, wanted);
        return Ok(reply.map(|answer| answer.before(format!("{}: {problem}", wanted.name))));
    }
    // Another choice from the same bubble is another wish; the same choice is the same tap.
    let addition = format!("{nonce}:{}:{}", wanted.key, draft.choices());
    let now = turn.app.clock.now_ms();
    let added = session_store::change(turn.app, turn.customer.id, |kept| {
        let kept = match kept {
            Some(kept) if kept.session.store_id == draft.store => kept,
            Some(_) if !switch => return (None, Added::OtherStore),
            Some(_) | None => Kept::new(OrderSession::new(draft.store, now)),
        };
        insert(kept, &addition, &draft, &selections)
    });
    Ok(match added.await? {
        Added::Done(kept) => {
            let words = draft.words(&menu, wanted);
            let what =
                if words.is_empty() { wanted.name.clone() } else { format!("{} ({words})", wanted.name) };
            session::present(turn, &kept, Some(format!("담았어요: {what}"))).await?
        }
        Added::Again(kept) => session::present(turn, &kept, Some("이미 담은 메뉴예요.".to_owned())).await?,
        Added::OtherStore => ask_to_switch(draft, nonce),
        Added::Refused(error) => session::show(turn).await?.map(|answer| answer.before(format!("{error}."))),
    })
}

fn insert(
    mut kept: Kept,
    addition: &str,
    draft: &Draft,
    selections: &[shared::menu::Selection],
) -> (Option<Change>, Added) {
    let before = kept.session.version;
    match kept.session.add(addition, draft.item.clone(), selections.to_vec(), 1) {
        Err(error) => (None, Added::Refused(error)),
        Ok(()) if kept.session.version == before => (None, Added::Again(kept)),
        Ok(()) => (Some(Change::Keep(kept.clone())), Added::Done(kept)),
    }
}

fn ask_to_switch(draft: Draft, nonce: Nonce) -> Reply {
    let card = TextCard::new("다른 매장의 주문서가 있어요")
        .description("한 번에 한 매장에서만 주문할 수 있어요. 지금 주문서를 비우고 이 메뉴를 담을까요?")
        .button(Button::new("비우고 담기", Action::Add { draft, nonce, switch: true }))
        .button(Button::new("그대로 두기", Action::Session));
    Answer::card(card).into()
}
