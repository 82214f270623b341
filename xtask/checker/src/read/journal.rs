//! A counter's journal: a SQLite file, opened for reading only, also while the counter runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;
use uuid::Uuid;

/// How long the counter may hold the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);
const FILE_NAME: &str = "journal.db";

#[derive(Debug)]
pub struct Journal {
    pub path: PathBuf,
    /// What the folder says of its device, when the file is in a counter's folder.
    pub device: Option<Uuid>,
    /// The store that it signed in to.
    pub store: Option<Uuid>,
    /// In order; the current one is last.
    pub branches: Vec<Branch>,
    pub commands: Vec<Given>,
    /// In which life of its device it numbers commands now.
    pub incarnation: Option<String>,
    /// Order and JSON.
    pub private: Vec<(String, Value)>,
    /// Closing certificates, as the counter keeps them.
    pub certificates: Vec<Value>,
}

#[derive(Debug)]
pub struct Branch {
    pub id: i64,
    pub epoch: i64,
    pub seq: i64,
    pub hash: Vec<u8>,
    pub snapshot: Value,
    pub orphaned: bool,
    pub events: Vec<Kept>,
    pub checkpoint: Option<Checkpoint>,
}

impl Branch {
    /// The last event that it has, or where it began.
    pub fn head(&self) -> i64 {
        self.events.last().map_or(self.seq, |last| last.seq)
    }
}

#[derive(Debug)]
pub struct Kept {
    pub seq: i64,
    pub epoch: i64,
    pub hash: Vec<u8>,
    pub body: Vec<u8>,
}

#[derive(Debug)]
pub struct Checkpoint {
    pub seq: i64,
    pub orders: Value,
}

/// A command of the journal.
#[derive(Debug)]
pub struct Given {
    pub key: String,
    pub order_id: String,
    pub made_at: i64,
    pub json: Value,
    pub state: String,
    pub code: Option<String>,
    pub epoch: Option<i64>,
    pub seq: Option<i64>,
    pub answered_at: Option<i64>,
    pub settled: bool,
}

impl Journal {
    /// How findings call it: the folder's name and the file's.
    pub fn name(&self) -> String {
        let parts: Vec<_> = self.path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
        parts.into_iter().rev().collect::<Vec<_>>().join("/")
    }

    pub fn current(&self) -> Option<&Branch> {
        self.branches.iter().find(|branch| !branch.orphaned)
    }
}

/// Reads a journal's file, or the one in a counter's folder.
pub fn read(path: &Path) -> Result<Journal> {
    let path = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
    let journal =
        read_file(&path).with_context(|| format!("the journal {} cannot be read", path.display()))?;
    Ok(journal)
}

fn read_file(path: &Path) -> Result<Journal> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY_LIMIT)?;
    // One moment of the file for all questions.
    connection.execute_batch("BEGIN")?;
    let device = path.parent().and_then(|folder| std::fs::read_to_string(folder.join("device_id")).ok());
    let device = device.and_then(|text| text.trim().parse().ok());
    let mut journal = Journal {
        path: path.to_owned(),
        device,
        store: None,
        branches: Vec::new(),
        commands: Vec::new(),
        incarnation: None,
        private: Vec::new(),
        certificates: Vec::new(),
    };
    // A file in which nothing was ever made durable.
    if all(&connection, "SELECT 1 FROM sqlite_schema WHERE name = 'branch'", |_| Ok(()))?.is_empty() {
        return Ok(journal);
    }
    journal.branches = branches(&connection)?;
    journal.commands = commands(&connection)?;
    journal.incarnation = fact(&connection, "incarnation")?;
    let named = journal.branches.last().and_then(|branch| branch.snapshot["store"]["store_id"].as_str());
    let named = named.map(str::to_owned).or(fact(&connection, "store_id")?);
    journal.store = named.and_then(|id| id.parse().ok());
    journal.private = all(&connection, "SELECT order_id, json FROM private", |row| {
        Ok((row.get::<_, String>(0)?, json(&row.get::<_, String>(1)?)))
    })?;
    let sql = "SELECT value FROM fact WHERE name LIKE 'certificate/%'";
    journal.certificates = all(&connection, sql, |row| Ok(json(&row.get::<_, String>(0)?)))?;
    Ok(journal)
}

fn fact(connection: &Connection, name: &str) -> Result<Option<String>> {
    Ok(all(connection, &format!("SELECT value FROM fact WHERE name = '{name}'"), |row| row.get(0))?.pop())
}

fn branches(connection: &Connection) -> Result<Vec<Branch>> {
    let sql = "SELECT id, epoch, seq, hash, snapshot, orphaned_at IS NOT NULL FROM branch ORDER BY id";
    let mut branches = all(connection, sql, |row| {
        Ok(Branch {
            id: row.get(0)?,
            epoch: row.get(1)?,
            seq: row.get(2)?,
            hash: row.get(3)?,
            snapshot: json(&row.get::<_, String>(4)?),
            orphaned: row.get(5)?,
            events: Vec::new(),
            checkpoint: None,
        })
    })?;
    for branch in &mut branches {
        let sql =
            format!("SELECT seq, epoch, hash, body FROM event WHERE branch = {} ORDER BY seq", branch.id);
        branch.events = all(connection, &sql, |row| {
            Ok(Kept { seq: row.get(0)?, epoch: row.get(1)?, hash: row.get(2)?, body: row.get(3)? })
        })?;
        let sql = format!("SELECT seq, orders FROM checkpoint WHERE branch = {}", branch.id);
        branch.checkpoint = all(connection, &sql, |row| {
            Ok(Checkpoint { seq: row.get(0)?, orders: json(&row.get::<_, String>(1)?) })
        })?
        .pop();
    }
    Ok(branches)
}

fn commands(connection: &Connection) -> Result<Vec<Given>> {
    let sql = "SELECT key, order_id, made_at, json, state, code, epoch, seq, answered_at, settled
               FROM command ORDER BY device_seq";
    all(connection, sql, |row| {
        Ok(Given {
            key: row.get(0)?,
            order_id: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            made_at: row.get(2)?,
            json: json(&row.get::<_, String>(3)?),
            state: row.get(4)?,
            code: row.get(5)?,
            epoch: row.get(6)?,
            seq: row.get(7)?,
            answered_at: row.get(8)?,
            settled: row.get(9)?,
        })
    })
}

/// Text that is no JSON becomes null, which fits nothing.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}
