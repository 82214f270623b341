//! Devices that wait to be let in, after the right password was typed there.

use shared::TimeMs;
use shared::id::{ConfirmationId, DeviceId, StaffId, StoreId};
use shared::wire::{DeviceKey, DeviceRequest, SessionKind};
use sqlx::PgConnection;

use super::sessions::{key_of, kind_named};
use crate::clock::{to_ms, to_utc};

/// Most devices of one store that wait at the same time; the oldest gives way.
const MAX_WAITING: i64 = 5;

/// Where a wait stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    Pending,
    Allowed,
    Denied,
    /// A session came of it.
    Used,
}

impl RequestState {
    fn from_name(name: &str) -> Self {
        match name {
            "pending" => Self::Pending,
            "allowed" => Self::Allowed,
            "used" => Self::Used,
            _ => Self::Denied,
        }
    }
}

/// A device's wait with everything that its sign-in said.
#[derive(Debug, Clone)]
pub struct Request {
    pub store_id: StoreId,
    pub confirmation_id: ConfirmationId,
    pub staff_id: StaffId,
    pub login_id: String,
    pub device_id: DeviceId,
    pub device_name: String,
    pub key: Option<DeviceKey>,
    pub network_tag: Option<Vec<u8>>,
    pub kind: SessionKind,
    pub number: String,
    pub is_known: bool,
    pub expires_at: TimeMs,
}

/// Lets a device wait; earlier waits of it are over.
pub async fn open(
    tx: &mut PgConnection,
    request: &Request,
    token_hash: &[u8],
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from device_request where store_id = $1
         and (device_id = $2 or expires_at <= $3 or confirmation_id in (
             select confirmation_id from device_request where store_id = $1 and state = 'pending'
             order by created_at desc offset $4))",
        request.store_id.0,
        request.device_id.0,
        to_utc(now),
        MAX_WAITING - 1
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into device_request (store_id, confirmation_id, token_hash, staff_id, login_id, device_id, device_name, public_key,
                                     network_tag, kind, number, is_known, state, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending', $13, $14)",
        request.store_id.0,
        request.confirmation_id.0,
        token_hash,
        request.staff_id.0,
        request.login_id,
        request.device_id.0,
        request.device_name,
        request.key.as_ref().map(|key| key.0.as_slice()),
        request.network_tag,
        request.kind.as_str(),
        request.number,
        request.is_known,
        to_utc(now),
        to_utc(request.expires_at)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The wait behind a token, locked until the transaction ends; with how many codes were tried.
pub async fn by_token(
    tx: &mut PgConnection,
    token_hash: &[u8],
    now: TimeMs,
) -> Result<Option<(Request, RequestState, i32)>, sqlx::Error> {
    let row = sqlx::query!(
        "select store_id, confirmation_id, staff_id, login_id, device_id, device_name, public_key, network_tag, kind, number,
                is_known, state, tries, expires_at
         from device_request where token_hash = $1 and expires_at > $2 for update",
        token_hash,
        to_utc(now)
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| {
        let request = Request {
            store_id: StoreId(row.store_id),
            confirmation_id: ConfirmationId(row.confirmation_id),
            staff_id: StaffId(row.staff_id),
            login_id: row.login_id,
            device_id: DeviceId(row.device_id),
            device_name: row.device_name,
            key: key_of(row.public_key),
            network_tag: row.network_tag,
            kind: kind_named(&row.kind),
            number: row.number,
            is_known: row.is_known,
            expires_at: to_ms(row.expires_at),
        };
        (request, RequestState::from_name(&row.state), row.tries)
    }))
}

/// Whose password was typed for the wait behind a token.
pub async fn login_id(
    db: impl sqlx::PgExecutor<'_>,
    token_hash: &[u8],
    now: TimeMs,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select login_id from device_request where token_hash = $1 and expires_at > $2",
        token_hash,
        to_utc(now)
    )
    .fetch_optional(db)
    .await
}

/// Counts a code that was tried.
pub async fn count_try(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    confirmation_id: ConfirmationId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update device_request set tries = tries + 1 where store_id = $1 and confirmation_id = $2",
        store_id.0,
        confirmation_id.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A session came of it.
pub async fn used(
    tx: &mut PgConnection,
    store_id: StoreId,
    confirmation_id: ConfirmationId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update device_request set state = 'used' where store_id = $1 and confirmation_id = $2",
        store_id.0,
        confirmation_id.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A person at the counter decides; `false` when nothing waits under this number any more.
pub async fn decide(
    db: impl sqlx::PgExecutor<'_>,
    (store_id, confirmation_id): (StoreId, ConfirmationId),
    number: &str,
    allow: bool,
    by: StaffId,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let decided = sqlx::query!(
        "update device_request set state = case when $4 then 'allowed' else 'denied' end, decided_by = $5, decided_at = $6
         where store_id = $1 and confirmation_id = $2 and number = $3 and state = 'pending' and expires_at > $6",
        store_id.0,
        confirmation_id.0,
        number,
        allow,
        by.0,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(decided.rows_affected() == 1)
}

/// What waits in a store, oldest first.
pub async fn pending(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    now: TimeMs,
) -> Result<Vec<DeviceRequest>, sqlx::Error> {
    let rows = sqlx::query!(
        "select confirmation_id, device_id, device_name, number, kind, staff_id, created_at, expires_at, is_known
         from device_request where store_id = $1 and state = 'pending' and expires_at > $2 order by created_at limit $3",
        store_id.0,
        to_utc(now),
        MAX_WAITING
    )
    .fetch_all(db)
    .await?;
    let requests = rows.into_iter().map(|row| DeviceRequest {
        confirmation_id: ConfirmationId(row.confirmation_id),
        device_id: DeviceId(row.device_id),
        device_name: row.device_name,
        number: row.number,
        kind: kind_named(&row.kind),
        staff_id: StaffId(row.staff_id),
        asked_at: to_ms(row.created_at),
        expires_at: to_ms(row.expires_at),
        is_known: row.is_known,
    });
    Ok(requests.collect())
}
