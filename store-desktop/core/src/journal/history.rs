//! The index of orders and days (지난 주문): made from the events in small steps, beside the work, and made anew when it is not as it was
//! written.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params, params_from_iter};
use shared::TimeMs;
use shared::day::DayEvent;
use shared::id::{DayId, OrderId};
use shared::log::{LogBody, Subject};
use shared::order::{Order, OrderEvent, PhaseName};
use shared::wire::Snapshot;

use super::{Branch, JournalError, StoredEvent, branch_of, current_branch, facts, load};
use crate::fold::Ledger;

/// Events of one step: some milliseconds of the journal's thread.
const STEP: usize = 500;
/// Most orders of one page.
pub const MAX_PAGE: usize = 100;
/// Most days of one list.
pub const MAX_DAYS: usize = 400;
/// Most events that are read for the sales of one day: a hundred times a busy one.
const MAX_DAY_EVENTS: i64 = 500_000;
/// Where the index stands, as `<branch>:<seq>`.
const FACT_INDEXED: &str = "history";

/// What to look for; everything has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    pub parts: Vec<Part>,
    pub day_id: Option<DayId>,
    /// Only orders that were placed before.
    pub before: Option<TimeMs>,
    /// At most [`MAX_PAGE`].
    pub limit: usize,
}

/// One thing to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The order's number or what it cost.
    Number(i64),
    /// Placed between these minutes of the Korean day.
    Minutes {
        from: i64,
        to: i64,
    },
    States(Vec<PhaseName>),
    /// The call name, or a part of an item's name.
    Text(String),
}

/// An order that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub order_id: OrderId,
    pub day_id: DayId,
    pub placed_at: TimeMs,
    branch: i64,
    first_seq: i64,
    last_seq: i64,
}

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

/// Takes the index one step further; `false` when it is at the end.
pub(super) fn index(connection: &mut Connection) -> Result<bool, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(branch) = current_branch(&transaction)? else { return Ok(false) };
    let reached = match indexed(&transaction)? {
        Some((id, seq)) if id == branch.id => seq,
        Some(_) | None => {
            let snapshot = load::snapshot_of(&transaction, branch.id)?;
            begin_branch(&transaction, &branch, &snapshot)?;
            keep_indexed(&transaction, branch.id, branch.start_seq)?;
            transaction.commit()?;
            return Ok(true);
        }
    };
    if reached >= branch.head_seq {
        return Ok(false);
    }
    let events = load::events_of(&transaction, &branch, reached, STEP)?;
    let Some(last) = events.last() else { return Ok(false) };
    let seq = last.position.seq;
    for event in &events {
        // An event that this version cannot read is in nobody's history.
        if let Ok(body) = LogBody::parse(&event.body) {
            note(&transaction, &branch, event.position.seq, &body)?;
        }
    }
    keep_indexed(&transaction, branch.id, seq)?;
    transaction.commit()?;
    Ok(seq < branch.head_seq)
}

fn indexed(connection: &Connection) -> Result<Option<(i64, i64)>, JournalError> {
    let kept = facts::get(connection, FACT_INDEXED)?;
    Ok(kept.and_then(|kept| {
        let (branch, seq) = kept.split_once(':')?;
        Some((branch.parse().ok()?, seq.parse().ok()?))
    }))
}

fn keep_indexed(connection: &Connection, branch: i64, seq: i64) -> Result<(), JournalError> {
    facts::put(connection, FACT_INDEXED, &format!("{branch}:{seq}"))
}

/// Throws the index away: it is not as it was written.
pub(super) fn forget(connection: &mut Connection) -> Result<(), JournalError> {
    let transaction = connection.transaction()?;
    transaction.execute("DELETE FROM history", [])?;
    transaction.execute("DELETE FROM history_day", [])?;
    transaction.execute("DELETE FROM fact WHERE name = ?", [FACT_INDEXED])?;
    Ok(transaction.commit()?)
}

