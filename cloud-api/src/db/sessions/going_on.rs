//! Sessions go on: they are held while something is done in them, noted, and get their next token.

use shared::TimeMs;
use shared::id::{SessionId, StoreId};
use sqlx::PgConnection;

use crate::clock::to_utc;

/// Whether the session is open, and keeps it so until the transaction ends: a take-over waits for it.
pub async fn hold(
    tx: &mut PgConnection,
    store_id: StoreId,
    session_id: SessionId,
) -> Result<bool, sqlx::Error> {
    let open = sqlx::query_scalar!(
        "select 1 as \"one!\" from store_session where store_id = $1 and session_id = $2 and ended_at is null for key share",
        store_id.0,
        session_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(open.is_some())
}

/// How long the token before the newest one counts once the newest was used.
pub const OVERLAP_MS: i64 = 10 * 60 * 1000;

/// Notes that a session and its device are there. `settles`: the newest token came, so the one before counts for [`OVERLAP_MS`] more.
pub async fn touch(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
    settles: bool,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with t as (
             update store_session set last_seen_at = $3,
                    previous_until = case when $4 then least(previous_until, $5) else previous_until end
             where store_id = $1 and session_id = $2 returning device_id)
         update device set last_seen_at = $3 from t where device.store_id = $1 and device.device_id = t.device_id",
        store_id.0,
        session_id.0,
        to_utc(now),
        settles,
        to_utc(now.plus_ms(OVERLAP_MS))
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the session its next token. The one that was presented counts until the old end, or until the new one was used for a while: an
/// answer that is lost on the way interrupts nothing. `false` when the session is over or goes on under a lease.
pub async fn renew(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
    (presented, next): (&[u8], &[u8]),
    expires_at: TimeMs,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "update store_session set previous_token_hash = $3, previous_until = expires_at, token_hash = $4, expires_at = $5
         where store_id = $1 and session_id = $2 and ended_at is null and expires_at > $6 and not leased",
        store_id.0,
        session_id.0,
        presented,
        next,
        to_utc(expires_at),
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Lets a session that nobody ended go on under a lease; `false` when there is no such session.
pub async fn go_on_leased(
    tx: &mut PgConnection,
    store_id: StoreId,
    session_id: SessionId,
    token_hash: &[u8],
    until: TimeMs,
) -> Result<bool, sqlx::Error> {
    let goes_on = sqlx::query!(
        "update store_session set token_hash = $3, previous_token_hash = null, previous_until = null, leased = true,
                expires_at = $4
         where store_id = $1 and session_id = $2 and ended_at is null",
        store_id.0,
        session_id.0,
        token_hash,
        to_utc(until)
    )
    .execute(tx)
    .await?;
    Ok(goes_on.rows_affected() == 1)
}
