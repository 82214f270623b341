//! An independent check of everything that Simple Order keeps: Postgres, the streams in Redis, the counters' journals, Kakao's books. It
//! shares no code with what it checks; only the definition of the chain's hash is the same, written a second time.

mod chain;
mod checks;
mod days;
mod findings;
mod fold;
mod read;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};

use findings::Findings;
use read::books::{self, Books};
use read::journal::{self, Journal};
use read::postgres::{self, Database};
use read::streams::{self, Stream};

pub use report::{Counted, Finding, Invariant, Report};

/// Where to look. What is absent is not checked.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub database_url: String,
    pub redis_url: Option<String>,
    pub sandbox_url: Option<String>,
    /// Journals of counters: files, copies of them, or the folders of counters.
    pub journals: Vec<PathBuf>,
    /// Log files that must not have personal data.
    pub logs: Vec<PathBuf>,
    /// Words of customers to search for, beside those that the sandbox and the journals know.
    pub canaries: Vec<String>,
    /// What the sandbox knows, if it is not asked; see [`books_of`].
    pub books: Option<serde_json::Value>,
}

/// What the sandbox at this address knows: its ledger, messages and customers.
pub async fn books_of(sandbox_url: &str) -> Result<serde_json::Value> {
    books::ask(sandbox_url).await
}

/// Reads everything and compares. An error means that something could not be read; what does not hold is in the report.
pub async fn check(sources: &Sources) -> Result<Report> {
    let started = Instant::now();
    let mut connection = postgres::connect(&sources.database_url).await?;
    let db = postgres::read(&mut connection).await?;
    let books = match (&sources.books, &sources.sandbox_url) {
        (Some(books), _) => Some(books::read(books)?),
        (None, Some(url)) => Some(books::read(&books::ask(url).await?)?),
        (None, None) => None,
    };
    let mut redis = match &sources.redis_url {
        Some(url) => Some(streams::connect(url).await?),
        None => None,
    };
    let streams = match &mut redis {
        Some(redis) => streams::read(redis, &db.days).await?,
        None => Vec::new(),
    };
    let journals: Vec<Journal> =
        sources.journals.iter().map(|path| journal::read(path)).collect::<Result<_>>()?;

    let mut findings = Findings::default();
    compare(&db, &streams, &journals, books.as_ref(), redis.is_some(), &mut findings);

    let mut search = checks::personal::Search::new(sources, books.as_ref(), &journals)?;
    checks::personal::database(&mut connection, &mut search, &mut findings).await?;
    if let Some(redis) = &mut redis {
        checks::personal::redis(redis, &streams, &mut search, &mut findings)
            .await
            .context("Redis cannot be searched")?;
    }
    checks::personal::journals(&journals, &mut search, &mut findings);
    checks::personal::logs(sources, &mut search, &mut findings)?;

    let mut counted = counted(&db, &streams, &journals, books.as_ref());
    (counted.canaries, counted.bytes_searched) = (search.canaries(), search.bytes);
    Ok(Report { findings: findings.into_sorted(), counted, seconds: started.elapsed().as_secs_f64() })
}

fn compare(
    db: &Database,
    streams: &[Stream],
    journals: &[Journal],
    books: Option<&Books>,
    has_streams: bool,
    findings: &mut Findings,
) {
    let orders = checks::log::check(db, findings);
    if has_streams {
        checks::streams::check(db, streams, findings);
    }
    checks::journals::check(db, journals, findings);
    checks::orders::check(db, &orders, findings);
    checks::days::check(db, &orders, journals, findings);
    checks::sold_out::check(db, findings);
    checks::stock::check(db, &orders, findings);
    checks::payments::check(db, &orders, findings);
    checks::money::reported(db, &orders, findings);
    checks::points::check(db, &orders, findings);
    checks::ledger::check(db, findings);
    if let Some(books) = books {
        checks::money::check(db, &books.ledger, findings);
    }
    checks::commands::check(db, journals, findings);
    checks::messages::check(db, &orders, books, findings);
    checks::messages::waiting(db, findings);
    checks::timers::check(db, &orders, findings);
    checks::rest::check(db, findings);
    checks::personal::subjects(db, findings);
}

fn counted(db: &Database, streams: &[Stream], journals: &[Journal], books: Option<&Books>) -> Counted {
    let branches = || journals.iter().flat_map(|journal| &journal.branches);
    Counted {
        stores: db.stores.len(),
        orders: db.orders.len(),
        events: db.event_count(),
        attempts: db.attempts.len(),
        refunds: db.refunds.len(),
        captures: books
            .map_or(0, |books| books.ledger.payments.iter().filter(|payment| payment.captured > 0).count()),
        commands: db.commands.len(),
        messages: db.notifications.len(),
        stream_entries: streams.iter().map(|stream| stream.entries.len()).sum(),
        journals: journals.len(),
        journal_events: branches().map(|branch| branch.events.len()).sum(),
        journal_commands: journals.iter().map(|journal| journal.commands.len()).sum(),
        ..Counted::default()
    }
}