fn begin_branch(connection: &Connection, branch: &Branch, snapshot: &Snapshot) -> Result<(), JournalError> {
    let day = &snapshot.day;
    touch_day(connection, branch, day.id, branch.start_seq, day.opened_at.unwrap_or(day.prepared_at))?;
    for card in &snapshot.orders {
        let Some(ticket) = &card.order.ticket else { continue };
        let known: Option<(String, i64)> = connection
            .prepare_cached("SELECT day_id, total FROM history WHERE order_id = ?")?
            .query_row([card.order.id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let order = &card.order;
        let day_id = known.as_ref().map_or_else(|| day.id.to_string(), |(day_id, _)| day_id.clone());
        write_order(
            connection,
            branch,
            &Entry {
                order_id: order.id,
                day_id: &day_id,
                number: ticket.number,
                call_name: &ticket.call_name,
                placed_at: ticket.placed_at,
                state: order.phase.name(),
                total: order.details.total.get(),
                items: items(order),
                seq: branch.start_seq,
            },
        )?;
        if known.is_none() {
            let refunded = order.refunded.get();
            count(connection, &day_id, 1, order.details.total.get(), refunded)?;
        }
    }
    Ok(())
}

struct Entry<'a> {
    order_id: OrderId,
    day_id: &'a str,
    number: u32,
    call_name: &'a str,
    placed_at: TimeMs,
    state: PhaseName,
    total: i64,
    items: String,
    seq: i64,
}

fn write_order(connection: &Connection, branch: &Branch, entry: &Entry<'_>) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "INSERT INTO history (order_id, branch, day_id, number, call_name, placed_at, state, total, items, first_seq, last_seq)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
             ON CONFLICT (order_id) DO UPDATE SET branch = ?2, state = ?7, first_seq = ?10, last_seq = ?10",
        )?
        .execute(params![
            entry.order_id.to_string(),
            branch.id,
            entry.day_id,
            entry.number,
            entry.call_name,
            entry.placed_at.0,
            entry.state.as_str(),
            entry.total,
            entry.items,
            entry.seq,
        ])?;
    Ok(())
}

fn items(order: &Order) -> String {
    let names: Vec<String> = order.details.lines.iter().map(|line| line.name.to_lowercase()).collect();
    names.join(" · ")
}

fn note(connection: &Connection, branch: &Branch, seq: i64, body: &LogBody) -> Result<(), JournalError> {
    touch_day(connection, branch, body.day_id, seq, body.at)?;
    match &body.subject {
        Subject::Order { order_id, event, .. } => note_order(connection, branch, seq, body, *order_id, event),
        Subject::Day(DayEvent::DayOpened { opened_at, .. }) => {
            set_day(connection, "opened_at", body.day_id, opened_at.0)
        }
        Subject::Day(DayEvent::DayClosed { closed_at, .. }) => {
            set_day(connection, "closed_at", body.day_id, closed_at.0)
        }
        Subject::Day(_) | Subject::Store(_) => Ok(()),
    }
}

