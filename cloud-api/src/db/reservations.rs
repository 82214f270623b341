//! What a store allows of reservations, and which of its times are taken.

use std::collections::BTreeMap;

use shared::TimeMs;
use shared::id::{OrderId, StoreId};
use shared::reservation::ReservationRules;
use sqlx::PgExecutor;
use sqlx::types::Json;

use crate::clock::{to_ms, to_utc};

/// A store's rules with its usual prep time in minutes.
pub async fn rules(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
) -> Result<Option<(ReservationRules, u32)>, sqlx::Error> {
    let row = sqlx::query!(
        "select reservation_rules as \"rules: Json<ReservationRules>\", prep_minutes_default from store where store_id = $1",
        store_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.rules.0, row.prep_minutes_default.unsigned_abs())))
}

/// Writes the rules of a store.
pub async fn set_rules(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    rules: &ReservationRules,
) -> Result<(), sqlx::Error> {
    let rules = serde_json::to_value(rules).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!("update store set reservation_rules = $2 where store_id = $1", store_id.0, rules)
        .execute(db)
        .await?;
    Ok(())
}

/// Orders that are to be picked up from `from` on, by the time. Unpaid ones hold their place until they end; `but` is not counted.
pub async fn taken(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    from: TimeMs,
    but: Option<OrderId>,
) -> Result<BTreeMap<TimeMs, u32>, sqlx::Error> {
    let rows = sqlx::query!(
        "select pick_up_at as \"at!\", count(*) as \"orders!\" from orders
         where store_id = $1 and pick_up_at >= $2 and phase not in ('rejected', 'cancelled')
             and ($3::uuid is null or order_id <> $3)
         group by pick_up_at",
        store_id.0,
        to_utc(from),
        but.map(|order| order.0)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (to_ms(row.at), u32::try_from(row.orders).unwrap_or(u32::MAX))).collect())
}
