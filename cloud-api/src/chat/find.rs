//! Finding stores and menu items by what was typed.

use shared::id::StoreId;

use super::action::{Action, Place};
use super::answer::{Answer, List};
use super::turn::{Reply, Turn};
use super::{help, menu, menu_cache, stores};
use crate::db;

/// Most characters of a query that are looked at; it has to fit into buttons.
const MAX_QUERY: usize = 30;
/// Most words of a query.
const MAX_WORDS: usize = 6;

/// Stores whose name, branch or address has the words, and before them items of the store that the customer is looking at.
pub async fn find(turn: &Turn<'_>, query: &str, page: u32) -> anyhow::Result<Reply> {
    let query: String = query.chars().take(MAX_QUERY).collect();
    let words = words(&query);
    if words.is_empty() {
        return Ok(help::not_understood(&query));
    }
    let items = match turn.customer.last_store {
        Some(store) if page == 0 => items(turn, store, &query).await?,
        Some(_) | None => None,
    };
    let middle = db::store_list::middle_of(&turn.app.db, &words).await?;
    let near = match middle {
        Some(middle) => Some(middle),
        None => stores::last_place(turn).await?,
    };
    let to_page = |page| Action::Find { query: query.clone(), page };
    let title = format!("‘{query}’ 매장");
    let found = stores::listed(turn, &words, near, page, &title, to_page).await?;
    let around = middle.map(|(lat, lon)| Action::Stores { at: Some(Place::new(lat, lon)), page: 0 });
    let answer = match (items, found) {
        (None, None) => return Ok(help::not_understood(&query)),
        (Some(items), None) => items,
        (None, Some(found)) => found,
        (Some(items), Some(found)) => items.then(found),
    };
    Ok(stores::shortcuts(answer.quick_if("이 근처 매장", around)).into())
}

async fn items(turn: &Turn<'_>, store: StoreId, query: &str) -> anyhow::Result<Option<Answer>> {
    let Some(now) = menu_cache::current(turn.app, store).await? else { return Ok(None) };
    let wanted = normal(query);
    let hits: Vec<_> = now.menu.items().filter(|item| normal(&item.name).contains(&wanted)).collect();
    if hits.is_empty() {
        return Ok(None);
    }
    let rows = hits.iter().take(List::MAX_ROWS).map(|item| menu::row(&now.menu, store, item)).collect();
    let header = match hits.len() {
        many if many > List::MAX_ROWS => format!("‘{query}’ 메뉴 {many}개 중 {}개", List::MAX_ROWS),
        few => format!("‘{query}’ 메뉴 {few}개"),
    };
    let answer = Answer::lists(vec![List::new(header, rows)], "메뉴가 없어요.");
    Ok(Some(answer.quick("메뉴판", Action::Menu { store, page: 0 })))
}

/// Words as the database compares them.
fn words(query: &str) -> Vec<String> {
    query.split_whitespace().map(normal).filter(|word| !word.is_empty()).take(MAX_WORDS).collect()
}

/// Without spaces, in lower case.
pub fn normal(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}
