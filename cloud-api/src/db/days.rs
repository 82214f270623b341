//! Business days.

use shared::TimeMs;
use shared::id::{DayId, StoreId};
use sqlx::PgConnection;

use crate::clock::{to_ms, to_utc};

/// Where a day stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningDay {
    pub day_id: DayId,
    pub opened_at: TimeMs,
    pub state: DayState,
}

/// The states of a business day that is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayState {
    Preparing,
    Open,
    OnBreak,
    Closing,
}

impl DayState {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "preparing" => Some(Self::Preparing),
            "open" => Some(Self::Open),
            "on_break" => Some(Self::OnBreak),
            "closing" => Some(Self::Closing),
            _ => None,
        }
    }

    /// Whether a new order may be placed.
    pub fn takes_placements(self) -> bool {
        match self {
            Self::Open => true,
            Self::Preparing | Self::OnBreak | Self::Closing => false,
        }
    }

    /// Whether a payment that is already under way may still be captured.
    pub fn honours_payments(self) -> bool {
        match self {
            Self::Open | Self::OnBreak | Self::Closing => true,
            Self::Preparing => false,
        }
    }
}

/// Opens a day.
pub async fn open(
    tx: &mut PgConnection,
    store_id: StoreId,
    day_id: DayId,
    first_seq: i64,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into business_day (store_id, day_id, state, opened_at, first_seq) values ($1, $2, 'open', $3, $4)",
        store_id.0,
        day_id.0,
        to_utc(now),
        first_seq
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The day that is running, if any.
pub async fn running(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
) -> Result<Option<RunningDay>, sqlx::Error> {
    let row = sqlx::query!(
        "select day_id, opened_at, state from business_day where store_id = $1 and state <> 'closed'",
        store_id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let state = DayState::from_name(&row.state)
            .ok_or_else(|| sqlx::Error::Decode(format!("unknown day state {:?}", row.state).into()))?;
        Ok(RunningDay { day_id: DayId(row.day_id), opened_at: to_ms(row.opened_at), state })
    })
    .transpose()
}

/// Takes the running day's next number; the row stays locked until the transaction ends.
pub async fn take_number(
    tx: &mut PgConnection,
    store_id: StoreId,
) -> Result<Option<(DayId, u32)>, sqlx::Error> {
    let row = sqlx::query!(
        "update business_day set next_number = next_number + 1 where store_id = $1 and state <> 'closed'
         returning day_id, next_number - 1 as \"number!\"",
        store_id.0
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
