//! Second factors: the sealed secrets of authenticator apps, the newest code that each was used for, and recovery codes.

use shared::TimeMs;
use shared::id::{StaffId, StoreId};
use sqlx::PgConnection;

use super::staff::Home;
use crate::clock::to_utc;
use crate::vault::Sealed;

/// A second factor.
pub struct SecondFactor {
    pub home: Home,
    pub sealed: Sealed,
    /// A first code was confirmed: it counts.
    pub is_confirmed: bool,
    /// The step of the newest code that was used.
    pub last_step: i64,
}

/// Keeps a new secret that waits for its first code; `false` when a confirmed one is there.
pub async fn begin(
    db: impl sqlx::PgExecutor<'_>,
    home: Home,
    sealed: &Sealed,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let kept = sqlx::query!(
        "insert into second_factor (store_id, staff_id, key_wrapped, sealed, created_at) values ($1, $2, $3, $4, $5)
         on conflict (store_id, staff_id) do update
             set key_wrapped = excluded.key_wrapped, sealed = excluded.sealed, created_at = excluded.created_at, last_step = 0
             where second_factor.confirmed_at is null",
        home.store_id.0,
        home.staff_id.0,
        sealed.key_wrapped,
        sealed.sealed,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// A login's second factor, locked until the transaction ends.
pub async fn of(tx: &mut PgConnection, home: Home) -> Result<Option<SecondFactor>, sqlx::Error> {
    let row = sqlx::query!(
        "select key_wrapped, sealed, confirmed_at is not null as \"confirmed!\", last_step from second_factor
         where store_id = $1 and staff_id = $2 for update",
        home.store_id.0,
        home.staff_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| SecondFactor {
        home,
        sealed: Sealed { key_wrapped: row.key_wrapped, sealed: row.sealed },
        is_confirmed: row.confirmed,
        last_step: row.last_step,
    }))
}

/// The logins of the store's owners that have a second factor.
pub async fn of_owners(db: impl sqlx::PgExecutor<'_>, store_id: StoreId) -> Result<Vec<Home>, sqlx::Error> {
    let rows = sqlx::query!(
        "select f.store_id, f.staff_id from staff s
         join login_name n on n.login_id = s.login_id
         join second_factor f on f.store_id = n.store_id and f.staff_id = n.staff_id and f.confirmed_at is not null
         where s.store_id = $1 and s.role = 'owner' and s.disabled_at is null order by f.staff_id",
        store_id.0
    )
    .fetch_all(db)
    .await?;
    let home = |store, staff| Home { store_id: StoreId(store), staff_id: StaffId(staff) };
    Ok(rows.into_iter().map(|row| home(row.store_id, row.staff_id)).collect())
}

/// The second factor counts from now on, with these recovery codes.
pub async fn confirm(
    tx: &mut PgConnection,
    home: Home,
    step: i64,
    recovery: &[Vec<u8>],
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update second_factor set confirmed_at = $3, last_step = $4 where store_id = $1 and staff_id = $2",
        home.store_id.0,
        home.staff_id.0,
        to_utc(now),
        step
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into recovery_code (store_id, staff_id, code_hash) select $1, $2, c.hash from unnest($3::bytea[]) as c (hash)",
        home.store_id.0,
        home.staff_id.0,
        recovery
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Uses a code's step up; `false` when it, or a later one, was used before.
pub async fn use_step(tx: &mut PgConnection, home: Home, step: i64) -> Result<bool, sqlx::Error> {
    let used = sqlx::query!(
        "update second_factor set last_step = $3 where store_id = $1 and staff_id = $2 and last_step < $3",
        home.store_id.0,
        home.staff_id.0,
        step
    )
    .execute(tx)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Uses a recovery code up; `false` when there is none such, or it was used.
pub async fn use_recovery(
    tx: &mut PgConnection,
    home: Home,
    code_hash: &[u8],
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let used = sqlx::query!(
        "update recovery_code set used_at = $4 where store_id = $1 and staff_id = $2 and code_hash = $3 and used_at is null",
        home.store_id.0,
        home.staff_id.0,
        code_hash,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Removes a second factor with its recovery codes.
pub async fn remove(tx: &mut PgConnection, home: Home) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from second_factor where store_id = $1 and staff_id = $2",
        home.store_id.0,
        home.staff_id.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
