//! The day's own changes that closing makes: the cut and the end.

use shared::day::{DayCommand, TransitionCause};
use shared::id::{DayId, StoreId};
use shared::order::Actor;
use sqlx::PgConnection;

use super::NotDone;
use crate::clock::Clock;
use crate::day::{DayChange, DayError, DayMade, transition};
use crate::db;
use crate::db::days::StoredDay;

/// Takes the day's row for the rest of the transaction: no order is placed and nothing is appended meanwhile. The day has to be the
/// store's latest; an older one is closed and never changes.
pub async fn lock(tx: &mut PgConnection, store_id: StoreId, day_id: DayId) -> Result<StoredDay, NotDone> {
    let latest = db::days::lock_latest(tx, store_id).await?;
    latest.filter(|stored| stored.day.id == day_id).ok_or(NotDone::NoSuchDay)
}

/// Decides and writes, with the event. The day is locked.
pub async fn change(
    tx: &mut PgConnection,
    clock: &Clock,
    store_id: StoreId,
    command: DayCommand,
    by: Actor,
    cause: TransitionCause,
) -> Result<DayMade, NotDone> {
    // Neither the cut nor the end begins a day.
    let change = DayChange { store_id, command, by, cause, made_at: None, new_day: DayId::fresh() };
    transition(tx, clock, change).await.map_err(|error| match error {
        DayError::Refused(refusal) => NotDone::Refused(refusal),
        DayError::Database(error) => NotDone::Database(error),
    })
}
