//! The whole log as a file that anybody can verify: see [`journal_verify`].

use std::fs;
use std::io::Write;
use std::path::Path;

use journal_verify::{BranchHeader, EventLine, FORMAT, FORMAT_VERSION, Header, HeaderMark, Writer};
use rusqlite::Connection;
use shared::TimeMs;
use shared::log::{ChainHash, Position};

use super::{JournalError, facts, open};
use crate::clock;

/// Where the journal keeps which store it is of.
const FACT_STORE: &str = "store_id";

/// Writes a header, every event of every branch as a JSON line, and an end with a checksum; without personal data. A counter may be
/// running. Returns how many events.
pub fn export(folder: &Path, out: &mut dyn Write) -> Result<u64, JournalError> {
    let connection = open::open_read_only(folder)?;
    // One moment of the file: a counter may be writing.
    let _moment = connection.unchecked_transaction()?;
    let header = header(folder, &connection)?;
    let mut writer = Writer::begin(out, &header)?;
    let mut statement = connection.prepare(
        "SELECT e.branch, e.seq, e.epoch, e.hash, e.body, e.received_at, b.orphaned_at IS NOT NULL
         FROM event e JOIN branch b ON b.id = e.branch ORDER BY e.branch, e.seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let hash = ChainHash(row.get(3)?);
        let position = Position::new(row.get(2)?, row.get(1)?, &hash);
        let received_at = TimeMs(row.get(5)?);
        writer.event(&EventLine::new(row.get(0)?, row.get(6)?, position, &hash, received_at, row.get(4)?))?;
    }
    let events = writer.finish()?;
    Ok(u64::try_from(events).unwrap_or(0))
}

fn header(folder: &Path, connection: &Connection) -> Result<Header, JournalError> {
    let mut statement = connection.prepare(
        "SELECT b.id, b.epoch, b.seq, b.hash, b.reason, b.started_at, b.orphaned_at,
                (SELECT count(*) FROM event e WHERE e.branch = b.id),
                (SELECT e.hash FROM event e WHERE e.branch = b.id ORDER BY e.seq DESC LIMIT 1)
         FROM branch b ORDER BY b.id",
    )?;
    let rows = statement.query_map([], |row| {
        let hash = ChainHash(row.get(3)?);
        let head: Option<[u8; 32]> = row.get(8)?;
        Ok(BranchHeader {
            branch: row.get(0)?,
            epoch: row.get(1)?,
            seq: row.get(2)?,
            hash: hash.hex(),
            reason: row.get(4)?,
            started_at: TimeMs(row.get(5)?),
            orphaned_at: row.get::<_, Option<i64>>(6)?.map(TimeMs),
            events: row.get(7)?,
            head_hash: head.map_or(hash, ChainHash).hex(),
        })
    })?;
    let device = fs::read_to_string(folder.join("device_id")).ok();
    Ok(Header {
        mark: HeaderMark::Header,
        format: FORMAT.to_owned(),
        v: FORMAT_VERSION,
        store_id: facts::get(connection, FACT_STORE)?.and_then(|id| id.parse().ok()),
        device_id: device.and_then(|id| id.trim().parse().ok()),
        exported_at: clock::now(),
        branches: rows.collect::<Result<_, _>>()?,
    })
}
