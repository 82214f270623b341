//! The store log's table and its cursor.

use shared::TimeMs;
use shared::id::{DayId, OrderId, StoreId};
use shared::log::{ChainHash, GENESIS};
use sqlx::PgConnection;
use uuid::Uuid;

use super::feeds::hash;
use crate::clock::to_utc;
use crate::log::append::Cursor;

/// An event about to be written.
#[derive(Debug)]
pub struct NewEvent {
    pub seq: i64,
    pub epoch: i32,
    pub day_id: DayId,
    pub kind: &'static str,
    pub v: u16,
    pub order_id: Option<OrderId>,
    pub body: Vec<u8>,
    pub hash: ChainHash,
}

/// Starts an empty log for a new store.
pub async fn create_cursor(tx: &mut PgConnection, store_id: StoreId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into store_cursor (store_id, epoch, last_seq, last_hash) values ($1, 1, 0, $2) on conflict do nothing",
        store_id.0,
        GENESIS.0.as_slice()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the cursor's row for the rest of the transaction.
pub async fn lock_cursor(tx: &mut PgConnection, store_id: StoreId) -> Result<Cursor, sqlx::Error> {
    let row = sqlx::query!(
        "select epoch, last_seq, last_hash from store_cursor where store_id = $1 for update",
        store_id.0
    )
    .fetch_one(tx)
    .await?;
    cursor(row.epoch, row.last_seq, &row.last_hash)
}

/// Reads the cursor without taking it.
pub async fn read_cursor(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
) -> Result<Option<Cursor>, sqlx::Error> {
    let row =
        sqlx::query!("select epoch, last_seq, last_hash from store_cursor where store_id = $1", store_id.0)
            .fetch_optional(db)
            .await?;
    row.map(|row| cursor(row.epoch, row.last_seq, &row.last_hash)).transpose()
}

fn cursor(epoch: i32, seq: i64, hash: &[u8]) -> Result<Cursor, sqlx::Error> {
    Ok(Cursor { epoch, seq, hash: self::hash(hash)? })
}

/// Writes events and moves the cursor, which this transaction holds, to the last of them.
pub async fn insert(
    tx: &mut PgConnection,
    store_id: StoreId,
    events: &[NewEvent],
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let Some(last) = events.last() else { return Ok(()) };
    let each = |value: fn(&NewEvent) -> Uuid| events.iter().map(value).collect::<Vec<_>>();
    let versions = events
        .iter()
        .map(|event| i16::try_from(event.v).expect("body versions are small numbers of our own"));
    sqlx::query!(
        "with written as (
             insert into store_event (store_id, seq, epoch, day_id, kind, v, order_id, body, hash, created_at)
             select $1, seq, $2, day_id, kind, v, order_id, body, hash, $3
             from unnest($4::bigint[], $5::uuid[], $6::text[], $7::smallint[], $8::uuid[], $9::bytea[], $10::bytea[])
                 as given (seq, day_id, kind, v, order_id, body, hash))
         update store_cursor set last_seq = $11, last_hash = $12 where store_id = $1",
        store_id.0,
        last.epoch,
        to_utc(now),
        &events.iter().map(|event| event.seq).collect::<Vec<_>>(),
        &each(|event| event.day_id.0),
        &events.iter().map(|event| event.kind.to_owned()).collect::<Vec<_>>(),
        &versions.collect::<Vec<_>>(),
        &events.iter().map(|event| event.order_id.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &events.iter().map(|event| event.body.clone()).collect::<Vec<_>>(),
        &events.iter().map(|event| event.hash.0.to_vec()).collect::<Vec<_>>(),
        last.seq,
        last.hash.0.as_slice()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// An event as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: i64,
    pub body: Vec<u8>,
    pub hash: ChainHash,
}

/// At most `limit` events after `after`, in order.
pub async fn range(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select seq, body, hash from store_event where store_id = $1 and seq > $2 order by seq limit $3",
        store_id.0,
        after,
        limit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| Ok(StoredEvent { seq: row.seq, body: row.body, hash: hash(&row.hash)? }))
        .collect()
}

/// The chain hash at `seq`; nothing when there is no such event. `seq` 0 stands before the first.
pub async fn hash_at(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    seq: i64,
) -> Result<Option<ChainHash>, sqlx::Error> {
    if seq == 0 {
        return Ok(Some(GENESIS));
    }
    let found =
        sqlx::query_scalar!("select hash from store_event where store_id = $1 and seq = $2", store_id.0, seq)
            .fetch_optional(db)
            .await?;
    found.map(|bytes| hash(&bytes)).transpose()
}
