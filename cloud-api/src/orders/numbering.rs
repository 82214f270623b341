//! Daily numbers and call names.

use shared::id::{DayId, StoreId};
use shared::order::call_name;
use sqlx::PgConnection;

use crate::db;

/// The next daily number of a store's running day with its call name. Holds the day's row until the transaction ends.
pub async fn next_ticket(
    tx: &mut PgConnection,
    store_id: StoreId,
) -> Result<Option<(DayId, u32, String)>, sqlx::Error> {
    let taken = db::days::take_number(tx, store_id).await?;
    Ok(taken.map(|(day_id, number)| (day_id, number, call_name(number))))
}
