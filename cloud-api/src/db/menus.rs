//! Menu documents. What is sold out or counted lies beside them: a document says what a store sells, not what is there today.

use shared::TimeMs;
use shared::availability::{Sellable, SoldOut, SoldOutUntil};
use shared::id::{ItemKey, StoreId};
use shared::log::StoreEvent;
use shared::menu::Menu;
use sqlx::PgConnection;

use super::availability::{self, sellable};
use super::stock;
use crate::clock::to_utc;

/// A menu of one moment.
#[derive(Debug, Clone)]
pub struct CurrentMenu {
    pub version: i64,
    pub menu: Menu,
}

/// The menu as it can be sold at `now`, without what is disabled.
pub async fn current(
    tx: &mut PgConnection,
    store_id: StoreId,
    now: TimeMs,
) -> Result<Option<CurrentMenu>, sqlx::Error> {
    let Some(CurrentMenu { version, menu }) = published(tx, store_id).await? else { return Ok(None) };
    let availability = availability::read(tx, store_id, now).await?;
    Ok(Some(CurrentMenu { version, menu: availability.lay_over(menu.for_customers(), now) }))
}

/// The current document as people edit it: with what is disabled, without what is sold out or counted.
pub async fn published(tx: &mut PgConnection, store_id: StoreId) -> Result<Option<CurrentMenu>, sqlx::Error> {
    let row = sqlx::query!(
        "select m.menu_version, m.document from menu_document m
         join store s on s.store_id = m.store_id and s.menu_version = m.menu_version where m.store_id = $1",
        store_id.0
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let menu: Menu = serde_json::from_value(row.document).map_err(|e| sqlx::Error::Decode(e.into()))?;
    Ok(Some(CurrentMenu { version: row.menu_version, menu: without_marks(menu) }))
}

/// Writes the next version and makes it the current one.
pub async fn publish(
    tx: &mut PgConnection,
    store_id: StoreId,
    menu: &Menu,
    now: TimeMs,
) -> Result<i64, sqlx::Error> {
    let document = serde_json::to_value(menu).map_err(|e| sqlx::Error::Encode(e.into()))?;
    let version = sqlx::query_scalar!(
        "update store set menu_version = menu_version + 1, updated_at = $2 where store_id = $1 returning menu_version",
        store_id.0,
        to_utc(now)
    )
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into menu_document (store_id, menu_version, document, created_at) values ($1, $2, $3, $4)",
        store_id.0,
        version,
        document,
        to_utc(now)
    )
    .execute(&mut *tx)
    .await?;
    Ok(version)
}

/// Takes over what an imported document marks: sold out until somebody says otherwise, and pieces of counted items. Says what the log has to
/// say of it.
pub async fn take_over_marks(
    tx: &mut PgConnection,
    store_id: StoreId,
    menu: &Menu,
    now: TimeMs,
) -> Result<Vec<StoreEvent>, sqlx::Error> {
    let mut said = Vec::new();
    for item in menu.items() {
        if let Some(pieces) = item.stock {
            stock::set(tx, store_id, &item.key, pieces).await?;
            said.push(StoreEvent::StockSet { item: item.key.clone(), pieces: Some(pieces) });
        }
    }
    for what in marked(menu) {
        let mark = SoldOut { what, until: SoldOutUntil::Manual, since: now };
        availability::mark(tx, store_id, &mark).await?;
        said.push(StoreEvent::SoldOut { what: mark.what, until: mark.until, sold_out_at: now });
    }
    Ok(said)
}

fn marked(menu: &Menu) -> Vec<Sellable> {
    let items = menu.items().filter(|item| item.sold_out).map(|item| Sellable::Item(item.key.clone()));
    let options = menu.option_groups.iter().flat_map(|group| {
        let gone = group.options.iter().filter(|option| option.sold_out);
        gone.map(|option| Sellable::Option { group: group.key.clone(), option: option.key.clone() })
    });
    items.chain(options).collect()
}

/// The document alone: marks of documents were taken over when they were imported.
pub fn without_marks(mut menu: Menu) -> Menu {
    for item in menu.categories.iter_mut().flat_map(|category| &mut category.items) {
        item.sold_out = false;
        item.stock = None;
    }
    for option in menu.option_groups.iter_mut().flat_map(|group| &mut group.options) {
        option.sold_out = false;
    }
    menu
}

/// What decides what customers see at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuState {
    pub version: i64,
    /// In a fixed order.
    pub sold_out: Vec<Sellable>,
    pub stock: Vec<(ItemKey, u32)>,
}

impl MenuState {
    /// Puts what is sold out and left on a menu that another moment marked.
    pub fn mark(&self, menu: &mut Menu) {
        let sold_out = |what: &Sellable| self.sold_out.binary_search(what).is_ok();
        for item in menu.categories.iter_mut().flat_map(|category| &mut category.items) {
            item.sold_out = sold_out(&Sellable::Item(item.key.clone()));
            item.stock = self.stock.iter().find(|(key, _)| *key == item.key).map(|(_, left)| *left);
        }
        for group in &mut menu.option_groups {
            for option in &mut group.options {
                option.sold_out =
                    sold_out(&Sellable::Option { group: group.key.clone(), option: option.key.clone() });
            }
        }
    }
}

/// The version of the menu with what is sold out and left now; `None` when the store has no menu. One small statement, so that it can
/// be asked at each turn of a conversation.
pub async fn state(
    db: &mut PgConnection,
    store_id: StoreId,
    now: TimeMs,
) -> Result<Option<MenuState>, sqlx::Error> {
    let rows = sqlx::query!(
        "select s.menu_version as \"version!\", null::text as group_key, null::text as key, null::integer as remaining
         from store s where s.store_id = $1 and s.menu_version > 0
         union all
         select 0, null, k.item_key, greatest(k.remaining - k.held, 0) from item_stock k where k.store_id = $1
         union all
         select 0, o.group_key, o.key, null from sold_out o
         where o.store_id = $1 and (o.until_at is null or o.until_at > $2)",
        store_id.0,
        to_utc(now)
    )
    .fetch_all(db)
    .await?;
    let mut state = MenuState { version: 0, sold_out: Vec::new(), stock: Vec::new() };
    for row in rows {
        match (row.group_key, row.key, row.remaining) {
            (Some(group), Some(key), None) => state.sold_out.push(sellable(group, key)),
            (None, Some(key), Some(left)) => {
                state.stock.push((ItemKey(key), u32::try_from(left).unwrap_or(0)))
            }
            _ => state.version = row.version,
        }
    }
    state.sold_out.sort_unstable();
    state.stock.sort_unstable();
    Ok((state.version > 0).then_some(state))
}
