//! The week, the holidays, what happens by itself, and what may be ordered for later.

use shared::Code;
use shared::id::StoreId;
use shared::log::StoreEvent;
use shared::reservation::ReservationRules;
use shared::schedule::{KstDate, SchedulePolicy, StoreSchedule, WeekSchedule};
use sqlx::PgConnection;

use super::StoreError;
use crate::clock::Clock;
use crate::{day, db};

/// What a counter asks for; what is absent stays as it is.
pub(super) struct Wanted<'a> {
    pub week: &'a WeekSchedule,
    pub holidays: &'a [String],
    pub policy: Option<SchedulePolicy>,
    pub reservations: Option<ReservationRules>,
}

pub(super) async fn set(
    tx: &mut PgConnection,
    clock: &Clock,
    store_id: StoreId,
    wanted: Wanted<'_>,
) -> Result<Option<StoreEvent>, StoreError> {
    let senseless = || StoreError::Refused(Code::ScheduleSenseless);
    let holidays = KstDate::all(wanted.holidays).map_err(|_| senseless())?;
    let latest = db::days::lock_latest(tx, store_id).await?;
    let before = db::stores::schedule(&mut *tx, store_id).await?.ok_or(sqlx::Error::RowNotFound)?.schedule;
    let (rules_before, _) =
        db::reservations::rules(&mut *tx, store_id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let policy = wanted.policy.unwrap_or(before.policy);
    let after = StoreSchedule { week: wanted.week.clone(), holidays, policy };
    let rules = wanted.reservations.unwrap_or(rules_before);
    if !after.problems().is_empty() || !rules.is_sensible() {
        return Err(senseless());
    }
    if after == before && rules == rules_before {
        return Ok(None);
    }
    let now = clock.now_ms();
    db::reservations::set_rules(&mut *tx, store_id, &rules).await?;
    let schedule_version = db::stores::set_schedule(tx, store_id, &after, now).await?;
    day::watch::set_next(tx, store_id, latest.as_ref(), now).await?;
    Ok(Some(StoreEvent::ScheduleSet { schedule_version }))
}
