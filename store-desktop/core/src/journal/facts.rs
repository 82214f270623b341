//! Small things by name, and the sounds that a person stopped.

use rusqlite::{Connection, OptionalExtension, params};
use shared::TimeMs;
use shared::id::OrderId;

use super::{JournalError, sums};

/// What a person can silence about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SoundAbout {
    /// It is new and waits for an answer.
    Fresh,
    /// It was cancelled while the kitchen had it.
    Cancelled,
}

impl SoundAbout {
    fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Cancelled => "cancelled",
        }
    }
}

pub(super) fn put(connection: &Connection, name: &str, value: &str) -> Result<(), JournalError> {
    connection.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", [name, value])?;
    Ok(())
}

pub(super) fn get(connection: &Connection, name: &str) -> Result<Option<String>, JournalError> {
    let sql = "SELECT value FROM fact WHERE name = ?";
    Ok(connection.query_row(sql, [name], |row| row.get(0)).optional()?)
}

pub(super) fn acknowledge(
    connection: &mut Connection,
    order_id: OrderId,
    about: SoundAbout,
    now: TimeMs,
) -> Result<(), JournalError> {
    connection.execute(
        "INSERT OR IGNORE INTO acknowledgement (order_id, sound, at) VALUES (?, ?, ?)",
        params![order_id.to_string(), about.as_str(), now.0],
    )?;
    Ok(())
}

/// The sounds of these orders that a person stopped.
pub(super) fn acknowledged(
    connection: &Connection,
    orders: &[OrderId],
) -> Result<Vec<(OrderId, SoundAbout)>, JournalError> {
    let whole = sums::is_whole("acknowledgement");
    let sql = format!("SELECT sound FROM acknowledgement WHERE order_id = ? AND {whole}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut acknowledged = Vec::new();
    for order in orders {
        for sound in statement.query_map([order.to_string()], |row| row.get::<_, String>(0))? {
            let about = if sound? == "cancelled" { SoundAbout::Cancelled } else { SoundAbout::Fresh };
            acknowledged.push((*order, about));
        }
    }
    Ok(acknowledged)
}
