//! A store's menu: at a glance, the names of its categories, and one category.

use std::sync::Arc;

use shared::id::{CategoryKey, StoreId};
use shared::menu::{Category, Item, Menu};

use super::action::Action;
use super::answer::{Answer, Button, List, ListItem};
use super::pages::Page;
use super::turn::{Reply, Turn};
use super::{menu_cache, options, stores, texts};
use crate::db;
use crate::db::store_list::ListedStore;

/// A store with its menu, or what to say when there is none to order from.
pub enum Opened {
    Menu(Box<ListedStore>, Arc<Menu>),
    Instead(Reply),
}

/// Opens a store's menu and remembers the store as the one looked at last.
pub async fn open(turn: &Turn<'_>, store_id: StoreId) -> anyhow::Result<Opened> {
    let elsewhere = Action::Stores { at: None, page: 0, far: false };
    let Some(store) = db::store_list::find(&turn.app.db, store_id, turn.app.clock.now_ms()).await? else {
        return Ok(Opened::Instead(Answer::text(texts::NO_STORE).quick("매장 찾기", elsewhere).into()));
    };
    if !store.has_takeout() {
        let text = format!(
            "{}은(는) 배달만 하는 매장이에요. 아직 채팅으로는 포장 주문만 받을 수 있어요. 다른 매장을 골라 주세요.",
            store.full_name()
        );
        return Ok(Opened::Instead(Answer::text(text).quick("매장 찾기", elsewhere).into()));
    }
    let Some(now) = menu_cache::current(turn.app, store_id).await? else {
        let text =
            format!("{}은(는) 아직 메뉴를 준비하고 있어요. 다른 매장을 골라 주세요.", store.full_name());
        return Ok(Opened::Instead(Answer::text(text).quick("매장 찾기", elsewhere).into()));
    };
    if turn.customer.last_store != Some(store_id) {
        db::customers::set_last_store(&turn.app.db, turn.customer.id, store_id).await?;
    }
    Ok(Opened::Menu(Box::new(store), now.menu))
}

/// The first items of some categories side by side.
pub async fn overview(turn: &Turn<'_>, store_id: StoreId, page: u32) -> anyhow::Result<Reply> {
    let (store, menu) = match open(turn, store_id).await? {
        Opened::Menu(store, menu) => (store, menu),
        Opened::Instead(reply) => return Ok(reply),
    };
    let categories = filled(&menu);
    let (lists_at_once, rows_at_once) = List::SIDE_BY_SIDE;
    let page = Page::of(&categories, page, lists_at_once);
    let lists = page.rows.iter().map(|category| {
        let rows = category.items.iter().take(rows_at_once).map(|item| row(&menu, store_id, item)).collect();
        let list = List::new(&category.name, rows);
        let whole = Action::Category { store: store_id, category: category.key.clone(), page: 0 };
        match category.items.len() {
            few if few <= rows_at_once => list,
            many => list.button(Button::new(format!("{many}개 모두 보기"), whole)),
        }
    });
    let answer = Answer::lists(lists.collect(), "아직 메뉴가 없어요.");
    let rating = db::ratings::of_store(&turn.app.db, store_id).await.unwrap_or_default();
    let stars = rating.customer_text().map_or_else(String::new, |stars| format!("{stars} · "));
    let head = format!(
        "{}\n{stars}{}{}",
        store.full_name(),
        stores::state(&store, turn.app.clock.now_ms()),
        page.mark()
    );
    let answer = page.turn(answer.before(head), |page| Action::Menu { store: store_id, page });
    let names = (categories.len() > lists_at_once).then_some(Action::Categories { store: store_id, page: 0 });
    let reviews = (rating.ratings > 0).then_some(Action::Reviews { store: store_id, page: 0 });
    let (label, mark) = stores::mark_button(turn, store_id).await;
    Ok(shortcuts(
        answer
            .quick_if("카테고리 목록", names)
            .quick("인기 메뉴", Action::Popular { store: Some(store_id) })
            .quick_if("리뷰 보기", reviews)
            .quick_if(label, mark),
    )
    .into())
}

/// The names of the categories.
pub async fn categories(turn: &Turn<'_>, store_id: StoreId, page: u32) -> anyhow::Result<Reply> {
    let (store, menu) = match open(turn, store_id).await? {
        Opened::Menu(store, menu) => (store, menu),
        Opened::Instead(reply) => return Ok(reply),
    };
    let categories = filled(&menu);
    let page = Page::of(&categories, page, List::MAX_ROWS);
    let rows = page.rows.iter().map(|category| {
        let action = Action::Category { store: store_id, category: category.key.clone(), page: 0 };
        ListItem::new(&category.name, format!("{}가지", category.items.len()), action)
    });
    let header = format!("{} 카테고리{}", store.full_name(), page.mark());
    let answer = Answer::lists(vec![List::new(header, rows.collect())], "아직 메뉴가 없어요.");
    let answer = page.turn(answer, |page| Action::Categories { store: store_id, page });
    Ok(shortcuts(answer.quick("메뉴판", Action::Menu { store: store_id, page: 0 })).into())
}

/// The items of one category.
pub async fn category(
    turn: &Turn<'_>,
    store_id: StoreId,
    key: &CategoryKey,
    page: u32,
) -> anyhow::Result<Reply> {
    let menu = match open(turn, store_id).await? {
        Opened::Menu(_, menu) => menu,
        Opened::Instead(reply) => return Ok(reply),
    };
    let board = Action::Menu { store: store_id, page: 0 };
    let Some(category) = menu.category(key) else {
        return Ok(Answer::text("이 카테고리는 지금 없어요. 메뉴판에서 다시 골라 주세요.")
            .quick("메뉴판", board)
            .into());
    };
    let page = Page::of(&category.items, page, List::MAX_ROWS);
    let rows = page.rows.iter().map(|item| row(&menu, store_id, item)).collect();
    let header = format!("{}{}", category.name, page.mark());
    let answer = Answer::lists(vec![List::new(header, rows)], "이 카테고리에는 지금 메뉴가 없어요.");
    let to_page = |page| Action::Category { store: store_id, category: key.clone(), page };
    Ok(shortcuts(page.turn(answer, to_page).quick("메뉴판", board)).into())
}

/// One item in a list: its price, and whether it can be had.
pub fn row(menu: &Menu, store: StoreId, item: &Item) -> ListItem {
    let action = Action::Item { store, item: item.key.clone() };
    let price = item.price.to_string();
    let description = match (options::missing(menu, item), item.stock) {
        (Some(_), _) => format!("품절 · {price}"),
        (None, Some(left)) => format!("{price} · {left}개 남음"),
        (None, None) => match &item.description {
            Some(text) => format!("{price} · {text}"),
            None => price,
        },
    };
    ListItem::new(&item.name, description, action)
}

/// Categories that have items.
fn filled(menu: &Menu) -> Vec<&Category> {
    menu.categories.iter().filter(|category| !category.items.is_empty()).collect()
}

fn shortcuts(answer: Answer) -> Answer {
    answer
        .quick("주문서 보기", Action::Session)
        .quick("다른 매장", Action::Stores { at: None, page: 0, far: false })
        .quick("주문 상태", Action::Status)
}
