//! Counted items. What is left follows the store's log, as [`shared::availability::Availability::order_changed`] does: an order takes its
//! pieces with its first event and gives them back when it ends early. Before money is captured the pieces are held.

use shared::id::{ItemKey, OrderId, StoreId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Sets what is left today. Payments under way hold their part of it.
pub async fn set(
    tx: &mut PgConnection,
    store_id: StoreId,
    item: &ItemKey,
    pieces: u32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into item_stock (store_id, item_key, remaining, held)
         select $1::uuid, $2::text, $3::integer, coalesce(sum(i.quantity), 0)::integer
         from order_item i join orders o using (store_id, order_id)
         where i.store_id = $1 and i.item_key = $2 and o.phase = 'pending_payment' and o.stock_reserved
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

/// What is left of every counted item, as the log says it.
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

/// Holds what an order needs while it is paid for. `false` when something is short; then nothing is held and the caller rolls back.
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
         free as (
             select s.item_key, s.remaining - s.held as left_over, n.pieces from item_stock s join needed n using (item_key)
             where s.store_id = $1 order by s.item_key for update of s),
         short as (select count(*) as items from free where left_over < pieces),
         taken as (
             update item_stock s set held = s.held + free.pieces from free
             where s.store_id = $1 and s.item_key = free.item_key and (select items from short) = 0),
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

/// Takes the counted items of these orders, for a transaction that will change them after it took something that is taken after them.
pub async fn hold(tx: &mut PgConnection, orders: &[(StoreId, OrderId)]) -> Result<(), sqlx::Error> {
    let (stores, ids): (Vec<Uuid>, Vec<Uuid>) =
        orders.iter().map(|(store, order)| (store.0, order.0)).unzip();
    sqlx::query!(
        "select s.item_key from item_stock s
         where (s.store_id, s.item_key) in (
             select i.store_id, i.item_key from unnest($1::uuid[], $2::uuid[]) as held (store_id, order_id)
             join order_item i using (store_id, order_id))
         order by s.store_id, s.item_key for update of s",
        &stores,
        &ids
    )
    .fetch_all(tx)
    .await?;
    Ok(())
}

/// Frees what an order held that was never placed; does nothing when it held nothing.
pub async fn release(tx: &mut PgConnection, store_id: StoreId, order_id: OrderId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with freed as (
             update orders set stock_reserved = false
             where store_id = $1 and order_id = $2 and stock_reserved returning order_id),
         needed as (
             select i.item_key, sum(i.quantity)::integer as pieces from order_item i join freed using (order_id)
             where i.store_id = $1 group by i.item_key),
         counted as (
             select s.item_key, n.pieces from item_stock s join needed n using (item_key)
             where s.store_id = $1 order by s.item_key for update of s)
         update item_stock s set held = greatest(s.held - counted.pieces, 0) from counted
         where s.store_id = $1 and s.item_key = counted.item_key",
        store_id.0,
        order_id.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// An order comes into the log: what it held, or needs, is gone from what is left.
pub async fn sell(tx: &mut PgConnection, store_id: StoreId, order_id: OrderId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with held as (select stock_reserved from orders where store_id = $1 and order_id = $2),
         marked as (
             update orders set stock_reserved = true where store_id = $1 and order_id = $2 and not stock_reserved),
         needed as (
             select item_key, sum(quantity)::integer as pieces from order_item
             where store_id = $1 and order_id = $2 group by item_key),
         counted as (
             select s.item_key, n.pieces from item_stock s join needed n using (item_key)
             where s.store_id = $1 order by s.item_key for update of s)
         update item_stock s set remaining = greatest(s.remaining - counted.pieces, 0),
             held = case when held.stock_reserved then greatest(s.held - counted.pieces, 0) else s.held end
         from counted, held
         where s.store_id = $1 and s.item_key = counted.item_key",
        store_id.0,
        order_id.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// An order of the log ends early: its pieces can be sold again. Once for each order.
pub async fn put_back(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with freed as (
             update orders set stock_reserved = false
             where store_id = $1 and order_id = $2 and stock_reserved returning order_id),
         needed as (
             select i.item_key, sum(i.quantity)::integer as pieces from order_item i join freed using (order_id)
             where i.store_id = $1 group by i.item_key),
         counted as (
             select s.item_key, n.pieces from item_stock s join needed n using (item_key)
             where s.store_id = $1 order by s.item_key for update of s)
         update item_stock s set remaining = s.remaining + counted.pieces from counted
         where s.store_id = $1 and s.item_key = counted.item_key",
        store_id.0,
        order_id.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
