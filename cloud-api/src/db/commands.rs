//! Commands of counters with the answers that they got, for ever the same.

use shared::TimeMs;
use shared::id::{CommandKey, DeviceId, OrderId, StoreId};
use shared::wire::CommandAnswer;
use sqlx::PgConnection;

use crate::clock::to_utc;

/// A command that came before.
#[derive(Debug, Clone)]
pub struct Answered {
    pub body_hash: Vec<u8>,
    pub answer: CommandAnswer,
}

/// What was answered to this key.
pub async fn find(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    key: CommandKey,
) -> Result<Option<Answered>, sqlx::Error> {
    let row = sqlx::query!(
        "select body_hash, answer from command where store_id = $1 and key = $2",
        store_id.0,
        key.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let answer = serde_json::from_value(row.answer).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Answered { body_hash: row.body_hash, answer })
    })
    .transpose()
}

/// Takes the order's row first of all, as everybody does; `false` when the store has no such order.
pub async fn lock_order(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query_scalar!(
        "select 1 as \"one!\" from orders where store_id = $1 and order_id = $2 for update",
        store_id.0,
        order_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// A command with its answer, about to be written.
pub struct NewCommand<'a> {
    pub key: CommandKey,
    pub device_id: DeviceId,
    pub device_seq: i64,
    pub body_hash: &'a [u8],
    pub kind: &'a str,
    pub order_id: OrderId,
    pub answer: &'a CommandAnswer,
}

/// Writes a command's answer beside its effect. Waits for another transaction with the same key; `false` when that one was first.
pub async fn insert(
    tx: &mut PgConnection,
    store_id: StoreId,
    new: &NewCommand<'_>,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let answer = serde_json::to_value(new.answer).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let inserted = sqlx::query!(
        "insert into command (store_id, key, device_id, device_seq, body_hash, kind, order_id, answer, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (store_id, key) do nothing",
        store_id.0,
        new.key.0,
        new.device_id.0,
        new.device_seq,
        new.body_hash,
        new.kind,
        new.order_id.0,
        answer,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(inserted.rows_affected() == 1)
}
