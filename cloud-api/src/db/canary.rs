//! The number that proves the whole path: written here, relayed, read back from Redis.

use shared::TimeMs;
use shared::wire::Canary;

use crate::clock::{to_ms, to_utc};

/// Writes the next number.
pub async fn bump(db: impl sqlx::PgExecutor<'_>, now: TimeMs) -> Result<(), sqlx::Error> {
    sqlx::query!("update canary set number = number + 1, written_at = $1 where canary_id = 1", to_utc(now))
        .execute(db)
        .await?;
    Ok(())
}

/// The number that was written last.
pub async fn read(db: impl sqlx::PgExecutor<'_>) -> Result<Canary, sqlx::Error> {
    let row = sqlx::query!("select number, written_at from canary where canary_id = 1").fetch_one(db).await?;
    Ok(Canary { number: row.number, written_at: to_ms(row.written_at) })
}