fn note_order(
    connection: &Connection,
    branch: &Branch,
    seq: i64,
    body: &LogBody,
    order_id: OrderId,
    event: &OrderEvent,
) -> Result<(), JournalError> {
    let (state, refund) = match event {
        OrderEvent::OrderPlaced { number, call_name, placed_at, details, has_request, .. } => {
            let order = Order::pending(order_id, details.clone(), *has_request);
            let entry = Entry {
                order_id,
                day_id: &body.day_id.to_string(),
                number: *number,
                call_name,
                placed_at: *placed_at,
                state: PhaseName::Placed,
                total: details.total.get(),
                items: items(&order),
                seq,
            };
            write_order(connection, branch, &entry)?;
            return count(connection, entry.day_id, 1, entry.total, 0);
        }
        OrderEvent::OrderAccepted { .. } => (Some(PhaseName::Accepted), 0),
        OrderEvent::CookingStarted { .. } => (Some(PhaseName::Cooking), 0),
        OrderEvent::OrderReady { .. } => (Some(PhaseName::Ready), 0),
        OrderEvent::OrderHandedOver { .. } => (Some(PhaseName::HandedOver), 0),
        OrderEvent::OrderCompleted { .. } => (Some(PhaseName::Completed), 0),
        OrderEvent::OrderRejected { refund, .. } => (Some(PhaseName::Rejected), refund.get()),
        OrderEvent::OrderCancelled { refund, .. } => (Some(PhaseName::Cancelled), refund.get()),
        OrderEvent::RefundPromised { amount, .. } => (None, amount.get()),
        OrderEvent::RefundCompleted { .. }
        | OrderEvent::ConflictRaised { .. }
        | OrderEvent::ConflictSettled { .. } => (None, 0),
    };
    connection
        .prepare_cached(
            "UPDATE history SET state = coalesce(?, state), last_seq = ? WHERE order_id = ? AND branch = ?",
        )?
        .execute(params![state.map(PhaseName::as_str), seq, order_id.to_string(), branch.id])?;
    if refund == 0 {
        return Ok(());
    }
    let day_id: Option<String> = connection
        .prepare_cached("SELECT day_id FROM history WHERE order_id = ?")?
        .query_row([order_id.to_string()], |row| row.get(0))
        .optional()?;
    match day_id {
        Some(day_id) => count(connection, &day_id, 0, 0, refund),
        None => Ok(()),
    }
}

/// The day has an event of number `seq`; its first one begins it.
fn touch_day(
    connection: &Connection,
    branch: &Branch,
    day_id: DayId,
    seq: i64,
    at: TimeMs,
) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "INSERT INTO history_day (day_id, branch, opened_at, orders, captured, refunded, first_seq, last_seq)
             VALUES (?1, ?2, ?3, 0, 0, 0, ?4, ?4)
             ON CONFLICT (day_id) DO UPDATE SET
                 first_seq = iif(branch = ?2, first_seq, ?4), branch = ?2, last_seq = ?4",
        )?
        .execute(params![day_id.to_string(), branch.id, at.0, seq])?;
    Ok(())
}

fn set_day(connection: &Connection, column: &str, day_id: DayId, at: i64) -> Result<(), JournalError> {
    connection
        .prepare_cached(&format!("UPDATE history_day SET {column} = ? WHERE day_id = ?"))?
        .execute(params![at, day_id.to_string()])?;
    Ok(())
}

fn count(
    connection: &Connection,
    day_id: &str,
    orders: i64,
    captured: i64,
    refunded: i64,
) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "UPDATE history_day SET orders = orders + ?, captured = captured + ?, refunded = refunded + ?
             WHERE day_id = ?",
        )?
        .execute(params![orders, captured, refunded, day_id])?;
    Ok(())
}

/// The newest orders that fit; one more than the limit when there are more.
pub(super) fn find(connection: &Connection, search: &Search) -> Result<Vec<Found>, JournalError> {
    let (wanted, mut values) = conditions(search);
    let sql = format!(
        "SELECT order_id, day_id, placed_at, branch, first_seq, last_seq,
                sum IS row_sum(order_id, branch, day_id, number, call_name, placed_at, state, total, items, first_seq, last_seq)
         FROM history WHERE {wanted} ORDER BY placed_at DESC, order_id DESC LIMIT ?"
    );
    values.push(Value::Integer(search.limit.min(MAX_PAGE) as i64 + 1));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_order(row)?);
    }
    Ok(found)
}

