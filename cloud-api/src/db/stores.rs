//! Stores as an import writes them.

use shared::TimeMs;
use shared::id::StoreId;
use sqlx::PgConnection;

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
