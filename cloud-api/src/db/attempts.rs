//! Payment attempts: one KakaoPay `ready … approve` life each.

use shared::id::{OrderId, StoreId};

/// Whether money of an order may be moving right now: then the order must neither be replaced nor cancelled as unpaid.
pub async fn in_flight(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (select 1 from payment_attempt where store_id = $1 and order_id = $2
             and state in ('approve_requested', 'approve_sent', 'approve_unknown', 'needs_review')) as \"moving!\"",
        store_id.0,
        order_id.0
    )
    .fetch_one(db)
    .await
}
