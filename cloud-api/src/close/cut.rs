//! The cut: the books are frozen at an event, and the log says so.

use shared::day::{DayCommand, DayEvent, DayPhase, TransitionCause};
use shared::id::{DayId, OrderId, StoreId};
use shared::log::Position;
use shared::order::{Actor, OrderCommand};
use shared::wire::{Blocker, BlockerCode, Cut, CutAnswer};
use sqlx::PgConnection;

use super::{NotDone, blockers, day};
use crate::app::App;
use crate::clock::to_ms;
use crate::db::closing::{self, DayCut};
use crate::db::{self, in_time};
use crate::failpoint;
use crate::orders::{self, Change, TransitionError};
use crate::wake::Work;

/// Orders that one cut completes; a day has fewer.
const MAX_COMPLETED: i64 = 5_000;

/// Freezes the books, unless something stands in the way or they are frozen already.
pub async fn cut(app: &App, store_id: StoreId, day_id: DayId, by: Actor) -> Result<CutAnswer, NotDone> {
    let stored = db::days::latest(&app.db, store_id).await?;
    let stored = stored.filter(|stored| stored.day.id == day_id).ok_or(NotDone::NoSuchDay)?;
    if let DayPhase::Closing { .. } = stored.day.phase {
        complete_handed_over(app, store_id, day_id, by).await?;
    }
    let (answer, work) = in_time(freeze(app, store_id, day_id, by)).await?;
    app.wake.up(work);
    failpoint::reach("close.after_cut").await?;
    Ok(answer)
}

/// Food that was handed over is the customer's: nothing more will come, and nobody waits an hour for the timer.
async fn complete_handed_over(app: &App, store_id: StoreId, day_id: DayId, by: Actor) -> Result<(), NotDone> {
    for order_id in closing::handed_over(&app.db, store_id, day_id, MAX_COMPLETED).await? {
        let change = Change {
            store_id,
            order_id: OrderId(order_id),
            command: OrderCommand::Complete,
            by,
            expected_version: None,
        };
        match orders::run(&app.db, &app.clock, &app.wake, change).await {
            // A refusal means that it went another way meanwhile.
            Ok(_) | Err(TransitionError::Refused(_)) => {}
            Err(error) => return Err(anyhow::Error::new(error).into()),
        }
    }
    Ok(())
}

async fn freeze(
    app: &App,
    store_id: StoreId,
    day_id: DayId,
    by: Actor,
) -> Result<(CutAnswer, Work), NotDone> {
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    let stored = day::lock(&mut tx, store_id, day_id).await?;
    if let Some(cut) = standing(&mut tx, store_id, &stored.day).await? {
        let first_seq = closing::first_seq(&mut *tx, store_id, day_id).await?;
        return Ok((CutAnswer { cut: Some(shown(&cut, first_seq)), blockers: Vec::new() }, Work::default()));
    }
    let mut blockers = blockers::blockers(&mut tx, store_id, &stored.day, now).await?;
    let handed_over = closing::handed_over(&mut *tx, store_id, day_id, MAX_COMPLETED).await?;
    if !handed_over.is_empty() {
        // Handed over just now; the next cut completes them.
        blockers.push(blockers::blocker(BlockerCode::OpenOrder, &handed_over, None));
    }
    if !blockers.is_empty() {
        return Ok((CutAnswer { cut: None, blockers }, Work::default()));
    }
    let head = db::events::lock_cursor(&mut tx, store_id).await?;
    let command = DayCommand::Cut { upto_seq: head.seq };
    let cause = TransitionCause::ByHand;
    let made = day::change(&mut tx, &app.clock, store_id, command, by, cause).await?;
    // One moment: the row has the time that its event has.
    let cut_at = made.events.first().map_or(now, DayEvent::at);
    let cut = DayCut::new(head.epoch, head.seq, head.hash, cut_at);
    closing::put_cut(&mut tx, store_id, day_id, &cut).await?;
    let first_seq = closing::first_seq(&mut *tx, store_id, day_id).await?;
    tx.commit().await?;
    Ok((CutAnswer { cut: Some(shown(&cut, first_seq)), blockers: Vec::new() }, made.work))
}

/// The cut that still holds: the day knows it and nothing happened to an order since.
pub(super) async fn standing(
    tx: &mut PgConnection,
    store_id: StoreId,
    day: &shared::day::Day,
) -> Result<Option<DayCut>, sqlx::Error> {
    let Some(cut) = closing::cut_of(&mut *tx, store_id, day.id).await? else { return Ok(None) };
    let known = match day.phase {
        DayPhase::Closing { cut, .. } => cut,
        // A closed day's books never move again.
        DayPhase::Closed { .. } => return Ok(Some(cut)),
        DayPhase::Preparing | DayPhase::Open { .. } | DayPhase::OnBreak { .. } => None,
    };
    if known != Some(cut.upto_seq) || closing::moved_since(&mut *tx, store_id, cut.upto_seq).await? {
        return Ok(None);
    }
    Ok(Some(cut))
}

/// As the counter sees it.
pub(super) fn shown(cut: &DayCut, first_seq: i64) -> Cut {
    Cut {
        first_seq,
        upto: Position::new(cut.epoch, cut.upto_seq, &cut.head_hash),
        head_hash: cut.head_hash.hex(),
        cut_at: to_ms(cut.cut_at),
    }
}

/// What is missing where there is no cut.
pub(super) fn not_cut() -> Blocker {
    blockers::blocker(BlockerCode::NotCut, &[], None)
}
