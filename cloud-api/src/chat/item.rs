//! One item: what it is, and the first thing to choose about it.

use shared::id::{ItemKey, StoreId};
use shared::menu::{Item, Menu};

use super::action::{Action, Nonce};
use super::answer::{Answer, Button, TextCard};
use super::draft::Draft;
use super::menu::{Opened, open};
use super::turn::{Reply, Turn};
use super::{options, texts};

/// Shows an item; the first group of its options in the same answer, so that nothing has to be tapped just to go on.
pub async fn show(turn: &Turn<'_>, store: StoreId, key: &ItemKey) -> anyhow::Result<Reply> {
    let menu = match open(turn, store).await? {
        Opened::Menu(_, menu) => menu,
        Opened::Instead(reply) => return Ok(reply),
    };
    Ok(match menu.item(key) {
        Some(item) => present(&menu, store, item),
        None => gone(store, texts::NO_ITEM),
    })
}

/// An item that cannot be had as the button meant it.
pub fn gone(store: StoreId, text: &str) -> Reply {
    Answer::text(text).quick("메뉴판", Action::Menu { store, page: 0 }).into()
}

/// What an item is, and what to choose first.
pub fn present(menu: &Menu, store: StoreId, item: &Item) -> Reply {
    let board = Action::Menu { store, page: 0 };
    let about = about(item);
    if let Some(why) = options::missing(menu, item) {
        return Answer::text(format!("{about}\n\n{why}")).quick("메뉴판", board).into();
    }
    let draft = Draft::new(store, menu, item);
    if item.option_groups.is_empty() {
        let add = Action::Add { draft, nonce: Nonce::fresh(), switch: false };
        let card =
            TextCard::new(&item.name).description(item.price.to_string()).button(Button::new("담기", add));
        return Answer::text(about).then(Answer::card(card)).quick("메뉴판", board).into();
    }
    options::ask(menu, item, draft, 0, 0, None).map(|answer| answer.before(about))
}

/// Name, price, description, allergens and origin. The law wants the last two shown before buying.
fn about(item: &Item) -> String {
    let mut lines = vec![item.name.clone(), item.price.to_string()];
    if let Some(left) = item.stock.filter(|left| *left > 0) {
        lines.push(format!("오늘 {left}개 남았어요"));
    }
    if !item.allergens.is_empty() {
        lines.push(format!("알레르기: {}", item.allergens.join(", ")));
    }
    if let Some(origin) = &item.origin {
        lines.push(format!("원산지: {origin}"));
    }
    if item.tax_free {
        lines.push("면세 상품이에요".to_owned());
    }
    if let Some(description) = &item.description {
        lines.push(description.clone());
    }
    if !item.is_main {
        lines.push("다른 메뉴와 함께 주문할 수 있어요".to_owned());
    }
    lines.join("\n")
}
