//! The week, the holidays, and what happens by itself.

use shared::Code;
use shared::id::StoreId;
use shared::log::StoreEvent;
use shared::schedule::{KstDate, SchedulePolicy, StoreSchedule, WeekSchedule};
use sqlx::PgConnection;

use super::StoreError;
use crate::clock::Clock;
use crate::{day, db};

pub(super) async fn set(
    tx: &mut PgConnection,
    clock: &Clock,
    store_id: StoreId,
    week: &WeekSchedule,
    holidays: &[String],
    policy: Option<SchedulePolicy>,
) -> Result<Option<StoreEvent>, StoreError> {
    let senseless = || StoreError::Refused(Code::ScheduleSenseless);
    let holidays = KstDate::all(holidays).map_err(|_| senseless())?;
    let latest = db::days::lock_latest(tx, store_id).await?;
    let before = db::stores::schedule(&mut *tx, store_id).await?.ok_or(sqlx::Error::RowNotFound)?.schedule;
    let after = StoreSchedule { week: week.clone(), holidays, policy: policy.unwrap_or(before.policy) };
    if !after.problems().is_empty() {
        return Err(senseless());
    }
    if after == before {
        return Ok(None);
    }
    let now = clock.now_ms();
    let schedule_version = db::stores::set_schedule(tx, store_id, &after, now).await?;
    day::watch::set_next(tx, store_id, latest.as_ref(), now).await?;
    Ok(Some(StoreEvent::ScheduleSet { schedule_version }))
}
