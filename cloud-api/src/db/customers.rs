//! Customers: a bot's user key and nothing else.

use shared::TimeMs;
use shared::id::CustomerId;

use crate::clock::to_utc;

/// The customer behind a bot user key, made when it is the first time.
pub async fn find_or_create(
    db: impl sqlx::PgExecutor<'_>,
    bot_id: &str,
    user_key: &str,
    now: TimeMs,
) -> Result<CustomerId, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "insert into customer (customer_id, bot_id, user_key, created_at) values ($1, $2, $3, $4)
         on conflict (bot_id, user_key) do update set user_key = excluded.user_key returning customer_id",
        CustomerId::fresh().0,
        bot_id,
        user_key,
        to_utc(now)
    )
    .fetch_one(db)
    .await?;
    Ok(CustomerId(id))
}
