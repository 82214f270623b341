//! Stores as an import writes them, and their schedules.

use shared::TimeMs;
use shared::id::StoreId;
use shared::schedule::StoreSchedule;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::cli::StoreProfile;
use crate::clock::to_utc;
use crate::token;

/// How long a claim code can be used.
const CLAIM_CODE_DAYS: i64 = 14;

/// Creates the store with this key, or updates it; tells whether it is new.
pub async fn upsert(
    tx: &mut PgConnection,
    profile: &StoreProfile,
    now: TimeMs,
) -> Result<(StoreId, bool), sqlx::Error> {
    let modes: Vec<String> = profile.modes.iter().map(|mode| mode.as_str().to_owned()).collect();
    let row = sqlx::query!(
        "insert into store (store_id, store_key, name, branch, phone, address, lat, lon, business, modes, schedule, holidays,
                            delivery, accept_deadline_minutes, prep_minutes_default, alert_phone, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '{}', '[]', $11, $12, $13, $14, $15, $15)
         on conflict (store_key) do update set name = excluded.name, branch = excluded.branch, phone = excluded.phone,
             address = excluded.address, lat = excluded.lat, lon = excluded.lon, business = excluded.business,
             modes = excluded.modes, delivery = excluded.delivery,
             accept_deadline_minutes = excluded.accept_deadline_minutes,
             prep_minutes_default = excluded.prep_minutes_default,
             alert_phone = case when exists (select 1 from owner_number o where o.store_id = store.store_id) then null
                 else coalesce(excluded.alert_phone, store.alert_phone) end,
             updated_at = excluded.updated_at
         returning store_id, created_at = updated_at as \"created!\"",
        StoreId::fresh().0,
        profile.key,
        profile.name,
        profile.branch,
        profile.phone,
        profile.address,
        profile.lat,
        profile.lon,
        json(&profile.business)?,
        &modes,
        profile.delivery,
        profile.accept_deadline_minutes,
        profile.prep_minutes_default,
        profile.alert_phone,
        to_utc(now)
    )
    .fetch_one(tx)
    .await?;
    Ok((StoreId(row.store_id), row.created))
}

fn json<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, sqlx::Error> {
    serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Takes the store's row for the rest of the transaction: its menu, schedule and days change one after another.
pub async fn lock(tx: &mut PgConnection, store_id: StoreId) -> Result<(), sqlx::Error> {
    sqlx::query!("select 1 as \"one!\" from store where store_id = $1 for no key update", store_id.0)
        .fetch_one(tx)
        .await?;
    Ok(())
}

/// What the last import of a store brought.
#[derive(Debug, Clone, Default)]
pub struct LastImport {
    pub menu_hash: Option<Vec<u8>>,
    pub schedule_hash: Option<Vec<u8>>,
}

/// What the last import of a store brought.
pub async fn last_import(tx: &mut PgConnection, store_id: StoreId) -> Result<LastImport, sqlx::Error> {
    let row = sqlx::query!(
        "select imported_menu_hash, imported_schedule_hash from store where store_id = $1",
        store_id.0
    )
    .fetch_one(tx)
    .await?;
    Ok(LastImport { menu_hash: row.imported_menu_hash, schedule_hash: row.imported_schedule_hash })
}

/// Notes what this import brought.
pub async fn note_import(
    tx: &mut PgConnection,
    store_id: StoreId,
    menu_hash: &[u8],
    schedule_hash: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update store set imported_menu_hash = $2, imported_schedule_hash = $3 where store_id = $1",
        store_id.0,
        menu_hash,
        schedule_hash
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A schedule with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentSchedule {
    pub version: i64,
    pub schedule: StoreSchedule,
}

/// A store's schedule.
pub async fn schedule(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
) -> Result<Option<CurrentSchedule>, sqlx::Error> {
    let row = sqlx::query!(
        "select schedule_version, json_build_object('week', schedule, 'holidays', holidays, 'policy', schedule_policy)
             as \"schedule!: Json<StoreSchedule>\" from store where store_id = $1",
        store_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| CurrentSchedule { version: row.schedule_version, schedule: row.schedule.0 }))
}

/// Writes a schedule; its new version.
pub async fn set_schedule(
    tx: &mut PgConnection,
    store_id: StoreId,
    schedule: &StoreSchedule,
    now: TimeMs,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "update store set schedule = $2, holidays = $3, schedule_policy = $4, schedule_version = schedule_version + 1,
                updated_at = $5
         where store_id = $1 returning schedule_version",
        store_id.0,
        json(&schedule.week)?,
        json(&schedule.holidays)?,
        json(&schedule.policy)?,
        to_utc(now)
    )
    .fetch_one(tx)
    .await
}

/// A fresh claim code in place of the old ones; `None` when somebody claimed the store already.
pub async fn renew_claim_code(
    tx: &mut PgConnection,
    store_id: StoreId,
    now: TimeMs,
) -> Result<Option<String>, sqlx::Error> {
    let claimed = sqlx::query_scalar!(
        "select exists (select 1 from staff where store_id = $1) as \"claimed!\"",
        store_id.0
    )
    .fetch_one(&mut *tx)
    .await?;
    if claimed {
        return Ok(None);
    }
    sqlx::query!("delete from claim_code where store_id = $1", store_id.0).execute(&mut *tx).await?;
    let code = token::claim_code();
    let expires = now.plus_ms(CLAIM_CODE_DAYS * 24 * 60 * 60 * 1000);
    sqlx::query!(
        "insert into claim_code (store_id, code_hash, created_at, expires_at) values ($1, $2, $3, $4)",
        store_id.0,
        token::hash(&token::normal_claim_code(&code)),
        to_utc(now),
        to_utc(expires)
    )
    .execute(tx)
    .await?;
    Ok(Some(code))
}

/// `골목커피 홍대점`.
pub async fn full_name(db: impl sqlx::PgExecutor<'_>, store_id: StoreId) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(
        "select name || ' ' || branch as \"name!\" from store where store_id = $1",
        store_id.0
    )
    .fetch_one(db)
    .await
}
