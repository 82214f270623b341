//! Business days.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::day::{BreakCause, Day, DayPhase, DayState};
use shared::id::{CustomerId, DayId, OrderId, StoreId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::clock::{to_ms, to_utc};

/// A day as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDay {
    pub day: Day,
    /// The server found that nobody had closed it.
    pub forgotten: bool,
}

struct Row {
    day_id: Uuid,
    state: String,
    day: Option<Json<Day>>,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    forgotten_at: Option<DateTime<Utc>>,
}

impl Row {
    fn into_day(self) -> Result<StoredDay, sqlx::Error> {
        let state = state_from_name(&self.state)?;
        let began = to_ms(self.opened_at);
        let known = self.day.map(|day| day.0);
        let day = match known {
            Some(day) if day.state() == state => day,
            // Written by a version that knew the state alone.
            known => Day {
                id: DayId(self.day_id),
                phase: bare_phase(state, began, self.closed_at.map(to_ms)),
                prepared_at: known.as_ref().map_or(began, |day| day.prepared_at),
                opened_at: (state != DayState::Preparing).then_some(began),
                busy: known.and_then(|day| day.busy),
            },
        };
        Ok(StoredDay { day, forgotten: self.forgotten_at.is_some() })
    }
}

fn bare_phase(state: DayState, began: TimeMs, closed_at: Option<TimeMs>) -> DayPhase {
    match state {
        DayState::Preparing => DayPhase::Preparing,
        DayState::Open => DayPhase::Open { since: began },
        DayState::OnBreak => DayPhase::OnBreak { since: began, until: None, cause: BreakCause::Rest },
        DayState::Closing => DayPhase::Closing { since: began, cut: None },
        DayState::Closed => DayPhase::Closed { at: closed_at.unwrap_or(began) },
    }
}

fn state_from_name(name: &str) -> Result<DayState, sqlx::Error> {
    DayState::from_name(name).ok_or_else(|| sqlx::Error::Decode(format!("unknown day state {name:?}").into()))
}

/// The columns of [`Row`] of a store's latest day: the running one, else the one that was closed last.
macro_rules! latest {
    ($end:literal, $store_id:expr) => {
        sqlx::query_as!(
            Row,
            "select day_id, state, day as \"day: Json<Day>\", opened_at, closed_at, forgotten_at from business_day
             where store_id = $1 order by (state = 'closed'), first_seq desc limit 1 " + $end,
            $store_id.0
        )
    };
}

/// The running day, else the last one.
pub async fn latest(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
) -> Result<Option<StoredDay>, sqlx::Error> {
    latest!("", store_id).fetch_optional(db).await?.map(Row::into_day).transpose()
}

/// Where a day stands.
pub async fn state(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
) -> Result<Option<DayState>, sqlx::Error> {
    let state = sqlx::query_scalar!(
        "select state from business_day where store_id = $1 and day_id = $2",
        store_id.0,
        day_id.0
    )
    .fetch_optional(db)
    .await?;
    state.map(|state| state_from_name(&state)).transpose()
}

/// The day that is running, if any.
pub async fn running(db: impl sqlx::PgExecutor<'_>, store_id: StoreId) -> Result<Option<Day>, sqlx::Error> {
    let latest = latest(db, store_id).await?.map(|stored| stored.day);
    Ok(latest.filter(|day| day.state().is_running()))
}

/// Takes the store's row, then its latest day, for the rest of the transaction: two that begin a day come one after the other.
pub async fn lock_latest(tx: &mut PgConnection, store_id: StoreId) -> Result<Option<StoredDay>, sqlx::Error> {
    super::stores::lock(&mut *tx, store_id).await?;
    latest!("for update", store_id).fetch_optional(tx).await?.map(Row::into_day).transpose()
}

/// The running day's state, which cannot change before the transaction ends.
pub async fn hold_state(tx: &mut PgConnection, store_id: StoreId) -> Result<Option<DayState>, sqlx::Error> {
    let state = sqlx::query_scalar!(
        "select state from business_day where store_id = $1 and state <> 'closed' for share",
        store_id.0
    )
    .fetch_optional(tx)
    .await?;
    state.map(|state| state_from_name(&state)).transpose()
}

