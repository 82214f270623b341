//! Epochs of the store logs, and whether the logs still are what they were.

use shared::id::StoreId;
use shared::log::ChainHash;
use sqlx::PgExecutor;
use uuid::Uuid;

/// Begins a new epoch of every store's log; each store with its new epoch. The days that run get a new stream: the one in Redis may go on
/// with events of the life that was lost.
pub async fn bump(db: impl PgExecutor<'_>) -> Result<Vec<(StoreId, i32)>, sqlx::Error> {
    let rows = sqlx::query!(
        "with bumped as (update store_cursor set epoch = epoch + 1 returning store_id, epoch),
         renewed as (update business_day set stream_gen = stream_gen + 1 where state <> 'closed')
         select store_id, epoch from bumped"
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (StoreId(row.store_id), row.epoch)).collect())
}

/// Which of these events, each named by its store, its seq and its chain hash, are not in the logs any more.
pub async fn missing(
    db: impl PgExecutor<'_>,
    events: &[(StoreId, i64, ChainHash)],
) -> Result<Vec<StoreId>, sqlx::Error> {
    let stores: Vec<Uuid> = events.iter().map(|(store, _, _)| store.0).collect();
    let seqs: Vec<i64> = events.iter().map(|(_, seq, _)| *seq).collect();
    let hashes: Vec<Vec<u8>> = events.iter().map(|(_, _, hash)| hash.0.to_vec()).collect();
    let rows = sqlx::query_scalar!(
        "select q.store_id as \"store_id!\" from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as q (store_id, seq, hash)
         left join store_event e on e.store_id = q.store_id and e.seq = q.seq
         where e.hash is distinct from q.hash",
        &stores,
        &seqs,
        &hashes
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(StoreId).collect())
}
