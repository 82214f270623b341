//! One field of one row of the journal at a time.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use checker::Invariant::{self, I3, I4, I5, I7, I8};
use checker::Sources;
use rand::RngExt;
use rand::rngs::StdRng;
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::Value;

use crate::change;
use crate::healthy::Healthy;
use crate::tally::Tally;

/// Rows of each column.
const ROWS: usize = 4;

/// A column, the rows in which it means something, and where a change of it shows.
type Rule = (&'static str, &'static str, &'static str, &'static [Invariant]);

const RULES: &[Rule] = &[
    ("branch", "id", "true", &[I7]),
    ("branch", "epoch", "true", &[I3]),
    ("branch", "seq", "true", &[I3]),
    ("branch", "hash", "true", &[I3]),
    ("branch", "snapshot", "true", &[I3, I4, I8]),
    ("branch", "orphaned_at", "true", &[I3]),
    ("event", "branch", "true", &[I3, I7]),
    ("event", "seq", "true", &[I3]),
    ("event", "epoch", "true", &[I3]),
    ("event", "hash", "true", &[I3]),
    ("event", "body", "true", &[I3]),
    ("command", "key", "true", &[I5]),
    ("command", "order_id", "true", &[I5]),
    ("command", "made_at", "true", &[I5]),
    ("command", "json", "true", &[I5]),
    ("command", "state", "true", &[I5]),
    ("command", "code", "true", &[I5]),
    ("command", "epoch", "true", &[I5]),
    ("command", "seq", "true", &[I5]),
    ("command", "settled", "state = 'applied'", &[I5]),
];

/// Columns whose change nobody can tell, and why that is all right. `sum` is the journal's own checksum of a row, which it compares itself.
const HARMLESS: &[(&str, &[&str], &str)] = &[
    ("fact", &["name", "value", "sum"], "the language, the server's address; the store is in each snapshot"),
    ("branch", &["reason", "started_at", "sum"], "for the person who looks at the journal later"),
    ("event", &["id", "received_at"], "when it came, by that computer's clock"),
    (
        "checkpoint",
        &["branch", "seq", "orders", "sum"],
        "none in a journal this short; compared when there is one",
    ),
    (
        "private",
        &["order_id", "json", "sum"],
        "personal data, apart from the log; the server sends it again with a snapshot",
    ),
    (
        "command",
        &["device_seq", "answered_at", "sum"],
        "the order of the rows, for the number that was sent is in the JSON; a time by that computer's clock",
    ),
    ("acknowledgement", &["order_id", "sound", "at", "sum"], "a sound that a person stopped"),
    (
        "history",
        &[
            "order_id",
            "branch",
            "day_id",
            "number",
            "call_name",
            "placed_at",
            "state",
            "total",
            "items",
            "first_seq",
            "last_seq",
            "sum",
        ],
        "an index of the events, made from them and summed by the journal itself",
    ),
    (
        "history_day",
        &[
            "day_id",
            "branch",
            "opened_at",
            "closed_at",
            "orders",
            "captured",
            "refunded",
            "first_seq",
            "last_seq",
            "sum",
        ],
        "an index of the events, made from them and summed by the journal itself",
    ),
    (
        "print_job",
        &[
            "id",
            "key",
            "printer",
            "kind",
            "order_id",
            "revision",
            "copy",
            "copies",
            "reprint",
            "document",
            "made_at",
            "state",
            "code",
            "attempts",
            "sequence",
            "released",
            "confirmed",
            "changed_at",
            "sum",
        ],
        "paper; summed by the journal itself",
    ),
];

/// Parts of a snapshot that are only shown.
const SHOWN: [&str; 4] = ["/store/", "/server_time", "/availability", "/schedule_version"];

