//! Stores.

use shared::TimeMs;
use shared::id::StoreId;
use sqlx::PgConnection;

use crate::cli::StoreProfile;
use crate::clock::to_utc;
use crate::token;

/// What the chat and the counter show of a store.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    pub store_id: StoreId,
    pub name: String,
    pub branch: String,
    pub phone: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub accept_deadline_minutes: u32,
    pub prep_minutes_default: u32,
    pub menu_version: i64,
    /// Whether it takes orders at this moment.
    pub open: bool,
}

impl Store {
    /// `골목커피 홍대점`.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.name, self.branch)
    }
}

macro_rules! store_from_row {
    ($row:expr) => {
        Store {
            store_id: StoreId($row.store_id),
            name: $row.name,
            branch: $row.branch,
            phone: $row.phone,
            address: $row.address,
            lat: $row.lat,
            lon: $row.lon,
            accept_deadline_minutes: $row.accept_deadline_minutes.unsigned_abs(),
            prep_minutes_default: $row.prep_minutes_default.unsigned_abs(),
            menu_version: $row.menu_version,
            open: $row.open,
        }
    };
}

/// One store.
pub async fn find(db: impl sqlx::PgExecutor<'_>, store_id: StoreId) -> Result<Option<Store>, sqlx::Error> {
    let row = sqlx::query!(
        "select store_id, name, branch, phone, address, lat, lon, accept_deadline_minutes, prep_minutes_default, menu_version,
                exists (select 1 from business_day d where d.store_id = store.store_id and d.state = 'open') as \"open!\"
         from store where store_id = $1",
        store_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| store_from_row!(row)))
}

/// Every store, by name, at most `limit`.
pub async fn list(db: impl sqlx::PgExecutor<'_>, limit: i64) -> Result<Vec<Store>, sqlx::Error> {
    let rows = sqlx::query!(
        "select store_id, name, branch, phone, address, lat, lon, accept_deadline_minutes, prep_minutes_default, menu_version,
                exists (select 1 from business_day d where d.store_id = store.store_id and d.state = 'open') as \"open!\"
         from store order by name, branch limit $1",
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| store_from_row!(row)).collect())
}

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
                            delivery, accept_deadline_minutes, prep_minutes_default, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
         on conflict (store_key) do update set name = excluded.name, branch = excluded.branch, phone = excluded.phone,
             address = excluded.address, lat = excluded.lat, lon = excluded.lon, business = excluded.business,
             modes = excluded.modes, schedule = excluded.schedule, holidays = excluded.holidays, delivery = excluded.delivery,
             accept_deadline_minutes = excluded.accept_deadline_minutes,
             prep_minutes_default = excluded.prep_minutes_default, updated_at = excluded.updated_at
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
        json(&profile.schedule)?,
        json(&profile.holidays)?,
        profile.delivery,
        profile.accept_deadline_minutes,
        profile.prep_minutes_default,
        to_utc(now)
    )
    .fetch_one(tx)
    .await?;
    Ok((StoreId(row.store_id), row.created))
}

fn json<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, sqlx::Error> {
    serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(error.into()))
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
