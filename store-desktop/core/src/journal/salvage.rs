//! What to do with a damaged file: keep it, and carry over what exists nowhere else, the commands that wait.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params};
use shared::TimeMs;
use shared::wire::Command;

use super::open::FILE_NAME;
use super::{JournalError, copies, outbox, sums};

/// Facts that belong to the damaged file: the new one begins a new incarnation and counts its own starts.
const NOT_CARRIED: &str = "'device_seq_floor', 'incarnation', 'boots', 'history'";
/// Most numbers that are looked up one by one where the table cannot be read in order.
const MAX_PROBES: i64 = 200_000;

/// What a new journal got from a damaged one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Salvaged {
    /// Commands without an answer that came over.
    pub carried: usize,
    /// Commands that may have been without an answer and cannot be read, or not be trusted; 1 when their number is unknown.
    pub lost: usize,
}

/// Renames the journal and its companions; nothing is deleted.
pub(super) fn set_aside(folder: &Path, now: TimeMs) -> Result<PathBuf, JournalError> {
    let free = |turn: &i64| !folder.join(format!("journal.damaged-{}.db", now.0 + turn)).exists();
    let turn = (0..).find(free).unwrap_or_default();
    let name = format!("journal.damaged-{}.db", now.0 + turn);
    for suffix in ["-wal", "-shm", ""] {
        let from = folder.join(format!("{FILE_NAME}{suffix}"));
        if from.exists() {
            fs::rename(&from, folder.join(format!("{name}{suffix}")))?;
        }
    }
    Ok(folder.join(name))
}

/// Copies commands that were not settled, and the small facts; the server knows the rest. A table that cannot be read
/// any more yields what it yields, and the newest daily copy fills in. A command that was answered meanwhile goes out once
/// more under its key and gets the same answer. A command that is not as it was written is not sent: it might say something else.
pub(super) fn carry_over(
    folder: &Path,
    damaged: &Path,
    into: &mut Connection,
) -> Result<Salvaged, JournalError> {
    let mut outbox = Outbox::default();
    for file in std::iter::once(damaged.to_owned()).chain(copies::newest(folder)) {
        match Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE) {
            Ok(from) => {
                sums::install(&from)?;
                outbox.read(&from);
                carry_facts(&from, into)?;
            }
            Err(_) => outbox.unreadable = true,
        }
    }
    outbox.write(into)
}

/// What one file says: numbers of whole rows; numbers of damaged ones, and keys where they can be read.
#[derive(Default)]
struct File {
    numbers: HashSet<i64>,
    damaged: Vec<(i64, Option<String>)>,
}

/// The commands of a damaged journal and of its copies.
#[derive(Default)]
struct Outbox {
    /// Numbers and keys of whole rows.
    numbers: HashSet<i64>,
    keys: HashSet<String>,
    open: Vec<(i64, Command, String)>,
    damaged: HashSet<Damaged>,
    reached: i64,
    /// The table of a file could not be read at all: nobody knows what was in it.
    unreadable: bool,
}

/// A row that is not as it was written.
#[derive(PartialEq, Eq, Hash)]
struct Damaged {
    number: i64,
    key: Option<String>,
    /// The same file has a whole row of this number: the number is what was damaged.
    displaced: bool,
}

/// device_seq, key, json, state, and whether the sum is right.
type Row = (i64, String, String, String, bool);

impl Outbox {
    fn read(&mut self, from: &Connection) {
        let mut file = File::default();
        self.read_rows(from, &mut file);
        for (number, key) in file.damaged {
            let displaced = file.numbers.contains(&number);
            self.damaged.insert(Damaged { number, key, displaced });
        }
    }

    fn read_rows(&mut self, from: &Connection, file: &mut File) {
        let summed = from.prepare("SELECT sum FROM command LIMIT 0").is_ok();
        let whole = if summed {
            "sum IS row_sum(device_seq, key, order_id, made_at, json, state, code, epoch, seq, answered_at, settled)"
        } else {
            "1"
        };
        // By the table's own rows: an index may be what is damaged.
        let sql = format!(
            "SELECT device_seq, key, json, state, {whole} FROM command NOT INDEXED
             WHERE device_seq > ? ORDER BY device_seq LIMIT ?"
        );
        let last: rusqlite::Result<Option<i64>> =
            from.query_row("SELECT max(device_seq) FROM command NOT INDEXED", [], |row| row.get(0));
        let Ok(last) = last else {
            self.unreadable = true;
            return;
        };
        let (mut after, last) = (0, last.unwrap_or(0));
        self.reached = self.reached.max(last);
        let mut probes = 0;
        while let Err(stuck) = self.read_from(from, file, &sql, after, -1) {
            // Beyond what cannot be read, number by number.
            after = stuck;
            loop {
                after += 1;
                probes += 1;
                if after > last || probes > MAX_PROBES {
                    return;
                }
                if self.read_one(from, file, &sql, after) {
                    break;
                }
                file.damaged.push((after, None));
            }
        }
    }

