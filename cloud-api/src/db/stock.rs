//! Counted items. Pieces are reserved before money is captured and freed when the order ends early.

use shared::id::{ItemKey, OrderId, StoreId};
use sqlx::PgConnection;

/// Sets what is left today.
pub async fn set(
    tx: &mut PgConnection,
    store_id: StoreId,
    item: &ItemKey,
    pieces: u32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into item_stock (store_id, item_key, remaining) values ($1, $2, $3)
         on conflict (store_id, item_key) do update set remaining = excluded.remaining",
        store_id.0,
        item.0,
        i32::try_from(pieces).unwrap_or(i32::MAX)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// No count is kept any more.
pub async fn forget(tx: &mut PgConnection, store_id: StoreId, item: &ItemKey) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from item_stock where store_id = $1 and item_key = $2", store_id.0, item.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// What is left of every counted item.
pub async fn read(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
) -> Result<Vec<(ItemKey, u32)>, sqlx::Error> {
    let rows = sqlx::query!("select item_key, remaining from item_stock where store_id = $1", store_id.0)
        .fetch_all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (ItemKey(row.item_key), u32::try_from(row.remaining).unwrap_or(0)))
        .collect())
}

/// Reserves what an order needs. `false` when something is short; then nothing is reserved and the caller rolls back.
pub async fn reserve(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<bool, sqlx::Error> {
    // One statement: the rows are locked before they are counted, and change only when none is short.
    let short = sqlx::query_scalar!(
        "with needed as (
             select item_key, sum(quantity)::integer as pieces from order_item
             where store_id = $1 and order_id = $2 group by item_key),
         held as (
             select s.item_key, s.remaining, n.pieces from item_stock s join needed n using (item_key)
             where s.store_id = $1 order by s.item_key for update of s),
         short as (select count(*) as items from held where remaining < pieces),
         taken as (
             update item_stock s set remaining = s.remaining - held.pieces from held
             where s.store_id = $1 and s.item_key = held.item_key and (select items from short) = 0),
         marked as (
             update orders set stock_reserved = true
             where store_id = $1 and order_id = $2 and (select items from short) = 0)
         select items as \"short!\" from short",
        store_id.0,
        order_id.0
    )
    .fetch_one(tx)
    .await?;
    Ok(short == 0)
}

/// Frees what an order had reserved; does nothing when it held nothing.
pub async fn release(tx: &mut PgConnection, store_id: StoreId, order_id: OrderId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with freed as (
             update orders set stock_reserved = false
             where store_id = $1 and order_id = $2 and stock_reserved returning order_id),
         needed as (
             select i.item_key, sum(i.quantity)::integer as pieces from order_item i join freed using (order_id)
             where i.store_id = $1 group by i.item_key)
         update item_stock s set remaining = s.remaining + n.pieces from needed n
         where s.store_id = $1 and s.item_key = n.item_key",
        store_id.0,
        order_id.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
