//! Sessions: one open counter session per store, and viewers beside it.

use shared::TimeMs;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::wire::{CounterHolder, DeviceKey, SessionKind, StaffRole};
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
    /// Its device was removed from the store, its person disabled, or the counter sent the viewer away.
    Revoked,
}

impl EndReason {
    const ALL: [Self; 5] = [Self::TakenOver, Self::SignedOut, Self::Renewed, Self::Expired, Self::Revoked];

    fn as_str(self) -> &'static str {
        match self {
            Self::TakenOver => "taken_over",
            Self::SignedOut => "signed_out",
            Self::Renewed => "renewed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name).unwrap_or(Self::SignedOut)
    }

    /// Why a session is of no use; `None` while it is. `barred`: its device is revoked or its person disabled.
    pub(super) fn read(ended: bool, name: Option<&str>, expired: bool, barred: bool) -> Option<Self> {
        match (ended, barred, expired) {
            (true, _, _) => Some(Self::from_name(name.unwrap_or_default())),
            (false, true, _) => Some(Self::Revoked),
            (false, false, true) => Some(Self::Expired),
            (false, false, false) => None,
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

pub(super) fn kind_named(name: &str) -> SessionKind {
    if name == SessionKind::Viewer.as_str() { SessionKind::Viewer } else { SessionKind::Counter }
}

pub(super) fn role_named(name: &str) -> StaffRole {
    if name == "owner" { StaffRole::Owner } else { StaffRole::Staff }
}

/// Postgres keeps 32 bytes or nothing.
pub(super) fn key_of(bytes: Option<Vec<u8>>) -> Option<DeviceKey> {
    bytes?.try_into().ok().map(DeviceKey)
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
    pub kind: SessionKind,
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
         values ($1, $2, $3, $4, $9, $5, $6, $7, $7, $8)",
        new.store_id.0,
        new.session_id.0,
        new.staff_id.0,
        new.device_id.0,
        new.token_hash,
        new.fence,
        to_utc(now),
        to_utc(new.expires_at),
        new.kind.as_str()
    )
    .execute(tx)
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

/// Ends the open sessions of a device.
pub async fn end_of_device(
    tx: &mut PgConnection,
    store_id: StoreId,
    device_id: DeviceId,
    reason: EndReason,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update store_session set ended_at = $4, end_reason = $3
         where store_id = $1 and device_id = $2 and ended_at is null",
        store_id.0,
        device_id.0,
        reason.as_str(),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the open sessions of a person, except for one.
pub async fn end_of_staff(
    tx: &mut PgConnection,
    store_id: StoreId,
    staff_id: StaffId,
    except: Option<SessionId>,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update store_session set ended_at = $4, end_reason = 'revoked'
         where store_id = $1 and staff_id = $2 and ended_at is null and session_id is distinct from $3",
        store_id.0,
        staff_id.0,
        except.map(|session| session.0),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the viewers of a device that is about to sign in, and those whose time is over; how many are left in the store.
pub async fn clear_viewers(
    tx: &mut PgConnection,
    store_id: StoreId,
    device_id: DeviceId,
    now: TimeMs,
) -> Result<i64, sqlx::Error> {
    sqlx::query!(
        "update store_session set ended_at = $3, end_reason = case when expires_at <= $3 then 'expired' else 'renewed' end
         where store_id = $1 and kind = 'viewer' and ended_at is null and (device_id = $2 or expires_at <= $3)",
        store_id.0,
        device_id.0,
        to_utc(now)
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        "select count(*) as \"left!\" from store_session where store_id = $1 and kind = 'viewer' and ended_at is null",
        store_id.0
    )
    .fetch_one(tx)
    .await
}
