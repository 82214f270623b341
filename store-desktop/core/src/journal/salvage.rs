//! What to do with a damaged file: keep it, and carry over what exists nowhere else, the commands that wait.
//!
//! Its successor is made beside it and takes its place when it is whole, so that this may be cut off anywhere and begins again:
//!
//! ```text
//! journal.building.db           the successor in the making; worth nothing
//! journal.successor-<time>.db   whole; from here on the damaged file only has to be put away as journal.damaged-<time>.db
//! journal.db                    the damaged file, then none, then the successor
//! ```

use std::collections::HashSet;
use std::fs::{self, File as SystemFile};
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, params};
use shared::TimeMs;
use shared::wire::Command;

use super::open::{FILE_NAME, SetAside};
use super::{JournalError, copies, facts, outbox, schema, sums};

/// Facts that belong to the damaged file: the new one begins a new incarnation and counts its own starts.
const NOT_CARRIED: &str = "'device_seq_floor', 'incarnation', 'boots', 'history', 'set_aside'";
/// What became of the file before, as JSON.
const FACT_SET_ASIDE: &str = "set_aside";
/// Most numbers that are looked up one by one where the table cannot be read in order.
const MAX_PROBES: i64 = 200_000;
/// What SQLite puts beside a file; the file itself comes last.
const WITH_COMPANIONS: [&str; 4] = ["-wal", "-shm", "-journal", ""];
const BUILDING: &str = "journal.building.db";
const SUCCESSOR: &str = "journal.successor-";
const DAMAGED: &str = "journal.damaged-";

/// What a new journal got from a damaged one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Salvaged {
    /// Commands without an answer that came over.
    carried: usize,
    /// Commands that may have been without an answer and cannot be read, or not be trusted; 1 when their number is unknown.
    lost: usize,
}

/// Makes the successor of the damaged journal, with what it gets from it. Nothing has changed before it is on the disk as a whole.
pub(super) fn make_successor(folder: &Path, now: TimeMs) -> Result<(), JournalError> {
    let building = folder.join(BUILDING);
    for suffix in WITH_COMPANIONS {
        remove(&folder.join(format!("{BUILDING}{suffix}")))?;
    }
    let time = (now.0..).find(|time| !folder.join(damaged_name(*time)).exists()).unwrap_or(now.0);
    // Not in the mode of a write-ahead log: the successor is one file.
    let mut connection = Connection::open(&building)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    sums::install(&connection)?;
    schema::migrate(&mut connection)?;
    let Salvaged { carried, lost } = carry_over(folder, &mut connection, &damaged_name(time))?;
    connection.close().map_err(|(_, error)| error)?;
    SystemFile::open(&building)?.sync_all()?;
    fs::rename(&building, folder.join(format!("{SUCCESSOR}{time}.db")))?;
    sync_folder(folder)?;
    tracing::warn!(carried, lost, "waiting commands were carried over");
    Ok(())
}

/// Puts the damaged journal away, nothing is deleted, and its successor in its place; goes on where it was cut off.
pub(super) fn finish(folder: &Path) -> Result<(), JournalError> {
    let Some((successor, time)) = successor(folder)? else { return Ok(()) };
    for suffix in WITH_COMPANIONS {
        let from = folder.join(format!("{FILE_NAME}{suffix}"));
        if from.exists() {
            fs::rename(from, folder.join(format!("{}{suffix}", damaged_name(time))))?;
        }
    }
    sync_folder(folder)?;
    fs::rename(successor, folder.join(FILE_NAME))?;
    Ok(sync_folder(folder)?)
}

/// What became of the journal before this one, as long as this one has no snapshot.
pub(super) fn predecessor(folder: &Path, connection: &Connection) -> Result<Option<SetAside>, JournalError> {
    if super::current_branch(connection)?.is_some() {
        return Ok(None);
    }
    let kept = facts::get(connection, FACT_SET_ASIDE)?;
    let set_aside: Option<SetAside> = kept.and_then(|text| serde_json::from_str(&text).ok());
    Ok(set_aside.map(|aside| SetAside { file: folder.join(aside.file), ..aside }))
}

