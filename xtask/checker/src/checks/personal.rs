//! I8: phone numbers, names and requests of customers are nowhere but in the sealed table.

use std::collections::{BTreeSet, HashSet};
use std::io::Read;
use std::path::Path;

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};
use redis::aio::MultiplexedConnection;
use sqlx::{AssertSqlSafe, Column, PgConnection, Row, TypeInfo, ValueRef};
use uuid::Uuid;

use crate::Sources;
use crate::findings::{At, Findings};
use crate::read::books::Books;
use crate::read::journal::Journal;
use crate::read::postgres::Database;
use crate::read::streams::{self, Stream};
use crate::report::Invariant::I8;

/// The one table that may hold them, sealed.
const SEALED: &str = "personal_data";
/// Shorter texts stand in menus too.
const SHORTEST: usize = 6;
/// A log file is read in pieces of this size.
const PIECE: usize = 1 << 20;

/// What is searched for, and how much was looked through.
pub struct Search {
    words: Vec<String>,
    automaton: AhoCorasick,
    pub bytes: usize,
}

impl Search {
    /// Everything that is known of customers: from Kakao's side, from the journals' own personal data, and what the caller names.
    pub fn new(sources: &Sources, books: Option<&Books>, journals: &[Journal]) -> Result<Self> {
        let mut words = BTreeSet::new();
        for person in books.iter().flat_map(|books| &books.customers.customers) {
            words.extend(ways_to_write(&person.phone));
            words.insert(person.name.clone());
        }
        for message in books.iter().flat_map(|books| &books.messages.messages) {
            words.extend(ways_to_write(&message.to));
        }
        for (_, private) in journals.iter().flat_map(|journal| &journal.private) {
            words.extend(private["phone"].as_str().into_iter().flat_map(ways_to_write));
            words.extend(private["request"].as_str().map(str::to_owned));
        }
        words.extend(sources.canaries.iter().cloned());
        let words: Vec<String> = words.into_iter().filter(|word| word.len() >= SHORTEST).collect();
        let automaton = AhoCorasick::new(&words).context("too much to search for")?;
        Ok(Self { words, automaton, bytes: 0 })
    }

    pub fn canaries(&self) -> usize {
        self.words.len()
    }

    /// The first word that stands in `text`.
    fn find(&mut self, text: &[u8]) -> Option<&str> {
        self.bytes += text.len();
        let found = self.automaton.find(text)?;
        self.words.get(found.pattern().as_usize()).map(String::as_str)
    }

    fn look(&mut self, at: At, place: impl FnOnce() -> String, text: &[u8], findings: &mut Findings) {
        if let Some(word) = self.find(text) {
            // The finding must not become one more place.
            let kind = if word.starts_with(|c: char| c.is_ascii_digit() || c == '+') {
                "a phone number"
            } else {
                "words"
            };
            findings.add(I8, at, format!("{} holds {kind} of a customer ({} bytes)", place(), word.len()));
        }
    }
}

/// `010-1234-5678`, `01012345678`, `+82 10-1234-5678`, `821012345678`.
fn ways_to_write(phone: &str) -> Vec<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let (Some(rest), 10 | 11) = (digits.strip_prefix('0'), digits.len()) else { return Vec::new() };
    let (head, tail) = rest[2..].split_at(rest.len() - 6);
    vec![
        format!("0{}-{head}-{tail}", &rest[..2]),
        format!("{}-{head}-{tail}", &rest[..2]),
        format!("82{rest}"),
        digits.clone(),
    ]
}

/// Every text, JSON and byte column of every other table.
pub async fn database(
    connection: &mut PgConnection,
    search: &mut Search,
    findings: &mut Findings,
) -> Result<()> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select c.table_name::text, string_agg(format('%I', c.column_name), ', ' order by c.ordinal_position)
         from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.table_name <> $1
           and (c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY', 'inet'))
         group by c.table_name",
    )
    .bind(SEALED)
    .fetch_all(&mut *connection)
    .await?;
    for (table, columns) in columns {
        let query = format!("select {columns} from {table}");
        let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(&mut *connection).await;
        for row in rows.with_context(|| format!("{table} cannot be searched"))? {
            for (index, column) in row.columns().iter().enumerate() {
                let value = row.try_get_raw(index)?;
                if value.is_null() || column.type_info().is_null() {
                    continue;
                }
                let bytes = value
                    .as_bytes()
                    .map_err(|error| anyhow::anyhow!("{table}.{}: {error}", column.name()))?;
                search.look(At::nowhere(), || format!("{table}.{}", column.name()), bytes, findings);
            }
        }
    }
    Ok(())
}

