//! What open pages of orders ask again and again.

use shared::id::{OrderId, StoreId};

/// Changes exactly when an order's page does, time aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    pub order_version: i32,
    /// The newest change of its attempts and refunds, in microseconds since 1970.
    pub money_moved: i64,
    /// The last event of it that the read models have.
    pub seq: i64,
    pub ahead: i64,
}

/// Looks whether something changed; `None` when the order is gone.
pub async fn pulse(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<Pulse>, sqlx::Error> {
    sqlx::query_as!(
        Pulse,
        "select o.version as order_version,
                coalesce((select (extract(epoch from max(greatest(a.updated_at, r.updated_at))) * 1000000)::bigint
                    from payment_attempt a
                    left join refund r on r.store_id = a.store_id and r.attempt_id = a.attempt_id
                    where a.store_id = o.store_id and a.order_id = o.order_id), 0) as \"money_moved!\",
                coalesce((select s.seq from order_status s
                    where s.store_id = o.store_id and s.order_id = o.order_id), 0) as \"seq!\",
                (select count(*) from orders b where b.store_id = o.store_id and b.day_id = o.day_id
                    and b.phase in ('placed', 'accepted', 'cooking') and b.number < o.number) as \"ahead!\"
         from orders o where o.store_id = $1 and o.order_id = $2",
        store_id.0,
        order_id.0
    )
    .fetch_optional(db)
    .await
}

/// Orders of the same day before this one that the kitchen still has.
pub async fn ahead(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<u32, sqlx::Error> {
    let ahead = sqlx::query_scalar!(
        "select count(*) as \"ahead!\" from orders o
         join orders b on b.store_id = o.store_id and b.day_id = o.day_id and b.number < o.number
             and b.phase in ('placed', 'accepted', 'cooking')
         where o.store_id = $1 and o.order_id = $2",
        store_id.0,
        order_id.0
    )
    .fetch_one(db)
    .await?;
    Ok(u32::try_from(ahead).unwrap_or(u32::MAX))
}
