//! Messages to customers: outbox and log in one table.

use serde_json::Value;
use shared::TimeMs;
use shared::id::NotificationId;
use shared::order::Order;
use sqlx::PgConnection;

use crate::clock::to_utc;
use crate::orders::{OrderContext, Template};

/// Queues a message about what `order` is now. One per template and version.
pub async fn create(
    tx: &mut PgConnection,
    context: &OrderContext,
    order: &Order,
    template: Template,
    variables: &Value,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (store_id, notification_id, order_id, customer_id, template, order_version, variables,
                                   state, next_try_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $8)
         on conflict (store_id, order_id, template, order_version) do nothing",
        context.store_id.0,
        NotificationId::fresh().0,
        order.id.0,
        context.customer_id.0,
        template.code(),
        i32::try_from(order.version).expect("an order has few events"),
        variables,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}
