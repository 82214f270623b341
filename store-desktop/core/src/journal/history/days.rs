//! Days of the journal, and everything that the log says of one.

use rusqlite::{Connection, Row};
use shared::TimeMs;
use shared::id::DayId;
use shared::order::Order;

use crate::journal::{JournalError, StoredEvent, branch_of, load};

/// Most days of one list.
pub const MAX_DAYS: usize = 400;
/// Most events that are read for the sales of one day: a hundred times a busy one.
const MAX_DAY_EVENTS: i64 = 500_000;

/// A day that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDay {
    pub day_id: DayId,
    pub opened_at: TimeMs,
    pub closed_at: Option<TimeMs>,
    pub orders: u32,
    pub captured: i64,
    pub refunded: i64,
    branch: i64,
    first_seq: i64,
    last_seq: i64,
}

/// What a day's sales are made of.
pub struct DayEvents {
    pub day: FoundDay,
    /// Orders of the day that were there before the branch's first event.
    pub before: Vec<Order>,
    pub events: Vec<StoredEvent>,
}

const DAY: &str = "SELECT day_id, opened_at, closed_at, orders, captured, refunded, branch, first_seq, last_seq,
           sum IS row_sum(day_id, branch, opened_at, closed_at, orders, captured, refunded, first_seq, last_seq)
    FROM history_day";

/// The newest days.
pub(in crate::journal) fn days(connection: &Connection, limit: usize) -> Result<Vec<FoundDay>, JournalError> {
    let mut statement = connection.prepare_cached(&format!("{DAY} ORDER BY opened_at DESC LIMIT ?"))?;
    let mut rows = statement.query([limit.min(MAX_DAYS) as i64])?;
    let mut days = Vec::new();
    while let Some(row) = rows.next()? {
        days.push(read_day(row)?);
    }
    Ok(days)
}

fn read_day(row: &Row<'_>) -> Result<FoundDay, JournalError> {
    let day_id = row.get::<_, String>(0)?.parse().ok();
    let (Some(day_id), true) = (day_id, row.get::<_, bool>(9)?) else {
        return Err(JournalError::IndexDamaged);
    };
    Ok(FoundDay {
        day_id,
        opened_at: TimeMs(row.get(1)?),
        closed_at: row.get::<_, Option<i64>>(2)?.map(TimeMs),
        orders: row.get(3)?,
        captured: row.get(4)?,
        refunded: row.get(5)?,
        branch: row.get(6)?,
        first_seq: row.get(7)?,
        last_seq: row.get(8)?,
    })
}

/// Everything that the log says of one day, or of the latest one.
pub(in crate::journal) fn day_events(
    connection: &Connection,
    day_id: Option<DayId>,
) -> Result<Option<DayEvents>, JournalError> {
    let (wanted, value) = match day_id {
        Some(day_id) => ("WHERE day_id = ?1", day_id.to_string()),
        None => ("WHERE ?1 = '' ORDER BY opened_at DESC LIMIT 1", String::new()),
    };
    let mut statement = connection.prepare_cached(&format!("{DAY} {wanted}"))?;
    let mut rows = statement.query([value])?;
    let Some(day) = rows.next()?.map(read_day).transpose()? else { return Ok(None) };
    let branch = branch_of(connection, day.branch)?.ok_or(JournalError::IndexDamaged)?;
    let snapshot = load::snapshot_of(connection, branch.id)?;
    let before = if snapshot.day.id == day.day_id {
        snapshot.orders.into_iter().map(|card| card.order).collect()
    } else {
        Vec::new()
    };
    let after = (day.first_seq - 1).max(branch.start_seq);
    let count = (day.last_seq - after).clamp(0, MAX_DAY_EVENTS);
    let events = load::events_of(connection, &branch, after, usize::try_from(count).unwrap_or(0))?;
    Ok(Some(DayEvents { day, before, events }))
}
