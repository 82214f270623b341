//! Leases on attempts: who works on which, until when. A lease that ran out can be taken by anyone; the fence tells the late one.

use shared::TimeMs;
use shared::id::{AttemptId, StoreId};

use super::{Attempt, Row, find};
use crate::clock::to_utc;

/// Attempts that wait for a worker to take their money, oldest first.
pub async fn to_approve(
    db: impl sqlx::PgExecutor<'_>,
    limit: i64,
) -> Result<Vec<(StoreId, AttemptId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select store_id, attempt_id from payment_attempt
         where state = 'approve_requested' and next_check_at is not null order by next_check_at limit $1",
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (StoreId(row.store_id), AttemptId(row.attempt_id))).collect())
}

/// Takes an attempt for `approve`: `approve_sent` is committed before a byte leaves. `None` when somebody else has it.
pub async fn claim_approval(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    attempt_id: AttemptId,
    lease_until: TimeMs,
    now: TimeMs,
) -> Result<Option<Attempt>, sqlx::Error> {
    // Returned by the update itself, so that the fence is this claim's own.
    let claimed = sqlx::query_as!(
        Row,
        "update payment_attempt set state = 'approve_sent', lease_until = $3, next_check_at = $3, fence = fence + 1,
                tries = tries + 1, failure_code = null, updated_at = $4
         where store_id = $1 and attempt_id = $2 and state = 'approve_requested'
         returning store_id, attempt_id, order_id, state, amount, tax_free, vat, tid, redirect_pc, redirect_mobile, redirect_app,
                pg_token_sealed, aid, approved_at, expires_at, requested_at, fence, tries, failure_code, created_at",
        store_id.0,
        attempt_id.0,
        to_utc(lease_until),
        to_utc(now)
    );
    claimed.fetch_optional(db).await?.map(Attempt::try_from).transpose()
}

/// Attempts whose look is due, oldest first; none that somebody is looking at.
pub async fn to_look_at(
    db: impl sqlx::PgExecutor<'_>,
    now: TimeMs,
    limit: i64,
) -> Result<Vec<(StoreId, AttemptId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select store_id, attempt_id from payment_attempt
         where next_check_at <= $1 and state <> 'approve_requested' and (lease_until is null or lease_until <= $1)
         order by next_check_at limit $2",
        to_utc(now),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (StoreId(row.store_id), AttemptId(row.attempt_id))).collect())
}

/// Takes an attempt for an inquiry. An `approve_sent` whose sender is gone becomes `approve_unknown`. `None` when it is not due or
/// somebody else has it.
pub async fn claim_look(
    db: &sqlx::PgPool,
    store_id: StoreId,
    attempt_id: AttemptId,
    lease_until: TimeMs,
    now: TimeMs,
) -> Result<Option<Attempt>, sqlx::Error> {
    let claimed = sqlx::query!(
        "update payment_attempt set lease_until = $3, fence = fence + 1, updated_at = $4,
                state = case when state = 'approve_sent' then 'approve_unknown' else state end
         where store_id = $1 and attempt_id = $2 and next_check_at <= $4 and state <> 'approve_requested'
           and (lease_until is null or lease_until <= $4)",
        store_id.0,
        attempt_id.0,
        to_utc(lease_until),
        to_utc(now)
    );
    let mut tx = db.begin().await?;
    if claimed.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(None);
    }
    // Read under the same lock, so that the fence is this claim's own.
    let found = find(&mut *tx, store_id, attempt_id).await?;
    tx.commit().await?;
    Ok(found)
}

/// Its worker is still there. A claim whose worker only seemed dead, and was taken over, is not renewed: `false`.
pub async fn renew(
    db: impl sqlx::PgExecutor<'_>,
    attempt: &Attempt,
    lease_until: TimeMs,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "update payment_attempt set lease_until = $4, updated_at = $5,
                next_check_at = case when state = 'approve_sent' then $4 else next_check_at end
         where store_id = $1 and attempt_id = $2 and fence = $3 and lease_until is not null",
        attempt.store_id.0,
        attempt.attempt_id.0,
        attempt.fence,
        to_utc(lease_until),
        to_utc(now)
    );
    Ok(renewed.execute(db).await?.rows_affected() == 1)
}

/// Seconds since the oldest unknown outcome was requested; zero when there is none.
pub async fn oldest_unknown_seconds(db: impl sqlx::PgExecutor<'_>, now: TimeMs) -> Result<f64, sqlx::Error> {
    let oldest = sqlx::query_scalar!(
        "select min(requested_at) from payment_attempt
         where next_check_at is not null and state in ('approve_requested', 'approve_sent', 'approve_unknown')"
    )
    .fetch_one(db)
    .await?;
    let age = oldest.map_or(0, |at| now.ms_since(crate::clock::to_ms(at)).max(0));
    Ok(std::time::Duration::from_millis(age.unsigned_abs()).as_secs_f64())
}
