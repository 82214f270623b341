//! Closed days: their certificates, what KakaoPay said of their payments, and what the accounting batch has still to do.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::{AttemptId, DayId, StoreId};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::clock::to_utc;
use crate::log::stream::DayStream;

/// A certificate as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub certificate: String,
    pub key_id: String,
    pub signature: String,
}

/// A day is closed: its certificate, and the accounting batch's work from `next_try` on.
pub async fn insert(
    tx: &mut PgConnection,
    store_id: StoreId,
    day_id: DayId,
    upto_seq: i64,
    signed: &Signed,
    next_try: TimeMs,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into day_close (store_id, day_id, upto_seq, certificate, key_id, signature, closed_at, next_try_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        store_id.0,
        day_id.0,
        upto_seq,
        signed.certificate,
        signed.key_id,
        signed.signature,
        to_utc(now),
        to_utc(next_try)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The certificate of a closed day.
pub async fn certificate_of(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
) -> Result<Option<Signed>, sqlx::Error> {
    sqlx::query_as!(
        Signed,
        "select certificate, key_id, signature from day_close where store_id = $1 and day_id = $2",
        store_id.0,
        day_id.0
    )
    .fetch_optional(db)
    .await
}

/// A closed day that the batch holds.
#[derive(Debug, Clone, Copy)]
pub struct ClosedDay {
    pub store_id: StoreId,
    pub day_id: DayId,
    pub upto_seq: i64,
    pub is_verified: bool,
    /// Including this one.
    pub tries: i32,
    pub fence: i64,
}

/// Closed days that wait for the batch, oldest first.
pub async fn due(
    db: impl PgExecutor<'_>,
    now: TimeMs,
    limit: i64,
) -> Result<Vec<(StoreId, DayId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select store_id, day_id from day_close
         where next_try_at <= $1 and (lease_until is null or lease_until <= $1) order by next_try_at limit $2",
        to_utc(now),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (StoreId(row.store_id), DayId(row.day_id))).collect())
}

/// Takes one of them. `None` when somebody else has it.
pub async fn claim(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
    lease_until: TimeMs,
    now: TimeMs,
) -> Result<Option<ClosedDay>, sqlx::Error> {
    let row = sqlx::query!(
        "update day_close set lease_until = $3, fence = fence + 1, tries = tries + 1
         where store_id = $1 and day_id = $2 and next_try_at <= $4 and (lease_until is null or lease_until <= $4)
         returning upto_seq, verified_at, tries, fence",
        store_id.0,
        day_id.0,
        to_utc(lease_until),
        to_utc(now)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ClosedDay {
        store_id,
        day_id,
        upto_seq: row.upto_seq,
        is_verified: row.verified_at.is_some(),
        tries: row.tries,
        fence: row.fence,
    }))
}

/// Gives it back: again at `next_try`, or never by itself.
pub async fn later(
    db: impl PgExecutor<'_>,
    day: &ClosedDay,
    next_try: Option<TimeMs>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update day_close set lease_until = null, next_try_at = $4 where store_id = $1 and day_id = $2 and fence = $3",
        day.store_id.0,
        day.day_id.0,
        day.fence,
        next_try.map(to_utc)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// It was compared again and is equal.
pub async fn verified(db: impl PgExecutor<'_>, day: &ClosedDay, now: TimeMs) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update day_close set verified_at = coalesce(verified_at, $4) where store_id = $1 and day_id = $2 and fence = $3",
        day.store_id.0,
        day.day_id.0,
        day.fence,
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// From here on nobody writes its stream again, and its history may be archived.
pub async fn archived(db: impl PgExecutor<'_>, day: &ClosedDay, now: TimeMs) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update day_close set archived_at = coalesce(archived_at, $4) where store_id = $1 and day_id = $2 and fence = $3",
        day.store_id.0,
        day.day_id.0,
        day.fence,
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Its stream is gone: nothing is left to do.
pub async fn removed(db: impl PgExecutor<'_>, day: &ClosedDay, now: TimeMs) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update day_close set removed_at = coalesce(removed_at, $4), lease_until = null, next_try_at = null
         where store_id = $1 and day_id = $2 and fence = $3",
        day.store_id.0,
        day.day_id.0,
        day.fence,
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Every generation of a day's stream.
pub async fn streams_of(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
) -> Result<Vec<DayStream>, sqlx::Error> {
    let row = sqlx::query!(
        "select first_seq, stream_gen from business_day where store_id = $1 and day_id = $2",
        store_id.0,
        day_id.0
    )
    .fetch_one(db)
    .await?;
    let stream = |generation| DayStream { day_id, first_seq: row.first_seq, generation };
    Ok((0..=row.stream_gen).map(stream).collect())
}

/// What KakaoPay said of payments since `since`, as (attempt, captured, refunded).
pub async fn known_proofs(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    since: DateTime<Utc>,
) -> Result<Vec<(AttemptId, i64, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select attempt_id, captured, refunded from payment_proof where store_id = $1 and asked_at >= $2",
        store_id.0,
        since
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (AttemptId(row.attempt_id), row.captured, row.refunded)).collect())
}

/// Keeps what KakaoPay said, for a closing that has to be tried again.
pub async fn put_proofs(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    proofs: &[(AttemptId, i64, i64)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = proofs.iter().map(|(id, _, _)| id.0).collect();
    let captured: Vec<i64> = proofs.iter().map(|(_, captured, _)| *captured).collect();
    let refunded: Vec<i64> = proofs.iter().map(|(_, _, refunded)| *refunded).collect();
    sqlx::query!(
        "insert into payment_proof (store_id, attempt_id, captured, refunded, asked_at)
         select $1, attempt_id, captured, refunded, $5 from unnest($2::uuid[], $3::bigint[], $4::bigint[])
             as given (attempt_id, captured, refunded)
         on conflict (store_id, attempt_id) do update
             set captured = excluded.captured, refunded = excluded.refunded, asked_at = excluded.asked_at",
        store_id.0,
        &ids,
        &captured,
        &refunded,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whoever compares it is still there. `false` when the lease was lost.
pub async fn renew(
    db: impl PgExecutor<'_>,
    day: &ClosedDay,
    lease_until: TimeMs,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "update day_close set lease_until = $4 where store_id = $1 and day_id = $2 and fence = $3 and lease_until is not null",
        day.store_id.0,
        day.day_id.0,
        day.fence,
        to_utc(lease_until)
    );
    Ok(renewed.execute(db).await?.rows_affected() == 1)
}