fn conditions(search: &Search) -> (String, Vec<Value>) {
    let (mut wanted, mut values) = (vec!["1".to_owned()], Vec::new());
    if let Some(day_id) = search.day_id {
        wanted.push("day_id = ?".to_owned());
        values.push(Value::Text(day_id.to_string()));
    }
    if let Some(before) = search.before {
        wanted.push("placed_at < ?".to_owned());
        values.push(Value::Integer(before.0));
    }
    for part in &search.parts {
        match part {
            Part::Number(number) => {
                wanted.push("(number = ? OR total = ?)".to_owned());
                values.extend([Value::Integer(*number), Value::Integer(*number)]);
            }
            Part::Minutes { from, to } => {
                wanted.push("((placed_at + 32400000) / 60000) % 1440 BETWEEN ? AND ?".to_owned());
                values.extend([Value::Integer(*from), Value::Integer(*to)]);
            }
            Part::States(states) => {
                let marks = vec!["?"; states.len()].join(", ");
                wanted.push(format!("state IN ({marks})"));
                values.extend(states.iter().map(|state| Value::Text(state.as_str().to_owned())));
            }
            Part::Text(text) => {
                wanted.push("(instr(items, ?) OR instr(call_name, ?))".to_owned());
                values.extend([Value::Text(text.to_lowercase()), Value::Text(text.clone())]);
            }
        }
    }
    (wanted.join(" AND "), values)
}

/// One order by its id.
pub(super) fn find_one(connection: &Connection, order_id: OrderId) -> Result<Option<Found>, JournalError> {
    let sql = "SELECT order_id, day_id, placed_at, branch, first_seq, last_seq,
                      sum IS row_sum(order_id, branch, day_id, number, call_name, placed_at, state, total, items, first_seq, last_seq)
               FROM history WHERE order_id = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([order_id.to_string()])?;
    rows.next()?.map(read_order).transpose()
}

fn read_order(row: &Row<'_>) -> Result<Found, JournalError> {
    let whole: bool = row.get(6)?;
    let id = row.get::<_, String>(0)?.parse().ok();
    let day_id = row.get::<_, String>(1)?.parse().ok();
    let (Some(order_id), Some(day_id), true) = (id, day_id, whole) else {
        return Err(JournalError::IndexDamaged);
    };
    Ok(Found {
        order_id,
        day_id,
        placed_at: TimeMs(row.get(2)?),
        branch: row.get(3)?,
        first_seq: row.get(4)?,
        last_seq: row.get(5)?,
    })
}

const DAY: &str = "SELECT day_id, opened_at, closed_at, orders, captured, refunded, branch, first_seq, last_seq,
           sum IS row_sum(day_id, branch, opened_at, closed_at, orders, captured, refunded, first_seq, last_seq)
    FROM history_day";

/// The newest days.
pub(super) fn days(connection: &Connection, limit: usize) -> Result<Vec<FoundDay>, JournalError> {
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
pub(super) fn day_events(
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

/// These orders as their events make them; each event is held against the chain.
pub(super) fn entries(
    connection: &Connection,
    found: &[Found],
) -> Result<Vec<crate::fold::Entry>, JournalError> {
    let mut snapshots: Vec<(i64, Ledger)> = Vec::new();
    let mut entries = Vec::with_capacity(found.len());
    for one in found {
        if snapshots.iter().all(|(id, _)| *id != one.branch) {
            let started = load::snapshot_of(connection, one.branch)?;
            snapshots.push((one.branch, Ledger::from_snapshot(&started, started.server_time)));
        }
        let begin = snapshots.iter().find(|(id, _)| *id == one.branch).and_then(|(_, ledger)| {
            ledger.orders.get(&one.order_id).map(|entry| (one.order_id, entry.clone()))
        });
        let mut ledger = Ledger { orders: begin.into_iter().collect(), ..Ledger::default() };
        for event in load::events_about(connection, one.branch, one.order_id, (one.first_seq, one.last_seq))?
        {
            ledger.apply(&event);
        }
        let mut entry = ledger.orders.remove(&one.order_id).ok_or(JournalError::IndexDamaged)?;
        entry.day_id = one.day_id;
        entries.push(entry);
    }
    Ok(entries)
}
