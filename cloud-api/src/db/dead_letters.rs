//! Work that failed for good and waits for a person.

use chrono::{DateTime, Utc};
use shared::id::StoreId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Puts a piece of work aside. `reference` is the row it is about.
pub async fn insert(
    tx: &mut PgConnection,
    store_id: Option<StoreId>,
    source: &str,
    reference: Uuid,
    error: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    tracing::error!(source, %reference, error, "dead letter");
    metrics::counter!("dead_letters", "source" => source.to_owned()).increment(1);
    sqlx::query!(
        "insert into dead_letter (dead_letter_id, store_id, source, reference, error, created_at) values ($1, $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        store_id.map(|id| id.0),
        source,
        reference,
        error,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}