/// Keys and values of Redis; the log's streams as they were read.
pub async fn redis(
    redis: &mut MultiplexedConnection,
    read: &[Stream],
    search: &mut Search,
    findings: &mut Findings,
) -> Result<()> {
    for stream in read {
        for entry in &stream.entries {
            for (name, value) in &entry.fields {
                let place = || format!("event {} in the stream {}", entry.id, stream.key);
                search.look(At::store(stream.store), place, name, findings);
                search.look(
                    At::store(stream.store),
                    || format!("event {} in {}", entry.id, stream.key),
                    value,
                    findings,
                );
            }
        }
    }
    let known: HashSet<&str> = read.iter().map(|stream| stream.key.as_str()).collect();
    for (key, values) in streams::everything(redis, &known).await? {
        search.look(At::nowhere(), || "a key in Redis".to_owned(), key.as_bytes(), findings);
        for value in values {
            search.look(At::nowhere(), || format!("{key} in Redis"), &value, findings);
        }
    }
    Ok(())
}

/// Bodies, snapshots, folds and commands of journals; their table of personal data is where it belongs.
pub fn journals(journals: &[Journal], search: &mut Search, findings: &mut Findings) {
    for journal in journals {
        let name = journal.name();
        for branch in &journal.branches {
            search.look(
                At::nowhere(),
                || format!("a snapshot in {name}"),
                branch.snapshot.to_string().as_bytes(),
                findings,
            );
            let cards = branch.snapshot["orders"].as_array().map_or(&[][..], Vec::as_slice);
            let bare = cards.iter().all(|card| card["private"].is_null());
            findings.demand(bare, I8, At::nowhere(), || {
                format!("a snapshot in {name} has what belongs into the table of personal data")
            });
            if let Some(checkpoint) = &branch.checkpoint {
                search.look(
                    At::nowhere(),
                    || format!("a fold in {name}"),
                    checkpoint.orders.to_string().as_bytes(),
                    findings,
                );
            }
            for kept in &branch.events {
                search.look(At::nowhere(), || format!("event {} in {name}", kept.seq), &kept.body, findings);
            }
        }
        for given in &journal.commands {
            search.look(
                At::nowhere(),
                || format!("command {} in {name}", given.key),
                given.json.to_string().as_bytes(),
                findings,
            );
        }
    }
}

/// Log files, in pieces that overlap by the longest word.
pub fn logs(sources: &Sources, search: &mut Search, findings: &mut Findings) -> Result<()> {
    let overlap = search.words.iter().map(String::len).max().unwrap_or(0);
    for path in &sources.logs {
        log(path, overlap, search, findings)
            .with_context(|| format!("{} cannot be searched", path.display()))?;
    }
    Ok(())
}

fn log(path: &Path, overlap: usize, search: &mut Search, findings: &mut Findings) -> Result<()> {
    let mut file = std::fs::File::open(path)?;
    let mut piece = Vec::with_capacity(PIECE + overlap);
    loop {
        let keep = piece.len().saturating_sub(overlap);
        piece.drain(..keep);
        let read = file.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        search.look(At::nowhere(), || format!("the log {}", path.display()), &piece, findings);
    }
}

/// The sealed rows are of customers, people, orders and reviews of orders that there are.
pub fn subjects(db: &Database, findings: &mut Findings) {
    for row in &db.personal {
        let known = match row.subject.as_str() {
            "customer" => db.customers.contains_key(&row.subject_id) && row.store_id.is_none(),
            "staff" => db
                .staff
                .iter()
                .any(|staff| staff.staff_id == row.subject_id && Some(staff.store_id) == row.store_id),
            "order" | "review" => {
                db.orders.get(&row.subject_id).map(|order| order.store_id)
                    == Some(row.store_id.unwrap_or(Uuid::nil()))
            }
            _ => false,
        };
        findings.demand(known, I8, At::nowhere(), || {
            format!("sealed data of the {} {}, which is not there", row.subject, row.subject_id)
        });
    }
}
