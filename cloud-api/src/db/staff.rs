//! People who work at a store, and the directory of their login ids.

use shared::TimeMs;
use shared::id::{StaffId, StoreId};
use sqlx::PgConnection;

use crate::clock::to_utc;

/// What signing in needs to know of a person.
pub struct Account {
    pub store_id: StoreId,
    pub staff_id: StaffId,
    pub password_hash: String,
}

/// The person with this login id, unless they were disabled.
pub async fn by_login_id(
    db: impl sqlx::PgExecutor<'_>,
    login_id: &str,
) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query!(
        "select s.store_id, s.staff_id, s.password_hash from login_name n
         join staff s on s.store_id = n.store_id and s.staff_id = n.staff_id
         where n.login_id = $1 and s.disabled_at is null",
        login_id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Account {
        store_id: StoreId(row.store_id),
        staff_id: StaffId(row.staff_id),
        password_hash: row.password_hash,
    }))
}

/// Writes a store's owner; `None` when the login id is taken.
pub async fn create_owner(
    tx: &mut PgConnection,
    store_id: StoreId,
    login_id: &str,
    password_hash: &str,
    now: TimeMs,
) -> Result<Option<StaffId>, sqlx::Error> {
    let staff_id = StaffId::fresh();
    let named = sqlx::query!(
        "insert into login_name (login_id, store_id, staff_id) values ($1, $2, $3) on conflict do nothing",
        login_id,
        store_id.0,
        staff_id.0
    )
    .execute(&mut *tx)
    .await?;
    if named.rows_affected() == 0 {
        return Ok(None);
    }
    sqlx::query!(
        "insert into staff (store_id, staff_id, login_id, role, password_hash, created_at)
         values ($1, $2, $3, 'owner', $4, $5)",
        store_id.0,
        staff_id.0,
        login_id,
        password_hash,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(Some(staff_id))
}

/// The store that this claim code opens at this moment.
pub async fn claimable(
    db: impl sqlx::PgExecutor<'_>,
    code_hash: &[u8],
    now: TimeMs,
) -> Result<Option<StoreId>, sqlx::Error> {
    let store_id = sqlx::query_scalar!(
        "select store_id from claim_code where code_hash = $1 and used_at is null and expires_at > $2",
        code_hash,
        to_utc(now)
    )
    .fetch_optional(db)
    .await?;
    Ok(store_id.map(StoreId))
}

/// Uses a claim code up; the store that it opened, or nothing when it is wrong, used or too old.
pub async fn use_claim_code(
    tx: &mut PgConnection,
    code_hash: &[u8],
    now: TimeMs,
) -> Result<Option<StoreId>, sqlx::Error> {
    let store_id = sqlx::query_scalar!(
        "update claim_code set used_at = $2 where code_hash = $1 and used_at is null and expires_at > $2
         returning store_id",
        code_hash,
        to_utc(now)
    )
    .fetch_optional(tx)
    .await?;
    Ok(store_id.map(StoreId))
}
