//! Where the books of a closing day are frozen.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::{DayId, StoreId};
use shared::log::ChainHash;
use sqlx::{PgConnection, PgExecutor};

use crate::clock::to_utc;
use crate::db::feeds::hash;

/// The end of a day's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCut {
    pub epoch: i32,
    pub upto_seq: i64,
    pub head_hash: ChainHash,
    pub cut_at: DateTime<Utc>,
}

/// Writes the cut; a newer one takes the place of the one before.
pub async fn put_cut(
    tx: &mut PgConnection,
    store_id: StoreId,
    day_id: DayId,
    cut: &DayCut,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into day_cut (store_id, day_id, epoch, upto_seq, head_hash, cut_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (store_id, day_id) do update set epoch = excluded.epoch, upto_seq = excluded.upto_seq,
             head_hash = excluded.head_hash, cut_at = excluded.cut_at",
        store_id.0,
        day_id.0,
        cut.epoch,
        cut.upto_seq,
        cut.head_hash.0.as_slice(),
        cut.cut_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The cut of a day, if there is one.
pub async fn cut_of(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
) -> Result<Option<DayCut>, sqlx::Error> {
    let row = sqlx::query!(
        "select epoch, upto_seq, head_hash, cut_at from day_cut where store_id = $1 and day_id = $2",
        store_id.0,
        day_id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let head_hash = hash(&row.head_hash)?;
        Ok(DayCut { epoch: row.epoch, upto_seq: row.upto_seq, head_hash, cut_at: row.cut_at })
    })
    .transpose()
}

/// Whether anything happened to an order, or sales went on, after the cut.
pub async fn moved_since(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    upto_seq: i64,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (select 1 from store_event where store_id = $1 and seq > $2
             and (order_id is not null or kind = 'closing_resumed')) as \"moved!\"",
        store_id.0,
        upto_seq
    )
    .fetch_one(db)
    .await
}

/// A time as the database keeps it.
impl DayCut {
    /// Made at `at`.
    pub fn new(epoch: i32, upto_seq: i64, head_hash: ChainHash, at: TimeMs) -> Self {
        Self { epoch, upto_seq, head_hash, cut_at: to_utc(at) }
    }
}

/// Orders of a day that were handed over and are not completed yet.
pub async fn handed_over(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
    limit: i64,
) -> Result<Vec<uuid::Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select order_id from orders where store_id = $1 and day_id = $2 and phase = 'handed_over' order by number limit $3",
        store_id.0,
        day_id.0,
        limit
    )
    .fetch_all(db)
    .await
}

/// The first event of a day.
pub async fn first_seq(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "select first_seq from business_day where store_id = $1 and day_id = $2",
        store_id.0,
        day_id.0
    )
    .fetch_one(db)
    .await
}

/// The chain hashes of these events, in the order of their numbers.
pub async fn hashes(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    seqs: &[i64],
) -> Result<Vec<(i64, ChainHash)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select seq, hash from store_event where store_id = $1 and seq = any($2) order by seq",
        store_id.0,
        seqs
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| Ok((row.seq, hash(&row.hash)?))).collect()
}

/// A day of a store that is not the latest.
pub async fn state_of(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
) -> Result<Option<(String, Option<DateTime<Utc>>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select state, closed_at from business_day where store_id = $1 and day_id = $2",
        store_id.0,
        day_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.state, row.closed_at)))
}
