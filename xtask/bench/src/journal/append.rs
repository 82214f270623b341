//! Events appended one by one, each on the disk before the next, against plain SQLite with the same settings.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, params};
use shared::wire::LogEntry;
use store_desktop_core::clock;
use store_desktop_core::journal::Journal;

use super::story::Story;
use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Row, Running, Setup};

pub const ROW: Row = Row {
    name: "journal-append",
    what: "events appended to the journal one by one, durably, against plain SQLite with the same settings",
    run,
};

/// Events of one turn: both write within every half second of a machine that others use too.
const IN_TURN: usize = 50;
/// The journal's own settings, and its table with its two indexes.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0;";
const TABLE: &str = "CREATE TABLE event (id INTEGER PRIMARY KEY, branch INTEGER NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL,
     hash BLOB NOT NULL, body BLOB NOT NULL, received_at INTEGER NOT NULL, UNIQUE (branch, seq)) STRICT;";

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(measure(setup))
}

async fn measure(setup: &Setup) -> Result<Outcome> {
    let folder = setup.folder("journal-append")?;
    let count: u32 = if setup.quick { 500 } else { 2_000 };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for repeat in 0..setup.repeats() * 2 + 1 {
        let mut story = Story::begin();
        let snapshot = story.snapshot();
        let entries: Vec<LogEntry> = (0..count).map(|_| story.next_entry()).collect();
        let files = folder.join(format!("journal-{repeat}"));
        std::fs::create_dir(&files)?;
        let journal = Journal::open(&files)?;
        journal.rebase(snapshot, "first", clock::now()).await?;
        let plain = Plain::open(&folder.join(format!("plain-{repeat}.db")))?;
        let (mut own, mut other) = (Duration::ZERO, Duration::ZERO);
        for some in entries.chunks(IN_TURN) {
            other += plain.insert(some)?;
            own += append(&journal, some).await?;
        }
        ours.push(f64::from(count) / own.as_secs_f64());
        theirs.push(f64::from(count) / other.as_secs_f64());
    }
    Ok(Outcome::Measured(vec![
        Measure::new("events", Unit::PerSecond, &ours)
            .against("SQLite", &theirs)
            .floor(Limit::RatioAtLeast(0.7))
            .goal(Limit::RatioAtLeast(0.9)),
    ]))
}

async fn append(journal: &Journal, entries: &[LogEntry]) -> Result<Duration> {
    let entries = entries.to_vec();
    let started = Instant::now();
    for entry in entries {
        let appended = journal.append(vec![entry], clock::now()).await?;
        ensure!(appended.stored.len() == 1, "an event was not taken: {:?}", appended.stopped);
    }
    Ok(started.elapsed())
}

/// The same bytes in the same kind of table, one transaction each.
struct Plain(Connection);

impl Plain {
    fn open(file: &Path) -> Result<Self> {
        let connection =
            Connection::open(file).with_context(|| format!("{} cannot be opened", file.display()))?;
        connection.execute_batch(SETTINGS)?;
        connection.execute_batch(TABLE)?;
        Ok(Self(connection))
    }

    fn insert(&self, entries: &[LogEntry]) -> Result<Duration> {
        let started = Instant::now();
        for entry in entries {
            let sql =
                "INSERT INTO event (branch, seq, epoch, hash, body, received_at) VALUES (?, ?, ?, ?, ?, ?)";
            let body = entry.frame.body.as_bytes();
            self.0.prepare_cached(sql)?.execute(params![1, entry.position.seq, 1, [7_u8; 32], body, 0])?;
        }
        Ok(started.elapsed())
    }
}
