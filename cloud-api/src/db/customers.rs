//! Customers: a bot's user key and nothing else.

use shared::TimeMs;
use shared::id::{CustomerId, StoreId};
use sqlx::{PgConnection, PgPool};

use crate::clock::to_utc;

/// Somebody who talks to the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    /// The store they looked at or ordered from last.
    pub last_store: Option<StoreId>,
}

/// The customer behind a bot user key, made when it is the first time. Reads first: almost always they are known.
pub async fn meet(db: &PgPool, bot_id: &str, user_key: &str, now: TimeMs) -> Result<Customer, sqlx::Error> {
    let known = sqlx::query!(
        "select customer_id, last_store_id from customer where bot_id = $1 and user_key = $2",
        bot_id,
        user_key
    )
    .fetch_optional(db)
    .await?;
    match known {
        Some(row) => {
            let last_store = row.last_store_id.map(StoreId);
            Ok(Customer { id: CustomerId(row.customer_id), last_store })
        }
        None => Ok(Customer { id: find_or_create(db, bot_id, user_key, now).await?, last_store: None }),
    }
}

/// The id of the customer behind a bot user key, made when it is the first time.
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

/// Remembers the store that a customer looked at last.
pub async fn set_last_store(
    db: impl sqlx::PgExecutor<'_>,
    customer: CustomerId,
    store: StoreId,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update customer set last_store_id = $2 where customer_id = $1", customer.0, store.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes a customer's row for the rest of the transaction: one placement at a time, however many phones. Comes before every order's lock.
pub async fn lock(tx: &mut PgConnection, customer: CustomerId) -> Result<(), sqlx::Error> {
    sqlx::query!("select 1 as \"one!\" from customer where customer_id = $1 for no key update", customer.0)
        .fetch_one(tx)
        .await?;
    Ok(())
}
