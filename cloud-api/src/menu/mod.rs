//! What a counter changes about its store beside orders and days: what is sold out, what is left, the menu itself, and the hours. Each is one
//! event of the store log, written in the caller's transaction.

mod edit;
mod hours;
mod sold_out;

use shared::Code;
use shared::TimeMs;
use shared::id::StoreId;
use shared::log::{BODY_VERSION, LogBody, Position, StoreEvent, Subject};
use shared::order::Actor;
use shared::wire::CommandAction;
use sqlx::PgConnection;

use crate::clock::Clock;
use crate::db;
use crate::log::append;
use crate::wake::Work;

/// Something that a counter wants to be so at its store.
#[derive(Debug, Clone)]
pub struct StoreChange<'a> {
    pub store_id: StoreId,
    pub action: &'a CommandAction,
    pub by: Actor,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct StoreMade {
    /// The end of the store log after it; absent when it was so already.
    pub position: Option<Position>,
    /// Whom to wake after the commit.
    pub work: Work,
}

/// Why it was not made; the transaction holds nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("refused: {}", .0.as_str())]
    Refused(Code),
    #[error("the store has no business day")]
    NoBusinessDay,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Makes a change inside the caller's transaction. Lock order is counted items → store → business day → cursor.
pub async fn change(
    tx: &mut PgConnection,
    clock: &Clock,
    change: &StoreChange<'_>,
) -> Result<StoreMade, StoreError> {
    let store_id = change.store_id;
    let event = match change.action {
        CommandAction::SoldOut { what, until } => sold_out::mark(tx, clock, store_id, what, *until).await?,
        CommandAction::BackOnSale { what } => sold_out::unmark(tx, store_id, what).await?,
        CommandAction::StockSet { item, pieces } => sold_out::count(tx, store_id, item, *pieces).await?,
        CommandAction::MenuEdit { edit } => edit::edit(tx, clock, store_id, edit).await?,
        CommandAction::ScheduleSet { schedule, holidays, policy, reservations } => {
            let wanted =
                hours::Wanted { week: schedule, holidays, policy: *policy, reservations: *reservations };
            hours::set(tx, clock, store_id, wanted).await?
        }
        CommandAction::Accept { .. }
        | CommandAction::Reject { .. }
        | CommandAction::Cooking
        | CommandAction::Ready
        | CommandAction::HandedOver
        | CommandAction::Cancel { .. }
        | CommandAction::SettleConflict { .. }
        | CommandAction::RefundPart { .. }
        | CommandAction::DayPrepare
        | CommandAction::DayOpen
        | CommandAction::BreakStart { .. }
        | CommandAction::BreakEnd
        | CommandAction::BusySet { .. }
        | CommandAction::ClosingStart
        | CommandAction::ClosingResume => return Err(StoreError::Refused(Code::UnknownCommand)),
    };
    let Some(event) = event else { return Ok(StoreMade { position: None, work: Work::default() }) };
    let position = announce(tx, store_id, event, change.by, clock.now_ms()).await?;
    Ok(StoreMade { position: Some(position), work: Work { relay: true, ..Work::default() } })
}

/// Appends an event about the store itself: it belongs to the running day, or to the last one.
pub async fn announce(
    tx: &mut PgConnection,
    store_id: StoreId,
    event: StoreEvent,
    by: Actor,
    now: TimeMs,
) -> Result<Position, StoreError> {
    let day_id = db::days::hold_latest(tx, store_id).await?.ok_or(StoreError::NoBusinessDay)?;
    let body = LogBody { v: BODY_VERSION, at: now, day_id, by, subject: Subject::Store(event) };
    Ok(append::append(tx, store_id, &[body], now).await?)
}
