//! Writing the index.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use shared::TimeMs;
use shared::day::DayEvent;
use shared::id::{DayId, OrderId};
use shared::log::{LogBody, Subject};
use shared::order::{Order, OrderEvent, PhaseName};
use shared::wire::Snapshot;

use crate::journal::{Branch, JournalError, current_branch, facts, load};

/// Events of one step: some milliseconds of the journal's thread.
const STEP: usize = 500;
/// Where the index stands, as `<branch>:<seq>`.
const FACT_INDEXED: &str = "history";

/// Takes the index one step further; `false` when it is at the end.
pub(in crate::journal) fn index(connection: &mut Connection) -> Result<bool, JournalError> {
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
pub(in crate::journal) fn forget(connection: &mut Connection) -> Result<(), JournalError> {
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
    let reserved = matches!(event, OrderEvent::OrderReserved { .. });
    let (state, refund) = match event {
        OrderEvent::OrderPlaced { number, call_name, placed_at, details, has_request, .. }
        | OrderEvent::OrderReserved {
            number, call_name, reserved_at: placed_at, details, has_request, ..
        } => {
            let order = Order::pending(order_id, details.clone(), *has_request);
            let entry = Entry {
                order_id,
                day_id: &body.day_id.to_string(),
                number: *number,
                call_name,
                placed_at: *placed_at,
                state: if reserved { PhaseName::Reserved } else { PhaseName::Placed },
                total: details.total.get(),
                items: items(&order),
                seq,
            };
            write_order(connection, branch, &entry)?;
            return count(connection, entry.day_id, 1, entry.total, 0);
        }
        OrderEvent::ReservationFired { .. } => (Some(PhaseName::Placed), 0),
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
