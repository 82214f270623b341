//! Small things by name, and the sounds that a person stopped.

use rusqlite::{Connection, OptionalExtension, params};
use shared::TimeMs;
use shared::id::OrderId;

use super::JournalError;

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

pub(super) fn put(connection: &mut Connection, name: &str, value: &str) -> Result<(), JournalError> {
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

pub(super) fn acknowledged(connection: &Connection) -> Result<Vec<(OrderId, SoundAbout)>, JournalError> {
    let mut statement = connection.prepare("SELECT order_id, sound FROM acknowledgement")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut acknowledged = Vec::new();
    for row in rows {
        let (order_id, sound) = row?;
        let about = if sound == "cancelled" { SoundAbout::Cancelled } else { SoundAbout::Fresh };
        if let Ok(order_id) = order_id.parse() {
            acknowledged.push((order_id, about));
        }
    }
    Ok(acknowledged)
}
