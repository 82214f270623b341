//! Counter sessions: one open per store.

use shared::TimeMs;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::wire::CounterHolder;
use sqlx::PgConnection;

use crate::clock::{to_ms, to_utc};

/// Why a session ended, as the database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Another device took the counter.
    TakenOver,
    /// The person signed out.
    SignedOut,
    /// The same device signed in again.
    Renewed,
    /// Its time was over when the next one began.
    Expired,
}

impl EndReason {
    const ALL: [Self; 4] = [Self::TakenOver, Self::SignedOut, Self::Renewed, Self::Expired];

    fn as_str(self) -> &'static str {
        match self {
            Self::TakenOver => "taken_over",
            Self::SignedOut => "signed_out",
            Self::Renewed => "renewed",
            Self::Expired => "expired",
        }
    }

    fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name).unwrap_or(Self::SignedOut)
    }

    /// Why a session is of no use; `None` while it is. `void`: its time is over, its device is revoked or its person disabled.
    pub(super) fn read(ended: bool, name: Option<&str>, void: bool) -> Option<Self> {
        match (ended, void) {
            (true, _) => Some(Self::from_name(name.unwrap_or_default())),
            (false, true) => Some(Self::Expired),
            (false, false) => None,
        }
    }
}

/// A session as its token finds it.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub store_id: StoreId,
    pub session_id: SessionId,
    pub staff_id: StaffId,
    pub device_id: DeviceId,
    pub fence: i64,
    pub last_seen: TimeMs,
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
        "select t.store_id, t.session_id, t.staff_id, t.device_id, t.fence, t.last_seen_at, t.end_reason,
                t.ended_at is not null as \"ended!\",
                (t.expires_at <= $2 or s.disabled_at is not null or d.revoked_at is not null) as \"void!\"
         from store_session t
         join staff s on s.store_id = t.store_id and s.staff_id = t.staff_id
         join device d on d.store_id = t.store_id and d.device_id = t.device_id
         where t.token_hash = $1",
        token_hash,
        to_utc(now)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Found {
        store_id: StoreId(row.store_id),
        session_id: SessionId(row.session_id),
        staff_id: StaffId(row.staff_id),
        device_id: DeviceId(row.device_id),
        fence: row.fence,
        last_seen: to_ms(row.last_seen_at),
        ended: EndReason::read(row.ended, row.end_reason.as_deref(), row.void),
    }))
}

/// Why a session is over; `None` while it is open. A revoked device or a disabled person ends it too.
pub async fn ended(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
    now: TimeMs,
) -> Result<Option<EndReason>, sqlx::Error> {
    let row = sqlx::query!(
        "select t.end_reason, t.ended_at is not null as \"ended!\",
                (t.expires_at <= $3 or d.revoked_at is not null or s.disabled_at is not null) as \"expired!\"
         from store_session t
         join device d on d.store_id = t.store_id and d.device_id = t.device_id
         join staff s on s.store_id = t.store_id and s.staff_id = t.staff_id
         where t.store_id = $1 and t.session_id = $2",
        store_id.0,
        session_id.0,
        to_utc(now)
    )
    .fetch_optional(db)
    .await?;
    Ok(match row {
        None => Some(EndReason::SignedOut),
        Some(row) => EndReason::read(row.ended, row.end_reason.as_deref(), row.expired),
    })
}

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

/// Notes that a session and its device are there.
pub async fn touch(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with t as (update store_session set last_seen_at = $3 where store_id = $1 and session_id = $2 returning device_id)
         update device set last_seen_at = $3 from t where device.store_id = $1 and device.device_id = t.device_id",
        store_id.0,
        session_id.0,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The session that holds the counter.
#[derive(Debug, Clone)]
pub struct Held {
    pub session_id: SessionId,
    pub device_id: DeviceId,
    pub fence: i64,
    pub expires_at: TimeMs,
    pub holder: CounterHolder,
}

/// Lets one sign-in of a store happen at a time. Does not stand in the way of orders.
pub async fn queue_up(tx: &mut PgConnection, store_id: StoreId) -> Result<(), sqlx::Error> {
    sqlx::query!("select 1 as \"one!\" from store where store_id = $1 for no key update", store_id.0)
        .fetch_optional(tx)
        .await?;
    Ok(())
}

/// The open session of a store, locked; waits for commands of it that are being worked on.
pub async fn held(tx: &mut PgConnection, store_id: StoreId) -> Result<Option<Held>, sqlx::Error> {
    let row = sqlx::query!(
        "select t.session_id, t.device_id, t.fence, t.created_at, t.expires_at, d.name, d.last_seen_at
         from store_session t join device d on d.store_id = t.store_id and d.device_id = t.device_id
         where t.store_id = $1 and t.kind = 'counter' and t.ended_at is null for update of t",
        store_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Held {
        session_id: SessionId(row.session_id),
        device_id: DeviceId(row.device_id),
        fence: row.fence,
        expires_at: to_ms(row.expires_at),
        holder: CounterHolder {
            device_name: row.name,
            since: to_ms(row.created_at),
            last_seen: row.last_seen_at.map(to_ms),
        },
    }))
}

/// The greatest fence that the store has given out.
pub async fn last_fence(tx: &mut PgConnection, store_id: StoreId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "select coalesce(max(fence), 0) as \"fence!\" from store_session where store_id = $1",
        store_id.0
    )
    .fetch_one(tx)
    .await
}

/// Ends a session; `false` when it was over already.
pub async fn end(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
    reason: EndReason,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        "update store_session set ended_at = $4, end_reason = $3
         where store_id = $1 and session_id = $2 and ended_at is null",
        store_id.0,
        session_id.0,
        reason.as_str(),
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// A session about to be opened.
pub struct NewSession<'a> {
    pub store_id: StoreId,
    pub session_id: SessionId,
    pub staff_id: StaffId,
    pub device_id: DeviceId,
    pub token_hash: &'a [u8],
    pub fence: i64,
    pub expires_at: TimeMs,
}

/// Opens a session.
pub async fn open(tx: &mut PgConnection, new: &NewSession<'_>, now: TimeMs) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into store_session (store_id, session_id, staff_id, device_id, kind, token_hash, fence, created_at,
                                    last_seen_at, expires_at)
         values ($1, $2, $3, $4, 'counter', $5, $6, $7, $7, $8)",
        new.store_id.0,
        new.session_id.0,
        new.staff_id.0,
        new.device_id.0,
        new.token_hash,
        new.fence,
        to_utc(now),
        to_utc(new.expires_at)
    )
    .execute(tx)
    .await?;
    Ok(())
}
