//! A session as it stands.

use shared::TimeMs;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::wire::{CounterHolder, DeviceKey, SessionKind, StaffRole};

use super::{EndReason, OVERLAP_MS, key_of, kind_named, role_named};
use crate::clock::{to_ms, to_utc};

/// A session as its token finds it.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub store_id: StoreId,
    pub session_id: SessionId,
    pub staff_id: StaffId,
    pub device_id: DeviceId,
    pub kind: SessionKind,
    pub role: StaffRole,
    pub fence: i64,
    pub last_seen: TimeMs,
    /// The device's key, which it has to prove.
    pub key: Option<DeviceKey>,
    /// It goes on under a lease.
    pub leased: bool,
    /// The newest token came while the one before still counts for long.
    pub settles: bool,
    /// Why it is of no use any more.
    pub ended: Option<EndReason>,
}

/// The session of a token, open or not.
pub async fn by_token(
    db: impl sqlx::PgExecutor<'_>,
    token_hash: &[u8],
    now: TimeMs,
) -> Result<Option<Found>, sqlx::Error> {
    let row = sqlx::query!(
        "select t.store_id, t.session_id, t.staff_id, t.device_id, t.kind, t.fence, t.last_seen_at, t.end_reason, t.leased,
                s.role, d.public_key, t.ended_at is not null as \"ended!\", t.expires_at <= $2 as \"expired!\",
                (s.disabled_at is not null or d.revoked_at is not null) as \"barred!\",
                (t.token_hash = $1 and coalesce(t.previous_until > $3, false)) as \"settles!\"
         from store_session t
         join staff s on s.store_id = t.store_id and s.staff_id = t.staff_id
         join device d on d.store_id = t.store_id and d.device_id = t.device_id
         where t.token_hash = $1 or (t.previous_token_hash = $1 and t.previous_until > $2)",
        token_hash,
        to_utc(now),
        to_utc(now.plus_ms(OVERLAP_MS))
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Found {
        store_id: StoreId(row.store_id),
        session_id: SessionId(row.session_id),
        staff_id: StaffId(row.staff_id),
        device_id: DeviceId(row.device_id),
        kind: kind_named(&row.kind),
        role: role_named(&row.role),
        fence: row.fence,
        last_seen: to_ms(row.last_seen_at),
        key: key_of(row.public_key),
        leased: row.leased,
        settles: row.settles,
        ended: EndReason::read(row.ended, row.end_reason.as_deref(), row.expired, row.barred),
    }))
}

/// Why a session is over; `None` while it is open. A revoked device or a disabled person ends it too.
pub async fn ended(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
    now: TimeMs,
) -> Result<Option<EndReason>, sqlx::Error> {
    let standing = standing(db, store_id, session_id, now).await?;
    Ok(match standing {
        Standing::Ended(reason) => Some(reason),
        Standing::Open | Standing::Alone => None,
    })
}

/// What a session is for; `None` when there is none.
pub async fn kind(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
) -> Result<Option<SessionKind>, sqlx::Error> {
    let kind = sqlx::query_scalar!(
        "select kind from store_session where store_id = $1 and session_id = $2",
        store_id.0,
        session_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(kind.map(|kind| kind_named(&kind)))
}

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    /// A viewer's, and no counter is connected.
    Alone,
    Ended(EndReason),
}

/// A counter that was not heard from for this long is not connected: connections are noted every 30 s.
pub const CONNECTED_MS: i64 = 90_000;

/// How a session stands.
pub async fn standing(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
    now: TimeMs,
) -> Result<Standing, sqlx::Error> {
    let row = sqlx::query!(
        "select t.end_reason, t.ended_at is not null as \"ended!\", t.expires_at <= $3 as \"expired!\",
                (d.revoked_at is not null or s.disabled_at is not null) as \"barred!\",
                (t.kind = 'viewer' and not exists (
                     select 1 from store_session c join device x on x.store_id = c.store_id and x.device_id = c.device_id
                     where c.store_id = t.store_id and c.kind = 'counter' and c.ended_at is null and x.last_seen_at > $4))
                    as \"alone!\"
         from store_session t
         join device d on d.store_id = t.store_id and d.device_id = t.device_id
         join staff s on s.store_id = t.store_id and s.staff_id = t.staff_id
         where t.store_id = $1 and t.session_id = $2",
        store_id.0,
        session_id.0,
        to_utc(now),
        to_utc(now.plus_ms(-CONNECTED_MS))
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(Standing::Ended(EndReason::SignedOut)) };
    let ended = EndReason::read(row.ended, row.end_reason.as_deref(), row.expired, row.barred);
    Ok(match ended {
        Some(reason) => Standing::Ended(reason),
        None if row.alone => Standing::Alone,
        None => Standing::Open,
    })
}

/// Whether a counter of the store is connected.
pub async fn counter_is_connected(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (
             select 1 from store_session c join device x on x.store_id = c.store_id and x.device_id = c.device_id
             where c.store_id = $1 and c.kind = 'counter' and c.ended_at is null and x.last_seen_at > $2) as \"there!\"",
        store_id.0,
        to_utc(now.plus_ms(-CONNECTED_MS))
    )
    .fetch_one(db)
    .await
}

/// Who holds the counter, for telling whoever lost it.
pub async fn holder(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
) -> Result<Option<CounterHolder>, sqlx::Error> {
    let row = sqlx::query!(
        "select d.name, t.created_at, d.last_seen_at
         from store_session t join device d on d.store_id = t.store_id and d.device_id = t.device_id
         where t.store_id = $1 and t.kind = 'counter' and t.ended_at is null",
        store_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| CounterHolder {
        device_name: row.name,
        since: to_ms(row.created_at),
        last_seen: row.last_seen_at.map(to_ms),
    }))
}
