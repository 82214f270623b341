//! A customer's orders, over all stores.

use shared::TimeMs;
use shared::id::{CustomerId, OrderId, StoreId};
use shared::session::SessionVersion;
use sqlx::PgConnection;

use crate::clock::{to_ms, to_utc};

/// An order that waits for the customer's payment, or is one of the session being placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnOrder {
    pub store_id: StoreId,
    pub order_id: OrderId,
    pub session_version: String,
    /// Whether it was ever paid.
    pub placed: bool,
}

/// The newest orders of a customer with when they were made, newest first.
pub async fn newest(
    db: impl sqlx::PgExecutor<'_>,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<(StoreId, OrderId, TimeMs)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select store_id, order_id, created_at from customer_order
         where customer_id = $1 order by created_at desc, order_id desc limit $2",
        customer.0,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (StoreId(r.store_id), OrderId(r.order_id), to_ms(r.created_at))).collect())
}

/// The newest order of a customer that was paid.
pub async fn last_placed(
    db: impl sqlx::PgExecutor<'_>,
    customer: CustomerId,
) -> Result<Option<(StoreId, OrderId)>, sqlx::Error> {
    let row = sqlx::query!(
        "select o.store_id, o.order_id from customer_order c
         join orders o on o.store_id = c.store_id and o.order_id = c.order_id
         where c.customer_id = $1 and o.placed_at is not null order by c.created_at desc, c.order_id desc limit 1",
        customer.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (StoreId(row.store_id), OrderId(row.order_id))))
}

/// Orders that a new placement of this session must look at: every unpaid one, and paid ones of the same session version.
/// Oldest first, which is the order to lock them in.
pub async fn to_settle(
    tx: &mut PgConnection,
    customer: CustomerId,
    version: SessionVersion,
) -> Result<Vec<OwnOrder>, sqlx::Error> {
    let rows = sqlx::query!(
        "select o.store_id, o.order_id, o.session_version, o.placed_at is not null as \"placed!\"
         from customer_order c join orders o on o.store_id = c.store_id and o.order_id = c.order_id
         where c.customer_id = $1 and c.created_at >= $3
             and (o.phase = 'pending_payment' or (o.placed_at is not null and o.session_version = $2))
         order by o.order_id",
        customer.0,
        version.to_string(),
        to_utc(version.created.plus_ms(-LOOK_BACK_MS))
    )
    .fetch_all(tx)
    .await?;
    let orders = rows.into_iter().map(|row| OwnOrder {
        store_id: StoreId(row.store_id),
        order_id: OrderId(row.order_id),
        session_version: row.session_version,
        placed: row.placed,
    });
    Ok(orders.collect())
}

/// An unpaid order ends after half an hour, so older ones than a day need no look.
const LOOK_BACK_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether an order was ever paid.
pub async fn was_placed(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<bool, sqlx::Error> {
    let placed = sqlx::query_scalar!(
        "select placed_at is not null as \"placed!\" from orders where store_id = $1 and order_id = $2",
        store_id.0,
        order_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(placed.unwrap_or(false))
}
