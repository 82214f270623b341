//! Commands of counters with the answers that they got, for ever the same.

use shared::TimeMs;
use shared::id::{CommandKey, DeviceId, OrderId, StoreId};
use shared::wire::{Command, CommandAnswer, Incarnation};
use sqlx::PgConnection;

use crate::clock::to_utc;

/// A command that came before.
#[derive(Debug, Clone)]
pub struct Answered {
    pub body_hash: Vec<u8>,
    pub answer: CommandAnswer,
}

/// What is known of a command that came.
#[derive(Debug, Clone)]
pub enum Seen {
    /// Its key came before.
    Before(Answered),
    /// Another command came under its number: the device's numbers were given out twice.
    NumberTaken,
    Never,
}

/// What was answered to this command's key, or whether its number belongs to another one.
pub async fn find(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    device_id: DeviceId,
    command: &Command,
) -> Result<Seen, sqlx::Error> {
    let rows = sqlx::query!(
        "select key, body_hash, answer from command where store_id = $1 and key = $2
         union all
         select key, body_hash, answer from command
         where store_id = $1 and device_id = $3 and incarnation = $4 and device_seq = $5 and incarnation <> 0",
        store_id.0,
        command.key.0,
        device_id.0,
        command.incarnation.0,
        command.device_seq
    )
    .fetch_all(db)
    .await?;
    let Some(row) = rows.iter().find(|row| row.key == Some(command.key.0)) else {
        return Ok(if rows.is_empty() { Seen::Never } else { Seen::NumberTaken });
    };
    let answer = row.answer.clone().unwrap_or_default();
    let answer = serde_json::from_value(answer).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(Seen::Before(Answered { body_hash: row.body_hash.clone().unwrap_or_default(), answer }))
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
    pub incarnation: Incarnation,
    pub body_hash: &'a [u8],
    pub kind: &'a str,
    pub order_id: Option<OrderId>,
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
        "insert into command (store_id, key, device_id, device_seq, body_hash, kind, order_id, answer, created_at,
                              incarnation)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (store_id, key) do nothing",
        store_id.0,
        new.key.0,
        new.device_id.0,
        new.device_seq,
        new.body_hash,
        new.kind,
        new.order_id.map(|id| id.0),
        answer,
        to_utc(now),
        new.incarnation.0
    )
    .execute(tx)
    .await?;
    Ok(inserted.rows_affected() == 1)
}
