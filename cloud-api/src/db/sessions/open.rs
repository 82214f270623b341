//! Sessions begin: who holds the counter meanwhile, and whose time is over.

use shared::TimeMs;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::wire::{CounterHolder, SessionKind};
use sqlx::PgConnection;

use crate::clock::{to_ms, to_utc};

/// Lets one sign-in of a store happen at a time. Does not stand in the way of orders.
pub async fn queue_up(tx: &mut PgConnection, store_id: StoreId) -> Result<(), sqlx::Error> {
    sqlx::query!("select 1 as \"one!\" from store where store_id = $1 for no key update", store_id.0)
        .fetch_optional(tx)
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
