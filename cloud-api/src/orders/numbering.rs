//! Daily numbers and call names.

use shared::id::DayId;
use shared::order::call_name;
use sqlx::PgConnection;

use crate::db;
use crate::db::orders::LockedOrder;

/// The next daily number of the running day with its call name, for an order about to be placed. Holds what placing it will change, then
/// the day's row, until the transaction ends.
pub async fn next_ticket(
    tx: &mut PgConnection,
    locked: &LockedOrder,
) -> Result<Option<(DayId, u32, String)>, sqlx::Error> {
    let (context, order) = (&locked.context, &locked.order);
    let pays_with_points = (!order.details.points.is_zero()).then_some(context.customer_id);
    let taken = db::days::take_number(tx, context.store_id, order.id, pays_with_points).await?;
    Ok(taken.map(|(day_id, number)| (day_id, number, call_name(number))))
}
