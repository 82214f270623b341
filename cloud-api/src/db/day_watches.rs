//! When the server looks at a store's day: one row per store, which is the work.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::StoreId;
use sqlx::{PgConnection, PgPool};

use super::dead_letters;
use crate::clock::to_utc;

/// Sets when to look next.
pub async fn set(db: impl sqlx::PgExecutor<'_>, store_id: StoreId, due: TimeMs) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into day_watch (store_id, due_at) values ($1, $2)
         on conflict (store_id) do update set due_at = excluded.due_at, tries = 0",
        store_id.0,
        to_utc(due)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores to look at, oldest first.
pub async fn due(
    db: impl sqlx::PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<StoreId>, sqlx::Error> {
    let stores = sqlx::query_scalar!(
        "select store_id from day_watch where due_at <= $1 order by due_at limit $2",
        now,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(stores.into_iter().map(StoreId).collect())
}

/// Counts a failure and puts the next look off; the `max_tries`th in a row becomes a dead letter, which an operator sees.
pub async fn failed(
    db: &PgPool,
    store_id: StoreId,
    error: &str,
    now: DateTime<Utc>,
    seconds: i64,
    max_tries: i32,
) -> Result<(), sqlx::Error> {
    super::in_time(async {
        let mut tx = db.begin().await?;
        let tries = sqlx::query_scalar!(
            "update day_watch set tries = tries + 1, due_at = $2 where store_id = $1 returning tries",
            store_id.0,
            now + chrono::Duration::seconds(seconds)
        )
        .fetch_one(&mut *tx)
        .await?;
        if tries == max_tries {
            dead_letters::insert(&mut tx, Some(store_id), "day_watch", store_id.0, error, now).await?;
        }
        tx.commit().await
    })
    .await
}

/// Whether a counter was there since: its session is open and its device was seen.
pub async fn counter_seen(
    tx: &mut PgConnection,
    store_id: StoreId,
    since: TimeMs,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (select 1 from store_session t
             join device d on d.store_id = t.store_id and d.device_id = t.device_id and d.revoked_at is null
             where t.store_id = $1 and t.kind = 'counter' and t.ended_at is null
               and greatest(d.last_seen_at, d.ack_at, t.last_seen_at) > $2) as \"seen!\"",
        store_id.0,
        to_utc(since)
    )
    .fetch_one(tx)
    .await
}
