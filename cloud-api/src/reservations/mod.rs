//! Reservations (예약): which times of a store can be had, and the moment at which one becomes an order that waits for the store.
//!
//! The row is the work: the timer is written with the payment, so whoever looks at timers next fires it, however long nobody could.

use std::collections::BTreeMap;

use anyhow::Context as _;
use shared::TimeMs;
use shared::day::Day;
use shared::id::{OrderId, StoreId};
use shared::order::{Actor, OrderCommand, Phase};
use shared::reservation::{Book, NoReservation, ReservationRules};
use shared::schedule::StoreSchedule;
use sqlx::PgConnection;

use crate::app::App;
use crate::db::orders::LockedOrder;
use crate::db::{self, in_time};
use crate::failpoint;
use crate::orders::{Change, TransitionError, transition_locked};

/// A store's times, as they were read at one moment.
#[derive(Debug, Clone)]
pub struct Times {
    schedule: StoreSchedule,
    day: Option<Day>,
    rules: ReservationRules,
    prep_minutes: u32,
    taken: BTreeMap<TimeMs, u32>,
    now: TimeMs,
}

impl Times {
    /// What can be had of them.
    pub fn book(&self) -> Book<'_> {
        Book {
            schedule: &self.schedule,
            day: self.day.as_ref(),
            rules: self.rules,
            prep_minutes: self.prep_minutes,
            taken: &self.taken,
            now: self.now,
        }
    }
}

/// Reads a store's times; `but` is an order whose own place counts as free.
pub async fn times(
    db: &mut PgConnection,
    store_id: StoreId,
    but: Option<OrderId>,
    now: TimeMs,
) -> anyhow::Result<Times> {
    let schedule = db::stores::schedule(&mut *db, store_id).await?.context("there is no such store")?;
    let (rules, prep_minutes) =
        db::reservations::rules(&mut *db, store_id).await?.context("there is no such store")?;
    let day = db::days::running(&mut *db, store_id).await?;
    let taken = db::reservations::taken(&mut *db, store_id, now, but).await?;
    Ok(Times { schedule: schedule.schedule, day, rules, prep_minutes, taken, now })
}

/// Why a reservation that was chosen can no longer be paid; nothing for an order of now.
pub async fn objection(
    tx: &mut PgConnection,
    order: &LockedOrder,
    now: TimeMs,
) -> anyhow::Result<Option<(TimeMs, NoReservation)>> {
    let Some(at) = order.order.pick_up_at else { return Ok(None) };
    let times = times(tx, order.context.store_id, Some(order.order.id), now).await?;
    Ok(times.book().check_chosen(at).err().map(|why| (at, why)))
}

/// The time of a reservation has come: from here on the store has to answer it. Done once, whoever comes how often.
pub async fn fire(app: &App, store_id: StoreId, order_id: OrderId) -> anyhow::Result<()> {
    let work = in_time(async {
        let mut tx = app.db.begin().await?;
        let Some(locked) = db::orders::lock(&mut tx, store_id, order_id).await? else { return Ok(None) };
        if !matches!(locked.order.phase, Phase::Reserved { .. }) {
            return Ok(None);
        }
        let accept_by = app.clock.now_ms().plus_minutes(locked.accept_deadline_minutes);
        let change = Change {
            store_id,
            order_id,
            command: OrderCommand::Fire { accept_by },
            by: Actor::Timer,
            expected_version: None,
        };
        let made = transition_locked(&mut tx, &app.clock, change, locked).await?;
        failpoint::reach("reservation.before_commit").await?;
        tx.commit().await?;
        Ok::<_, TransitionError>(Some(made.work))
    });
    let work = work.await?;
    failpoint::reach("reservation.after_commit").await?;
    if let Some(work) = work {
        metrics::counter!("reservations_fired").increment(1);
        app.wake.up(work);
    }
    Ok(())
}