pub async fn all(healthy: &Healthy, rng: &mut StdRng, tally: &mut Tally) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let damaged = folder.path().join("journal.db");
    let sources = Sources { journals: vec![damaged.clone()], ..healthy.sources.clone() };
    for (table, column, rows, expected) in RULES {
        for _ in 0..ROWS {
            std::fs::copy(&healthy.journal, &damaged)?;
            let what = change_one(&damaged, table, column, rows, rng)?;
            let report = checker::check(&sources).await.with_context(|| what.clone())?;
            tally.judge("journal", &what, expected, &report);
        }
    }
    let phone = &healthy.phone;
    let rows: [(&str, String, &[Invariant]); 6] = [
        ("an event is gone", "DELETE FROM event WHERE seq = (SELECT max(seq) - 3 FROM event)".to_owned(), &[I3]),
        ("the last event is gone", "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)".to_owned(), &[I7]),
        (
            "a phone number in an event",
            format!("UPDATE event SET body = CAST('{phone}' AS BLOB) WHERE seq = (SELECT max(seq) - 1 FROM event)"),
            &[I8],
        ),
        ("a phone number in a command", format!("UPDATE command SET json = '\"{phone}\"' WHERE device_seq = 1"), &[I8]),
        (
            "a command waits",
            "UPDATE command SET state = 'sent', code = NULL, epoch = NULL, seq = NULL, answered_at = NULL, settled = 0
             WHERE device_seq = 2"
                .to_owned(),
            &[I7],
        ),
        (
            "a command that was never given has an answer",
            "INSERT INTO command
                 (device_seq, key, order_id, made_at, json, state, code, epoch, seq, answered_at, settled)
             SELECT device_seq + 100, '01900000-0000-7000-8000-000000000000', order_id, made_at,
                 replace(json, key, '01900000-0000-7000-8000-000000000000'), state, code, epoch, seq, answered_at, settled
             FROM command WHERE device_seq = 1"
                .to_owned(),
            &[I5],
        ),
    ];
    for (what, sql, expected) in rows {
        std::fs::copy(&healthy.journal, &damaged)?;
        let changed = open(&damaged)?.execute(&sql, [])?;
        ensure!(changed == 1, "{what}: {changed} rows were changed");
        tally.judge("journal", what, expected, &checker::check(&sources).await?);
    }
    Ok(())
}

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0;")?;
    // They keep the program's own checksums and need its function for it.
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")?;
    let triggers: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    drop(statement);
    for trigger in triggers {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}"))?;
    }
    Ok(connection)
}

/// Whoever adds a column says what protects it.
pub fn every_column_has_a_rule(journal: &Path) -> Result<()> {
    let connection = open(journal)?;
    let mut statement = connection.prepare(
        "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
    )?;
    let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for column in columns {
        let (table, column): (String, String) = column?;
        let ruled = RULES.iter().any(|rule| rule.0 == table && rule.1 == column);
        let harmless =
            HARMLESS.iter().any(|(name, columns, _)| *name == table && columns.contains(&column.as_str()));
        ensure!(ruled || harmless, "nothing says how a change of {table}.{column} in the journal is found");
    }
    Ok(())
}

/// Changes one field of a row chosen by lot; what was done.
fn change_one(path: &Path, table: &str, column: &str, rows: &str, rng: &mut StdRng) -> Result<String> {
    let connection = open(path)?;
    let sql = format!("SELECT rowid, {column} FROM {table} WHERE {rows}");
    let mut statement = connection.prepare(&sql)?;
    let found: Vec<(i64, Cell)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    ensure!(!found.is_empty(), "the journal has no row for {table}.{column}");
    let (id, old) = found[rng.random_range(0..found.len())].clone();
    let new = match &old {
        Cell::Integer(number) if column == "settled" => Cell::Integer(1 - number),
        Cell::Integer(number) => Cell::Integer(number + 1_000_000),
        Cell::Null if ["epoch", "seq", "answered_at", "orphaned_at"].contains(&column) => Cell::Integer(1),
        Cell::Null => Cell::Text("x".to_owned()),
        Cell::Text(text) if column == "json" || column == "snapshot" => Cell::Text(other_json(text, rng)?),
        Cell::Text(text) if column == "state" => {
            Cell::Text(if text == "applied" { "refused" } else { "applied" }.to_owned())
        }
        Cell::Text(text) => Cell::Text(change::other_text(text, rng)),
        Cell::Blob(bytes) => {
            let mut bytes = bytes.clone();
            change::flip(&mut bytes, rng);
            Cell::Blob(bytes)
        }
        Cell::Real(_) => bail!("the journal has no real numbers"),
    };
    let what = format!("{table}.{column} of row {id} from {old:?} to {new:?}");
    let what = what.chars().take(300).collect();
    connection
        .execute(&format!("UPDATE {table} SET {column} = ?1 WHERE rowid = ?2"), rusqlite::params![new, id])?;
    Ok(what)
}

fn other_json(text: &str, rng: &mut StdRng) -> Result<String> {
    let mut document: Value = serde_json::from_str(text)?;
    let leaves: Vec<String> = change::leaves(&document)
        .into_iter()
        .filter(|leaf| !SHOWN.iter().any(|shown| leaf.starts_with(shown)))
        .collect();
    let leaf = &leaves[rng.random_range(0..leaves.len())];
    let place = document.pointer_mut(leaf).context("the leaf is there")?;
    *place = change::other(place, rng);
    Ok(document.to_string())
}
