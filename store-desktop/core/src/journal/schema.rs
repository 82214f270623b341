//! The tables, as ordered migrations; `user_version` counts how many were applied.

use std::sync::OnceLock;

use rusqlite::{Connection, TransactionBehavior};

use super::{JournalError, sums};

/// Never change one that was shipped; add the next.
const MIGRATIONS: &[&str] = &["
-- Small facts by name: the store's card, the server's address, the language.
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- A run of the log that hangs together: a snapshot and the events after it. A reset begins the next branch; the old
-- one is kept and marked, never merged.
CREATE TABLE branch (
    id INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    snapshot TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    orphaned_at INTEGER
) STRICT;
CREATE UNIQUE INDEX one_current_branch ON branch ((1)) WHERE orphaned_at IS NULL;

-- The index beside the rows is small, so that counting a million of them at a start is quick.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    branch INTEGER NOT NULL REFERENCES branch,
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    body BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    UNIQUE (branch, seq)
) STRICT;

-- What the orders were at `seq`, so that a start need not fold the whole log.
CREATE TABLE checkpoint (branch INTEGER PRIMARY KEY REFERENCES branch, seq INTEGER NOT NULL, orders TEXT NOT NULL) STRICT;

-- Personal data, apart from the log so that it can be erased.
CREATE TABLE private (order_id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE command (
    device_seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    json TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'applied', 'refused')),
    code TEXT,
    epoch INTEGER,
    seq INTEGER,
    answered_at INTEGER,
    -- The log has caught up with it, or a person dismissed its refusal.
    settled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX command_open ON command (device_seq) WHERE settled = 0;

-- Sounds that a person stopped.
CREATE TABLE acknowledgement (
    order_id TEXT NOT NULL, sound TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (order_id, sound)
) STRICT, WITHOUT ROWID;
",
"
-- Checksums of what no chain covers (branch and command are the only ones whose rows change); `row_sum` is this program's own function. Rows that are there already are taken as they are.
ALTER TABLE fact ADD COLUMN sum INTEGER;
UPDATE fact SET sum = row_sum(name, value);
CREATE TRIGGER fact_written AFTER INSERT ON fact BEGIN
    UPDATE fact SET sum = row_sum(new.name, new.value)
    WHERE name = new.name;
END;
ALTER TABLE branch ADD COLUMN sum INTEGER;
UPDATE branch SET sum = row_sum(id, epoch, seq, hash, snapshot, reason, started_at, orphaned_at);
CREATE TRIGGER branch_written AFTER INSERT ON branch BEGIN
    UPDATE branch SET sum = row_sum(new.id, new.epoch, new.seq, new.hash, new.snapshot, new.reason, new.started_at, new.orphaned_at)
    WHERE id = new.id;
END;
CREATE TRIGGER branch_changed AFTER UPDATE OF id, epoch, seq, hash, snapshot, reason, started_at, orphaned_at ON branch BEGIN
    UPDATE branch SET sum = row_sum(new.id, new.epoch, new.seq, new.hash, new.snapshot, new.reason, new.started_at, new.orphaned_at)
    WHERE id = new.id;
END;
ALTER TABLE checkpoint ADD COLUMN sum INTEGER;
UPDATE checkpoint SET sum = row_sum(branch, seq, orders);
CREATE TRIGGER checkpoint_written AFTER INSERT ON checkpoint BEGIN
    UPDATE checkpoint SET sum = row_sum(new.branch, new.seq, new.orders)
    WHERE branch = new.branch;
END;
ALTER TABLE private ADD COLUMN sum INTEGER;
UPDATE private SET sum = row_sum(order_id, json);
CREATE TRIGGER private_written AFTER INSERT ON private BEGIN
    UPDATE private SET sum = row_sum(new.order_id, new.json)
    WHERE order_id = new.order_id;
END;
ALTER TABLE command ADD COLUMN sum INTEGER;
UPDATE command SET sum = row_sum(device_seq, key, order_id, made_at, json, state, code, epoch, seq, answered_at, settled);
CREATE TRIGGER command_written AFTER INSERT ON command BEGIN
    UPDATE command SET sum = row_sum(new.device_seq, new.key, new.order_id, new.made_at, new.json, new.state, new.code, new.epoch, new.seq, new.answered_at, new.settled)
    WHERE device_seq = new.device_seq;
END;
CREATE TRIGGER command_changed AFTER UPDATE OF device_seq, key, order_id, made_at, json, state, code, epoch, seq, answered_at, settled ON command BEGIN
    UPDATE command SET sum = row_sum(new.device_seq, new.key, new.order_id, new.made_at, new.json, new.state, new.code, new.epoch, new.seq, new.answered_at, new.settled)
    WHERE device_seq = new.device_seq;
END;
ALTER TABLE acknowledgement ADD COLUMN sum INTEGER;
UPDATE acknowledgement SET sum = row_sum(order_id, sound, at);
CREATE TRIGGER acknowledgement_written AFTER INSERT ON acknowledgement BEGIN
    UPDATE acknowledgement SET sum = row_sum(new.order_id, new.sound, new.at)
    WHERE order_id = new.order_id AND sound = new.sound;
END;
", include_str!("history.sql"), include_str!("prints.sql"),
"
-- The orders of one day of years, without reading all the others: with a million events that was 60 ms.
CREATE INDEX history_by_day ON history (day_id, placed_at);
"];

/// The version this program writes.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// So many versions later the number is no version any more.
const PLAUSIBLE: i64 = 1_000;

/// Brings the file to [`KNOWN`], one transaction per step.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), JournalError> {
    let found = version(connection)?;
    refuse_unknown(found)?;
    for (index, step) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// A newer program's file is left alone. A number that no program will reach for a long time is damage.
pub(super) fn refuse_unknown(found: i64) -> Result<(), JournalError> {
    if !(0..=KNOWN + PLAUSIBLE).contains(&found) {
        return Err(JournalError::Damaged(format!("the version {found} of the journal makes no sense")));
    }
    if found > KNOWN {
        return Err(JournalError::TooNew { found, known: KNOWN });
    }
    Ok(())
}

/// Compares the tables, indexes and triggers with those of a fresh journal, word by word: a bit that changed in them makes every later
/// statement fail, and SQLite's own check reads only pages.
pub(super) fn check(connection: &Connection) -> Result<(), JournalError> {
    static FRESH: OnceLock<Vec<String>> = OnceLock::new();
    let fresh = match FRESH.get() {
        Some(fresh) => fresh,
        None => {
            let mut memory = Connection::open_in_memory()?;
            sums::install(&memory)?;
            migrate(&mut memory)?;
            let words = words(&memory)?;
            FRESH.get_or_init(|| words)
        }
    };
    if words(connection)? == *fresh {
        return Ok(());
    }
    Err(JournalError::Damaged("its tables are not described as they were made".to_owned()))
}

fn words(connection: &Connection) -> Result<Vec<String>, JournalError> {
    let sql = "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1";
    let mut statement = connection.prepare(sql)?;
    let words = statement.query_map([], |row| row.get(0))?;
    Ok(words.collect::<Result<_, _>>()?)
}

pub(super) fn version(connection: &Connection) -> Result<i64, JournalError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
