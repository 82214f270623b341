//! Menu documents, with what is left today of counted items.

use shared::TimeMs;
use shared::id::{ItemKey, StoreId};
use shared::menu::Menu;
use sqlx::PgConnection;

use super::stock;
use crate::clock::to_utc;

/// A menu of one moment.
#[derive(Debug, Clone)]
pub struct CurrentMenu {
    pub version: i64,
    pub menu: Menu,
}

/// The menu that customers see now: `stock` of each counted item is what is left.
pub async fn current(tx: &mut PgConnection, store_id: StoreId) -> Result<Option<CurrentMenu>, sqlx::Error> {
    let Some(mut current) = published(tx, store_id).await? else { return Ok(None) };
    let left = stock::read(tx, store_id).await?;
    for item in current.menu.categories.iter_mut().flat_map(|category| &mut category.items) {
        if item.stock.is_some() {
            item.stock = left.iter().find(|(key, _)| key == &item.key).map(|(_, left)| *left);
        }
    }
    Ok(Some(current))
}

/// The current menu as it was published: `stock` is what the document named, not what is left.
pub async fn published(tx: &mut PgConnection, store_id: StoreId) -> Result<Option<CurrentMenu>, sqlx::Error> {
    let row = sqlx::query!(
        "select m.menu_version, m.document from menu_document m
         join store s on s.store_id = m.store_id and s.menu_version = m.menu_version where m.store_id = $1",
        store_id.0
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let menu = serde_json::from_value(row.document).map_err(|e| sqlx::Error::Decode(e.into()))?;
    Ok(Some(CurrentMenu { version: row.menu_version, menu }))
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

/// The version of the menu that customers see now, with what is left of every counted item; `None` when the store has no menu.
pub async fn version_and_stock(
    db: &mut PgConnection,
    store_id: StoreId,
) -> Result<Option<(i64, Vec<(ItemKey, u32)>)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select s.menu_version, k.item_key as \"item_key?\", k.remaining as \"remaining?\"
         from store s left join item_stock k on k.store_id = s.store_id where s.store_id = $1 and s.menu_version > 0",
        store_id.0
    )
    .fetch_all(db)
    .await?;
    let Some(version) = rows.first().map(|row| row.menu_version) else { return Ok(None) };
    let stock = rows
        .into_iter()
        .filter_map(|row| Some((ItemKey(row.item_key?), u32::try_from(row.remaining?).unwrap_or(0))));
    Ok(Some((version, stock.collect())))
}