    /// Reads on after a number; says after which number it got stuck.
    fn read_from(
        &mut self,
        from: &Connection,
        file: &mut File,
        sql: &str,
        after: i64,
        limit: i64,
    ) -> Result<(), i64> {
        let mut reached = after;
        let mut statement = from.prepare(sql).map_err(|_| reached)?;
        let mut rows = statement.query([after, limit]).map_err(|_| reached)?;
        loop {
            match rows.next() {
                Ok(None) => return Ok(()),
                Err(_) => return Err(reached),
                Ok(Some(row)) => {
                    let read = |row: &rusqlite::Row<'_>| {
                        Ok::<Row, rusqlite::Error>((
                            row.get(0)?,
                            row.get(1)?,
                            row.get(2)?,
                            row.get(3)?,
                            row.get(4)?,
                        ))
                    };
                    let number = row.get(0).map_err(|_| reached)?;
                    reached = number;
                    match read(row) {
                        Ok(row) => self.take(row, file),
                        Err(_) => file.damaged.push((number, None)),
                    }
                }
            }
        }
    }

    fn read_one(&mut self, from: &Connection, file: &mut File, sql: &str, number: i64) -> bool {
        self.read_from(from, file, sql, number - 1, 1).is_ok()
    }

    fn take(&mut self, (number, key, json, state, whole): Row, file: &mut File) {
        let command =
            serde_json::from_str::<Command>(&json).ok().filter(|command| command.key.to_string() == key);
        let Some(command) = command.filter(|_| whole) else {
            return file.damaged.push((number, Some(key)));
        };
        file.numbers.insert(number);
        self.keys.insert(key);
        let settled = matches!(state.as_str(), "applied" | "refused");
        if self.numbers.insert(number) && !settled {
            self.open.push((number, command, json));
        }
    }

    /// Whether a damaged row stands whole elsewhere.
    fn is_found(&self, row: &Damaged) -> bool {
        let by_key = row.key.as_ref().is_some_and(|key| self.keys.contains(key));
        by_key || (!row.displaced && self.numbers.contains(&row.number))
    }

    fn write(mut self, into: &mut Connection) -> Result<Salvaged, JournalError> {
        self.open.sort_by_key(|(number, ..)| *number);
        let transaction = into.transaction()?;
        let lost = self.damaged.iter().filter(|row| !self.is_found(row)).count();
        let lost = lost.max(usize::from(self.unreadable));
        let mut salvaged = Salvaged { carried: 0, lost };
        for (number, command, json) in &self.open {
            salvaged.carried += transaction.execute(
                "INSERT OR IGNORE INTO command (device_seq, key, order_id, made_at, json, state)
                 VALUES (?, ?, ?, ?, ?, 'queued')",
                params![
                    number,
                    command.key.to_string(),
                    outbox::order_column(command),
                    command.made_at.0,
                    json
                ],
            )?;
        }
        // The next command must not take a number that the server has seen.
        let sql = "INSERT OR REPLACE INTO fact (name, value) VALUES ('device_seq_floor', ?)";
        transaction.execute(sql, [self.reached.to_string()])?;
        transaction.commit()?;
        Ok(salvaged)
    }
}

fn carry_facts(from: &Connection, into: &Connection) -> Result<(), JournalError> {
    let sql = format!(
        "SELECT name, value FROM fact WHERE sum IS row_sum(name, value) AND name NOT IN ({NOT_CARRIED})"
    );
    let Ok(mut statement) = from.prepare(&sql) else { return Ok(()) };
    let Ok(mut rows) = statement.query([]) else { return Ok(()) };
    while let Ok(Some(row)) = rows.next() {
        if let (Ok(name @ Value::Text(_)), Ok(value @ Value::Text(_))) = (row.get(0), row.get(1)) {
            into.execute("INSERT OR IGNORE INTO fact (name, value) VALUES (?, ?)", params![name, value])?;
        }
    }
    Ok(())
}
