//! Unguessable addresses of orders and attempts. Only hashes of the tokens are stored.

use shared::id::{AttemptId, CustomerId, OrderId, StoreId};

use crate::token;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayLinkTarget {
    pub store_id: StoreId,
    pub order_id: OrderId,
    /// Present when the token belongs to one attempt, absent when it is the order's own.
    pub attempt_id: Option<AttemptId>,
}

/// Remembers what `token` opens; the same token again changes nothing.
pub async fn insert(
    db: impl sqlx::PgExecutor<'_>,
    token: &str,
    target: PayLinkTarget,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into pay_link (token_hash, store_id, order_id, attempt_id) values ($1, $2, $3, $4) on conflict do nothing",
        token::hash(token),
        target.store_id.0,
        target.order_id.0,
        target.attempt_id.map(|id| id.0)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What a token opens, if anything.
pub async fn find(db: impl sqlx::PgExecutor<'_>, token: &str) -> Result<Option<PayLinkTarget>, sqlx::Error> {
    let row = sqlx::query!(
        "select store_id, order_id, attempt_id from pay_link where token_hash = $1",
        token::hash(token)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| PayLinkTarget {
        store_id: StoreId(row.store_id),
        order_id: OrderId(row.order_id),
        attempt_id: row.attempt_id.map(AttemptId),
    }))
}

/// The same with who pays the order.
pub async fn find_with_payer(
    db: impl sqlx::PgExecutor<'_>,
    token: &str,
) -> Result<Option<(PayLinkTarget, CustomerId)>, sqlx::Error> {
    let row = sqlx::query!(
        "select l.store_id, l.order_id, l.attempt_id, o.customer_id
         from pay_link l join orders o on o.store_id = l.store_id and o.order_id = l.order_id where l.token_hash = $1",
        token::hash(token)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let target = PayLinkTarget {
            store_id: StoreId(row.store_id),
            order_id: OrderId(row.order_id),
            attempt_id: row.attempt_id.map(AttemptId),
        };
        (target, CustomerId(row.customer_id))
    }))
}
