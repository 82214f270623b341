//! What is ordered most (인기 메뉴), at one store or at all of them. Only what can be ordered now is shown.

use std::collections::HashMap;
use std::sync::Arc;

use shared::id::StoreId;
use shared::menu::Menu;

use super::action::Action;
use super::answer::{Answer, List, ListItem};
use super::menu_cache;
use super::turn::{Doing, Reply, Turn};
use crate::db;
use crate::read_models::{PopularItem, most_ordered};

/// Items that are shown.
const SHOWN: usize = 5;
/// Items that are looked at: some of them cannot be ordered now.
const LOOKED_AT: i64 = 12;

/// The items ordered most lately.
pub fn show<'a>(turn: &'a Turn<'a>, store: Option<StoreId>) -> Doing<'a> {
    Box::pin(present(turn, store))
}

async fn present(turn: &Turn<'_>, store: Option<StoreId>) -> anyhow::Result<Reply> {
    let items = most_ordered(&turn.app.db, store, turn.app.clock.now_ms(), LOOKED_AT).await?;
    let mut shops = Shops::default();
    let mut rows = Vec::new();
    for item in items {
        if rows.len() == SHOWN {
            break;
        }
        if let Some(row) = shops.row(turn, &item, rows.len() + 1, store.is_none()).await? {
            rows.push(row);
        }
    }
    let title = match store {
        Some(store) => match shops.of(turn, store).await? {
            Some(shop) => format!("{} 인기 메뉴", shop.name),
            None => "인기 메뉴".to_owned(),
        },
        None => "요즘 많이 주문한 메뉴".to_owned(),
    };
    let none = "아직 많이 주문한 메뉴가 없어요. 메뉴판에서 골라 주세요.";
    let answer = Answer::lists(vec![List::new(title, rows)], none);
    let answer = answer.quick_if("메뉴판", store.map(|store| Action::Menu { store, page: 0 }));
    let all = store.is_some().then_some(Action::Popular { store: None });
    Ok(answer
        .quick_if("다른 매장 인기", all)
        .quick("매장 찾기", Action::Stores { at: None, page: 0, far: false })
        .quick("주문서 보기", Action::Session)
        .into())
}

/// Stores that were looked at in this turn.
#[derive(Default)]
struct Shops {
    seen: HashMap<StoreId, Option<Shop>>,
}

#[derive(Clone)]
struct Shop {
    name: String,
    /// Whether it takes orders now.
    open: bool,
    menu: Arc<Menu>,
}

impl Shops {
    async fn of(&mut self, turn: &Turn<'_>, store: StoreId) -> anyhow::Result<Option<Shop>> {
        if let Some(known) = self.seen.get(&store) {
            return Ok(known.clone());
        }
        let found = db::store_list::find(&turn.app.db, store, turn.app.clock.now_ms()).await?;
        let menu = menu_cache::current(turn.app, store).await?;
        let shop = found.zip(menu).map(|(found, now)| Shop {
            name: found.full_name(),
            open: found.open && found.has_takeout(),
            menu: now.menu,
        });
        self.seen.insert(store, shop.clone());
        Ok(shop)
    }

    /// The row of an item; `None` when it cannot be ordered now. A closed store's own page shows it all the same.
    async fn row(
        &mut self,
        turn: &Turn<'_>,
        popular: &PopularItem,
        rank: usize,
        of_all: bool,
    ) -> anyhow::Result<Option<ListItem>> {
        let Some(shop) = self.of(turn, popular.store_id).await? else { return Ok(None) };
        let Some(item) = shop.menu.item(&popular.item) else { return Ok(None) };
        if item.sold_out || item.disabled || item.stock == Some(0) || (of_all && !shop.open) {
            return Ok(None);
        }
        let title = format!("{rank}위 {}", item.name);
        let orders = popular.orders;
        let about = match of_all {
            true => format!("{} · {} · 주문 {orders}번", item.price, shop.name),
            false => format!("{} · 주문 {orders}번", item.price),
        };
        let action = Action::Item { store: popular.store_id, item: popular.item.clone() };
        Ok(Some(ListItem::new(title, about, action)))
    }
}
