//! Orders that fit what is looked for, and what their events make of them.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use shared::TimeMs;
use shared::id::{DayId, OrderId};
use shared::order::PhaseName;

use crate::fold::{Entry, Ledger};
use crate::journal::{JournalError, load};

/// Most orders of one page.
pub const MAX_PAGE: usize = 100;

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

/// The newest orders that fit; one more than the limit when there are more.
pub(in crate::journal) fn find(connection: &Connection, search: &Search) -> Result<Vec<Found>, JournalError> {
    let (sql, values) = question(search);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_order(row)?);
    }
    Ok(found)
}

fn question(search: &Search) -> (String, Vec<Value>) {
    let (wanted, mut values) = conditions(search);
    let sql = format!(
        "SELECT order_id, day_id, placed_at, branch, first_seq, last_seq,
                sum IS row_sum(order_id, branch, day_id, number, call_name, placed_at, state, total, items, first_seq, last_seq)
         FROM history WHERE {wanted} ORDER BY placed_at DESC, order_id DESC LIMIT ?"
    );
    values.push(Value::Integer(search.limit.min(MAX_PAGE) as i64 + 1));
    (sql, values)
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
pub(in crate::journal) fn find_one(
    connection: &Connection,
    order_id: OrderId,
) -> Result<Option<Found>, JournalError> {
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

/// These orders as their events make them; each event is held against the chain.
pub(in crate::journal) fn entries(
    connection: &Connection,
    found: &[Found],
) -> Result<Vec<Entry>, JournalError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{schema, sums};

    /// How SQLite goes about it, step by step.
    fn plan(search: &Search) -> String {
        let mut connection = Connection::open_in_memory().unwrap();
        sums::install(&connection).unwrap();
        schema::migrate(&mut connection).unwrap();
        let (sql, values) = question(search);
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    }

    #[test]
    fn years_of_orders_are_neither_read_nor_sorted_for_one_page() {
        let parts = vec![Part::Text("김밥".to_owned())];
        let day = Search { day_id: Some(DayId::fresh()), parts, limit: 50, ..Search::default() };
        assert!(
            plan(&day).contains("SEARCH history USING INDEX history_by_day (day_id=?)"),
            "{}",
            plan(&day)
        );
        let before = Search { before: Some(TimeMs(1)), limit: 50, ..Search::default() };
        let all = Search { limit: 50, ..Search::default() };
        for search in [&day, &before, &all] {
            let plan = plan(search);
            assert!(plan.contains("USING INDEX") && !plan.contains("USE TEMP B-TREE FOR ORDER BY"), "{plan}");
        }
    }
}
