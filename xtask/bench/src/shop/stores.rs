//! Many stores, as copies of one.

use anyhow::Result;
use sqlx::postgres::PgPool;

/// Everything that a store needs to take orders, under the ids 1 to `$2`; each log begins empty.
const COPIES: [&str; 4] = [
    "insert into store (store_id, store_key, name, branch, phone, address, lat, lon, business, modes, schedule, holidays, delivery,
                        accept_deadline_minutes, prep_minutes_default, menu_version, created_at, updated_at)
     select lpad(n::text, 32, '0')::uuid, 'copy-' || n, name, 'copy ' || n, phone, address, lat, lon, business, modes, schedule,
            holidays, delivery, accept_deadline_minutes, prep_minutes_default, menu_version, created_at, updated_at
     from store, generate_series(1, $2) n where store_id = $1::uuid",
    "insert into menu_document (store_id, menu_version, document, created_at)
     select lpad(n::text, 32, '0')::uuid, menu_version, document, created_at
     from menu_document, generate_series(1, $2) n where store_id = $1::uuid",
    "insert into store_cursor (store_id, epoch, last_seq, last_hash)
     select lpad(n::text, 32, '0')::uuid, 1, 0, decode(repeat('00', 32), 'hex')
     from store_cursor, generate_series(1, $2) n where store_id = $1::uuid",
    "insert into business_day (store_id, day_id, state, opened_at, first_seq)
     select lpad(n::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, state, opened_at, 1
     from business_day, generate_series(1, $2) n where store_id = $1::uuid",
];

pub async fn copy(db: &PgPool, store: &str, count: u32) -> Result<()> {
    let mut tx = db.begin().await?;
    for statement in COPIES {
        sqlx::query(statement).bind(store).bind(i32::try_from(count)?).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    analyze(db).await
}

/// Plans as in a database that has been at work for a while.
pub async fn analyze(db: &PgPool) -> Result<()> {
    sqlx::query("vacuum analyze").execute(db).await?;
    Ok(())
}