/// Writes a day that begins with event `first_seq`.
pub async fn begin(
    tx: &mut PgConnection,
    store_id: StoreId,
    day: &Day,
    first_seq: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into business_day (store_id, day_id, state, opened_at, first_seq, day) values ($1, $2, $3, $4, $5, $6)",
        store_id.0,
        day.id.0,
        day.state().as_str(),
        to_utc(day.opened_at.unwrap_or(day.prepared_at)),
        first_seq,
        json(day)?
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes what a day has become.
pub async fn update(
    tx: &mut PgConnection,
    store_id: StoreId,
    stored: &StoredDay,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let day = &stored.day;
    let closed_at = match day.phase {
        DayPhase::Closed { at } => Some(to_utc(at)),
        DayPhase::Preparing | DayPhase::Open { .. } | DayPhase::OnBreak { .. } | DayPhase::Closing { .. } => {
            None
        }
    };
    sqlx::query!(
        "update business_day set state = $3, opened_at = coalesce($4, opened_at), closed_at = $5, day = $6,
                forgotten_at = case when $7 then coalesce(forgotten_at, $8) end
         where store_id = $1 and day_id = $2",
        store_id.0,
        day.id.0,
        day.state().as_str(),
        day.opened_at.map(to_utc),
        closed_at,
        json(day)?,
        stored.forgotten,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn json(day: &Day) -> Result<serde_json::Value, sqlx::Error> {
    serde_json::to_value(day).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Takes the running day's next number for an order that is locked; the row stays locked until the transaction ends.
///
/// Placing the order will change its counted items and, where points pay for a part of it, its customer's account. They are held before the
/// day, because whoever else changes them takes the day after them.
pub async fn take_number(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    pays_with_points: Option<CustomerId>,
) -> Result<Option<(DayId, u32)>, sqlx::Error> {
    // The counts are asked for once, before the day's row is looked for.
    let row = sqlx::query!(
        "with counted as (
             select item_key from item_stock
             where store_id = $1 and item_key in (select item_key from order_item where store_id = $1 and order_id = $2)
             order by item_key for update),
         account as (select customer_id from points_account where customer_id = $3 for update)
         update business_day set next_number = next_number + 1
         where store_id = $1 and state <> 'closed' and (select count(*) from counted) + (select count(*) from account) >= 0
         returning day_id, next_number - 1 as \"number!\"",
        store_id.0,
        order_id.0,
        pays_with_points.map(|customer| customer.0)
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (DayId(row.day_id), u32::try_from(row.number).unwrap_or(0))))
}

/// The day that an event about an order belongs to: the order's own day while it runs, else the running one. Shared lock, so
/// that a day cannot close between this and the commit.
pub async fn running_or_last(
    tx: &mut PgConnection,
    store_id: StoreId,
    own: Option<DayId>,
) -> Result<Option<DayId>, sqlx::Error> {
    let row = sqlx::query!(
        "select day_id from business_day where store_id = $1 and state <> 'closed' for share",
        store_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| DayId(row.day_id)).or(own))
}

/// The day that an event about the store itself belongs to: the running one, else the last. Shared lock.
pub async fn hold_latest(tx: &mut PgConnection, store_id: StoreId) -> Result<Option<DayId>, sqlx::Error> {
    let day = sqlx::query_scalar!(
        "select day_id from business_day where store_id = $1
         order by (state = 'closed'), first_seq desc limit 1 for share",
        store_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(day.map(DayId))
}

/// Orders of a day that are not over, oldest first, with when they were placed.
pub async fn open_orders(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
    limit: i64,
) -> Result<Vec<(OrderId, TimeMs)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select order_id, placed_at as \"placed_at!\" from orders where store_id = $1 and day_id = $2
             and phase in ('reserved', 'placed', 'accepted', 'cooking', 'ready', 'handed_over')
         order by number limit $3",
        store_id.0,
        day_id.0,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (OrderId(row.order_id), to_ms(row.placed_at))).collect())
}
