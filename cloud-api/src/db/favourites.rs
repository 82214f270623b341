//! Stores that a customer marked, and stores that they ordered from.

use shared::TimeMs;
use shared::id::{CustomerId, StoreId};

use crate::clock::to_utc;

/// Most stores that a customer can mark.
pub const MAX_FAVOURITES: i64 = 50;
/// Most stores ordered from that are looked up.
const MAX_USED: i64 = 50;

/// Marks a store, or does nothing when it is marked; `false` when there are too many.
pub async fn mark(
    db: impl sqlx::PgExecutor<'_>,
    customer: CustomerId,
    store: StoreId,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let marked = sqlx::query_scalar!(
        "with before as (select store_id from favourite_store where customer_id = $1),
              added as (
                  insert into favourite_store (customer_id, store_id, created_at)
                  select $1, s.store_id, $3 from store s where s.store_id = $2 and (select count(*) from before) < $4
                  on conflict do nothing returning store_id)
         select exists (select 1 from added) or exists (select 1 from before where store_id = $2) as \"marked!\"",
        customer.0,
        store.0,
        to_utc(now),
        MAX_FAVOURITES
    )
    .fetch_one(db)
    .await?;
    Ok(marked)
}

/// Takes a mark away.
pub async fn unmark(
    db: impl sqlx::PgExecutor<'_>,
    customer: CustomerId,
    store: StoreId,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from favourite_store where customer_id = $1 and store_id = $2", customer.0, store.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether a store is marked.
pub async fn is_marked(
    db: impl sqlx::PgExecutor<'_>,
    customer: CustomerId,
    store: StoreId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (select 1 from favourite_store where customer_id = $1 and store_id = $2) as \"marked!\"",
        customer.0,
        store.0
    )
    .fetch_one(db)
    .await
}

/// The marked stores, the newest first.
pub async fn marked(
    db: impl sqlx::PgExecutor<'_>,
    customer: CustomerId,
) -> Result<Vec<StoreId>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        "select store_id from favourite_store where customer_id = $1 order by created_at desc, store_id limit $2",
        customer.0,
        MAX_FAVOURITES
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(StoreId).collect())
}

/// Stores that the customer paid an order of, the latest first.
pub async fn used(db: impl sqlx::PgExecutor<'_>, customer: CustomerId) -> Result<Vec<StoreId>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        "select c.store_id from customer_order c
         join orders o on o.store_id = c.store_id and o.order_id = c.order_id
         where c.customer_id = $1 and o.placed_at is not null
         group by c.store_id order by max(c.created_at) desc limit $2",
        customer.0,
        MAX_USED
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(StoreId).collect())
}