/// A successor that is whole, and the time in its name.
fn successor(folder: &Path) -> Result<Option<(PathBuf, i64)>, JournalError> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let time = name.strip_prefix(SUCCESSOR).and_then(|rest| rest.strip_suffix(".db"));
        if let Some(time) = time.and_then(|time| time.parse().ok()) {
            return Ok(Some((path, time)));
        }
    }
    Ok(None)
}

fn damaged_name(time: i64) -> String {
    format!("{DAMAGED}{time}.db")
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Names must be on the disk in the order in which they were changed.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    SystemFile::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Copies commands that were not settled, and the small facts; the server knows the rest. A table that cannot be read
/// any more yields what it yields, and the newest daily copy fills in. A command that was answered meanwhile goes out once
/// more under its key and gets the same answer. A command that is not as it was written is not sent: it might say something else.
/// The new file also says under which name the damaged one will be found.
fn carry_over(folder: &Path, into: &mut Connection, aside: &str) -> Result<Salvaged, JournalError> {
    let transaction = into.transaction()?;
    let mut outbox = Outbox::default();
    for file in std::iter::once(folder.join(FILE_NAME)).chain(copies::newest(folder)) {
        match open_damaged(&file)? {
            Some(from) => {
                outbox.read(&from);
                carry_facts(&from, &transaction)?;
            }
            None => outbox.unreadable = true,
        }
    }
    let salvaged = outbox.write(&transaction)?;
    let told = SetAside { file: aside.into(), carried: salvaged.carried, lost: salvaged.lost };
    let told = serde_json::to_string(&told).expect("a name that was made from text, and two numbers");
    facts::put(&transaction, FACT_SET_ASIDE, &told)?;
    transaction.commit()?;
    Ok(salvaged)
}

/// A file that may be damaged; `None` when nothing of it can be read. That there is no room beside it is no damage: nothing would come over,
/// and with room all of it does.
fn open_damaged(file: &Path) -> Result<Option<Connection>, JournalError> {
    let opened = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|file| {
        file.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(file)
    });
    match opened.map_err(|error| (error.sqlite_error_code(), JournalError::from(error))) {
        Ok(file) => {
            sums::install(&file)?;
            Ok(Some(file))
        }
        Err((Some(ErrorCode::CannotOpen), error)) => Err(error),
        Err((_, error)) if error.is_for_want_of_room() => Err(error),
        Err(_) => Ok(None),
    }
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
        let whole = if summed { sums::is_whole("command") } else { "1".to_owned() };
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

    fn write(mut self, into: &Transaction<'_>) -> Result<Salvaged, JournalError> {
        self.open.sort_by_key(|(number, ..)| *number);
        let lost = self.damaged.iter().filter(|row| !self.is_found(row)).count();
        let lost = lost.max(usize::from(self.unreadable));
        let mut salvaged = Salvaged { carried: 0, lost };
        for (number, command, json) in &self.open {
            salvaged.carried += into.execute(
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
        into.execute(sql, [self.reached.to_string()])?;
        Ok(salvaged)
    }
}

fn carry_facts(from: &Connection, into: &Connection) -> Result<(), JournalError> {
    let whole = sums::is_whole("fact");
    let sql = format!("SELECT name, value FROM fact WHERE {whole} AND name NOT IN ({NOT_CARRIED})");
    let Ok(mut statement) = from.prepare(&sql) else { return Ok(()) };
    let Ok(mut rows) = statement.query([]) else { return Ok(()) };
    while let Ok(Some(row)) = rows.next() {
        if let (Ok(name @ Value::Text(_)), Ok(value @ Value::Text(_))) = (row.get(0), row.get(1)) {
            into.execute("INSERT OR IGNORE INTO fact (name, value) VALUES (?, ?)", params![name, value])?;
        }
    }
    Ok(())
}
