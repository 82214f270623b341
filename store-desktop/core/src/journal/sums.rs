//! Checksums of the rows that no chain covers. SQLite notices a damaged page only where it trips over it; a flipped bit in a
//! command's state or in a saved fold would otherwise be believed.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::JournalError;

/// Commands whose rows are compared at a start; the rest is compared in the background.
const COMMANDS_AT_START: i64 = 1_000;

/// The tables with a `sum`, and what it covers.
const SUMMED: [(&str, &str); 7] = [
    ("fact", "name, value"),
    ("branch", "id, epoch, seq, hash, snapshot, reason, started_at, orphaned_at"),
    ("checkpoint", "branch, seq, orders"),
    ("private", "order_id, json"),
    ("command", "device_seq, key, order_id, made_at, json, state, code, epoch, seq, answered_at, settled"),
    ("acknowledgement", "order_id, sound, at"),
    (
        "print_job",
        "id, key, printer, kind, order_id, revision, copy, copies, reprint, document, made_at, state, code, attempts, sequence, released, confirmed, changed_at",
    ),
];

/// The condition that a row of the table is as it was written.
pub(super) fn is_whole(table: &str) -> String {
    format!("sum IS row_sum({})", columns(table))
}

/// What the sum of a table covers.
fn columns(table: &str) -> &'static str {
    let of = SUMMED.iter().find(|(name, _)| *name == table);
    of.map(|(_, columns)| *columns).expect("only tables with a sum are asked about")
}

/// Gives the connection `row_sum(…)`, which the triggers of the schema call.
pub(super) fn install(connection: &Connection) -> Result<(), JournalError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    Ok(connection.create_scalar_function("row_sum", -1, flags, |row| Ok(sum(row)))?)
}

/// The first 8 bytes of a SHA-256 over every value with its type and its length.
fn sum(row: &Context<'_>) -> i64 {
    let mut hasher = Sha256::new();
    for index in 0..row.len() {
        match row.get_raw(index) {
            ValueRef::Null => hasher.update([0]),
            ValueRef::Integer(value) => {
                hasher.update([1]);
                hasher.update(value.to_be_bytes());
            }
            ValueRef::Real(value) => {
                hasher.update([2]);
                hasher.update(value.to_be_bytes());
            }
            ValueRef::Text(bytes) => part(&mut hasher, 3, bytes),
            ValueRef::Blob(bytes) => part(&mut hasher, 4, bytes),
        }
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}

fn part(hasher: &mut Sha256, kind: u8, bytes: &[u8]) {
    hasher.update([kind]);
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}

/// Compares what a start relies on: small tables whole, the newest commands, no personal data.
pub(super) fn check_at_start(connection: &Connection) -> Result<(), JournalError> {
    for (table, columns) in SUMMED.iter().filter(|(table, _)| is_small(table)) {
        compare(connection, table, columns, "")?;
    }
    let newest =
        format!("AND device_seq > (SELECT coalesce(max(device_seq), 0) FROM command) - {COMMANDS_AT_START}");
    let table = "command";
    let columns = columns(table);
    compare(connection, table, columns, &newest)?;
    // Through its own index: a row that claims to be settled while the index says that it waits, or the other way round.
    let open = format!(
        "SELECT 1 FROM command INDEXED BY command_open WHERE settled = 0 AND sum IS NOT row_sum({columns})"
    );
    if connection.query_row(&open, [], |_| Ok(())).optional()?.is_some() {
        return Err(damaged(table));
    }
    // The same commands in the same order: an entry may point to another row that waits too.
    let waiting = |how: &str| {
        let sql = format!(
            "SELECT group_concat(device_seq || key) FROM
             (SELECT device_seq, key FROM command {how} WHERE settled = 0 {newest} ORDER BY device_seq)"
        );
        connection.query_row(&sql, [], |row| row.get::<_, Option<String>>(0))
    };
    if waiting("INDEXED BY command_open")? != waiting("NOT INDEXED")? {
        return Err(damaged(table));
    }
    Ok(())
}

fn is_small(table: &str) -> bool {
    matches!(table, "fact" | "branch" | "checkpoint")
}

/// Compares every row of every table.
pub(super) fn check_all(connection: &Connection) -> Result<(), JournalError> {
    SUMMED.iter().try_for_each(|(table, columns)| compare(connection, table, columns, ""))
}

/// Refuses a table with a row that is not as it was written.
fn compare(connection: &Connection, table: &str, columns: &str, and: &str) -> Result<(), JournalError> {
    let sql = format!("SELECT 1 FROM {table} WHERE sum IS NOT row_sum({columns}) {and} LIMIT 1");
    match connection.query_row(&sql, [], |_| Ok(())).optional()? {
        None => Ok(()),
        Some(()) => Err(damaged(table)),
    }
}

fn damaged(table: &str) -> JournalError {
    JournalError::Damaged(format!("a row of {table} is not as it was written"))
}
