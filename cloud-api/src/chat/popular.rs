//! What is ordered most (인기 메뉴) and rated best (별점순), at one store or at all of them. Only what can be ordered now is shown.

use std::collections::HashMap;
use std::sync::Arc;

use shared::id::{ItemKey, StoreId};
use shared::menu::Menu;
use shared::review::LEAST_SHOWN;

use super::action::Action;
use super::answer::{Answer, List, ListItem};
use super::menu_cache;
use super::turn::{Doing, Reply, Turn};
use crate::db;
use crate::read_models::most_ordered;

/// Items that are shown.
const SHOWN: usize = 5;
/// Items that are looked at: some of them cannot be ordered now.
const LOOKED_AT: i64 = 12;

/// The items ordered most lately.
pub fn show<'a>(turn: &'a Turn<'a>, store: Option<StoreId>) -> Doing<'a> {
    Box::pin(present(turn, store))
}

/// The items rated best.
pub fn best<'a>(turn: &'a Turn<'a>, store: Option<StoreId>) -> Doing<'a> {
    Box::pin(present_best(turn, store))
}

async fn present(turn: &Turn<'_>, store: Option<StoreId>) -> anyhow::Result<Reply> {
    let items = most_ordered(&turn.app.db, store, turn.app.clock.now_ms(), LOOKED_AT).await?;
    let ranked = items.into_iter().map(|item| Ranked {
        about: format!("주문 {}번", item.orders),
        store_id: item.store_id,
        item: item.item,
    });
    let none = "아직 많이 주문한 메뉴가 없어요. 메뉴판에서 골라 주세요.";
    let answer = listed(turn, store, ranked.collect(), ("인기 메뉴", "요즘 많이 주문한 메뉴"), none).await?;
    let all = store.is_some().then_some(Action::Popular { store: None });
    let answer = answer.quick("별점순 메뉴", Action::BestRated { store }).quick_if("다른 매장 인기", all);
    Ok(ways(answer).into())
}

async fn present_best(turn: &Turn<'_>, store: Option<StoreId>) -> anyhow::Result<Reply> {
    let items = db::ratings::best(&turn.app.db, store, LOOKED_AT).await?;
    let ranked = items.into_iter().filter_map(|item| {
        Some(Ranked { about: item.rating.customer_text()?, store_id: item.store_id, item: item.item })
    });
    let none =
        format!("아직 별점이 {LEAST_SHOWN}개 모인 메뉴가 없어요. 인기 메뉴를 보거나 메뉴판에서 골라 주세요.");
    let answer = listed(turn, store, ranked.collect(), ("별점순 메뉴", "별점이 높은 메뉴"), &none).await?;
    let all = store.is_some().then_some(Action::BestRated { store: None });
    let reviews = store.map(|store| Action::Reviews { store, page: 0 });
    let answer = answer.quick_if("리뷰 보기", reviews).quick("인기 메뉴", Action::Popular { store });
    Ok(ways(answer.quick_if("다른 매장 별점", all)).into())
}

/// An item and why it is among the first.
struct Ranked {
    store_id: StoreId,
    item: ItemKey,
    about: String,
}

/// The first of them that can be ordered now. `titles` are that of one store and that of all.
async fn listed(
    turn: &Turn<'_>,
    store: Option<StoreId>,
    ranked: Vec<Ranked>,
    titles: (&str, &str),
    none: &str,
) -> anyhow::Result<Answer> {
    let mut shops = Shops::default();
    let mut rows = Vec::new();
    for item in ranked {
        if rows.len() == SHOWN {
            break;
        }
        if let Some(row) = shops.row(turn, &item, rows.len() + 1, store.is_none()).await? {
            rows.push(row);
        }
    }
    let title = match store {
        Some(store) => match shops.of(turn, store).await? {
            Some(shop) => format!("{} {}", shop.name, titles.0),
            None => titles.0.to_owned(),
        },
        None => titles.1.to_owned(),
    };
    let answer = Answer::lists(vec![List::new(title, rows)], none);
    Ok(answer.quick_if("메뉴판", store.map(|store| Action::Menu { store, page: 0 })))
}

fn ways(answer: Answer) -> Answer {
    answer
        .quick("매장 찾기", Action::Stores { at: None, page: 0, far: false })
        .quick("주문서 보기", Action::Session)
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
        ranked: &Ranked,
        rank: usize,
        of_all: bool,
    ) -> anyhow::Result<Option<ListItem>> {
        let Some(shop) = self.of(turn, ranked.store_id).await? else { return Ok(None) };
        let Some(item) = shop.menu.item(&ranked.item) else { return Ok(None) };
        if item.sold_out || item.disabled || item.stock == Some(0) || (of_all && !shop.open) {
            return Ok(None);
        }
        let title = format!("{rank}위 {}", item.name);
        let about = match of_all {
            true => format!("{} · {} · {}", item.price, shop.name, ranked.about),
            false => format!("{} · {}", item.price, ranked.about),
        };
        let action = Action::Item { store: ranked.store_id, item: ranked.item.clone() };
        Ok(Some(ListItem::new(title, about, action)))
    }
}
