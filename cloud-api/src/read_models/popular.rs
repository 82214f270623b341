//! What is ordered most.

use shared::TimeMs;
use shared::id::{ItemKey, StoreId};
use shared::schedule::KstDate;

use crate::db;

/// Days that count, today among them.
pub const LATELY_DAYS: i32 = 28;

/// How often an item was ordered lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopularItem {
    pub store_id: StoreId,
    pub item: ItemKey,
    /// As the last order called it.
    pub name: String,
    /// Orders that held it and were neither rejected nor cancelled.
    pub orders: u64,
    pub pieces: u64,
}

/// The items ordered most in the last [`LATELY_DAYS`], at one store or at all of them; at most `limit`, most orders first.
pub async fn most_ordered(
    db: impl sqlx::PgExecutor<'_>,
    store: Option<StoreId>,
    now: TimeMs,
    limit: i64,
) -> Result<Vec<PopularItem>, sqlx::Error> {
    let since = KstDate::of(now).plus_days(1 - LATELY_DAYS);
    db::read_models::most_ordered(db, store, since, limit).await
}
