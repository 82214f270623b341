//! Ends of attempts, written by whoever holds the lease. Every final state wipes the one-time token and the payer's addresses.

use shared::TimeMs;
use shared::id::{AttemptId, StoreId};
use sqlx::PgConnection;

use super::{Attempt, AttemptState};
use crate::clock::to_utc;

/// What an answer tells about money that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    pub aid: String,
    pub method: Option<String>,
    pub card_approval_no: Option<String>,
    pub at: TimeMs,
}

/// The outcome has to be asked for, at `look_at`. `false` when the lease was lost.
pub async fn unknown(
    db: impl sqlx::PgExecutor<'_>,
    attempt: &Attempt,
    failure: Option<&str>,
    look_at: TimeMs,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payment_attempt set state = 'approve_unknown', failure_code = coalesce($4, failure_code), lease_until = null,
                next_check_at = $5, updated_at = $6
         where store_id = $1 and attempt_id = $2 and fence = $3 and state in ('approve_sent', 'approve_unknown')",
        attempt.store_id.0,
        attempt.attempt_id.0,
        attempt.fence,
        failure,
        to_utc(look_at),
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Gives the lease back and says when to look again; `None` means never. The state stays.
pub async fn look_again(
    db: impl sqlx::PgExecutor<'_>,
    attempt: &Attempt,
    look_at: Option<TimeMs>,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payment_attempt set lease_until = null, next_check_at = $4, updated_at = $5
         where store_id = $1 and attempt_id = $2 and fence = $3",
        attempt.store_id.0,
        attempt.attempt_id.0,
        attempt.fence,
        look_at.map(to_utc),
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Back to the queue for one more `approve`.
pub async fn approve_again(
    db: impl sqlx::PgExecutor<'_>,
    attempt: &Attempt,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payment_attempt set state = 'approve_requested', lease_until = null, next_check_at = $4, updated_at = $4
         where store_id = $1 and attempt_id = $2 and fence = $3 and state = 'approve_unknown' and pg_token_sealed is not null",
        attempt.store_id.0,
        attempt.attempt_id.0,
        attempt.fence,
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// The money is ours, or was taken without us: `state` is what the attempt becomes. `false` when the lease was lost or the money is
/// booked already.
pub async fn taken(
    tx: &mut PgConnection,
    attempt: &Attempt,
    state: AttemptState,
    taken: &Taken,
    failure: Option<&str>,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payment_attempt set state = $4, aid = $5, method = $6, card_approval_no = $7, approved_at = $8, failure_code = $9,
                pg_token_sealed = null, redirect_pc = null, redirect_mobile = null, redirect_app = null, lease_until = null,
                next_check_at = null, updated_at = $10
         where store_id = $1 and attempt_id = $2 and fence = $3 and approved_at is null",
        attempt.store_id.0,
        attempt.attempt_id.0,
        attempt.fence,
        state.as_str(),
        taken.aid,
        taken.method,
        taken.card_approval_no,
        to_utc(taken.at),
        failure,
        to_utc(now)
    );
    Ok(done.execute(tx).await?.rows_affected() == 1)
}

/// No money was taken and none will be by us. `watch` is when to make sure of it. `false` when the lease was lost or the attempt went on.
pub async fn ended(
    tx: &mut PgConnection,
    attempt: &Attempt,
    state: AttemptState,
    failure: &str,
    watch: Option<TimeMs>,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payment_attempt set state = $4, failure_code = $5, pg_token_sealed = null, redirect_pc = null,
                redirect_mobile = null, redirect_app = null, lease_until = null, next_check_at = $6, updated_at = $7
         where store_id = $1 and attempt_id = $2 and fence = $3 and state = $8 and approved_at is null",
        attempt.store_id.0,
        attempt.attempt_id.0,
        attempt.fence,
        state.as_str(),
        failure,
        watch.map(to_utc),
        to_utc(now),
        attempt.state.as_str()
    );
    Ok(done.execute(tx).await?.rows_affected() == 1)
}

/// Whether money of another attempt of the same order is, or may become, ours.
pub async fn another_captures(tx: &mut PgConnection, attempt: &Attempt) -> Result<bool, sqlx::Error> {
    let AttemptId(own) = attempt.attempt_id;
    let StoreId(store) = attempt.store_id;
    sqlx::query_scalar!(
        "select exists (select 1 from payment_attempt where store_id = $1 and order_id = $2 and attempt_id <> $3
             and state in ('approve_requested', 'approve_sent', 'approve_unknown', 'approved', 'needs_review')) as \"another!\"",
        store,
        attempt.order_id.0,
        own
    )
    .fetch_one(tx)
    .await
}

/// Asks for a look now at an attempt that waits for its payer.
pub async fn look_now(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    attempt_id: AttemptId,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payment_attempt set next_check_at = $3 where store_id = $1 and attempt_id = $2 and state = 'ready_ok'",
        store_id.0,
        attempt_id.0,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Asks for a look now at attempts that were given up, or should have been by now: KakaoPay says that it took their money.
pub async fn look_at_late(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    attempts: &[AttemptId],
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let ids: Vec<uuid::Uuid> = attempts.iter().map(|id| id.0).collect();
    sqlx::query!(
        "update payment_attempt set next_check_at = least(next_check_at, $3)
         where store_id = $1 and attempt_id = any($2) and approved_at is null
             and state in ('ready_ok', 'failed', 'abandoned', 'expired')",
        store_id.0,
        &ids,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A person looked at it: it becomes `state`. `watch` is when to make sure that it stays without money.
pub async fn reviewed(
    tx: &mut PgConnection,
    attempt: &Attempt,
    state: AttemptState,
    watch: Option<TimeMs>,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payment_attempt set state = $3, pg_token_sealed = null, redirect_pc = null, redirect_mobile = null,
                redirect_app = null, lease_until = null, next_check_at = $4, updated_at = $5
         where store_id = $1 and attempt_id = $2 and state = 'needs_review'",
        attempt.store_id.0,
        attempt.attempt_id.0,
        state.as_str(),
        watch.map(to_utc),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}
