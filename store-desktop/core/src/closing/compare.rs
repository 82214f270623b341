//! E1: this counter's journal against the server's log, and reading the day again when the journal is the one that is wrong.

use std::path::Path;
use std::sync::Arc;

use shared::day::DayTotals;
use shared::log::{ChainHash, GENESIS};
use shared::wire::{
    Blamed, Cut, Difference, Equality, HashesRequest, JournalProof, LogEntry, MAX_LOG_PAGE, Repair,
};

use super::bisect::Search;
use super::server::ClosingServer;
use crate::cloud::CloudError;
use crate::journal::{Books, DayChain, DayRead, FaultField, JournalError, Reread, read_day};

/// Most events of a day that are read again at once; a busy day has some twenty thousand.
const MOST_EVENTS: i64 = 500_000;
/// Most questions of one search: three find one event among 260,000.
const MOST_QUESTIONS: usize = 8;

/// The field of a difference that is in a table beside the events.
pub(super) const FIELD_TABLE: &str = "table";

/// How the comparison ended.
#[derive(Debug)]
pub enum Compared {
    /// The journal is the server's log up to the cut.
    Whole {
        proof: JournalProof,
        totals: Option<DayTotals>,
    },
    /// The journal does not reach the cut yet.
    Behind,
    /// It begins after the day did: nothing contradicts, and the beginning can be read.
    Short,
    Differs(Difference),
}

/// What can stop a step.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    #[error(transparent)]
    Cloud(#[from] CloudError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What the server says contradicts itself.
    #[error("the server contradicts itself: {0}")]
    Server(String),
}

/// As if the network had failed.
impl From<crate::failpoint::Injected> for CloseError {
    fn from(injected: crate::failpoint::Injected) -> Self {
        Self::Cloud(injected.into())
    }
}

/// Recomputes the day's chain from the bodies and compares its end with the cut; a difference is searched for.
pub async fn compare(
    folder: &Path,
    server: &impl ClosingServer,
    books: &Books,
    cut: &Cut,
) -> Result<Compared, CloseError> {
    let (folder, day) = (folder.to_owned(), *books);
    let reading = tokio::task::spawn_blocking(move || read_day(&folder, &day));
    let chain = match reading.await.map_err(|_| JournalError::Stopped)? {
        Ok(DayRead::Behind { .. }) => return Ok(Compared::Behind),
        Ok(DayRead::Short { .. }) => return Ok(Compared::Short),
        Ok(DayRead::Read(chain)) => chain,
        Err(JournalError::Damaged(why)) => return Ok(Compared::Differs(damaged(why))),
        Err(error) => return Err(error.into()),
    };
    let head = head_of(cut)?;
    let ours = chain.at(books, books.upto_seq);
    if chain.is_whole(books) && ours == Some(head) {
        let proof = JournalProof {
            position: cut.upto.clone(),
            head_hash: head.hex(),
            count: books.upto_seq - books.first_seq + 1,
        };
        return Ok(Compared::Whole { proof, totals: chain.tally.totals() });
    }
    let first = if ours == Some(head) { None } else { Some(first_difference(server, books, &chain).await?) };
    let seq =
        [chain.fault.map(|fault| fault.seq), first].into_iter().flatten().min().unwrap_or(books.upto_seq);
    let theirs = hash_at(server, books, seq).await?;
    Ok(Compared::Differs(judge(&chain, books, seq, theirs)))
}

fn head_of(cut: &Cut) -> Result<ChainHash, CloseError> {
    ChainHash::from_hex(&cut.head_hash)
        .filter(|hash| hash.hash8() == cut.upto.hash8)
        .ok_or_else(|| CloseError::Server("the cut names a hash that is not its position's".to_owned()))
}

async fn first_difference(
    server: &impl ClosingServer,
    books: &Books,
    chain: &DayChain,
) -> Result<i64, CloseError> {
    let mut search = Search::new(books.first_seq, books.upto_seq);
    for _ in 0..MOST_QUESTIONS {
        if let Some(found) = search.found() {
            return Ok(found);
        }
        let question = search.question();
        let answer = server.hashes(books.day_id, &question).await?;
        search.take(&question, &answer, |seq| chain.at(books, seq));
    }
    search.found().ok_or_else(|| CloseError::Server("its hashes do not hang together".to_owned()))
}

async fn hash_at(
    server: &impl ClosingServer,
    books: &Books,
    seq: i64,
) -> Result<Option<ChainHash>, CloseError> {
    let answer = server.hashes(books.day_id, &HashesRequest { seqs: vec![seq] }).await?;
    let hash = answer.hashes.iter().find(|hash| hash.seq == seq);
    Ok(hash.and_then(|hash| ChainHash::from_hex(&hash.hash)))
}

/// Who is wrong about an event. A journal that contradicts itself was changed after it was written, and is a copy: it is read again. One
/// that hangs together was verified when each event came, so the server's log is not what it was then: a person has to know.
fn judge(chain: &DayChain, books: &Books, seq: i64, theirs: Option<ChainHash>) -> Difference {
    let (computed, stored) = (chain.at(books, seq), chain.stored_at(books, seq));
    let shown = |hash: Option<ChainHash>| hash.map_or_else(|| "-".to_owned(), |hash| hash.hex());
    let (blamed, repair, field, found) = match chain.fault.map(|fault| fault.field) {
        None => (Blamed::Database, Repair::AskOperator, "hash", computed),
        Some(FaultField::Stray) => (Blamed::Journal, Repair::ReadJournalAgain, "branch", None),
        Some(FaultField::Missing) => (Blamed::Journal, Repair::ReadJournalAgain, "missing", None),
        Some(FaultField::Epoch) => (Blamed::Journal, Repair::ReadJournalAgain, "epoch", stored),
        Some(FaultField::Link) if computed == theirs => {
            (Blamed::Journal, Repair::ReadJournalAgain, "hash", stored)
        }
        Some(FaultField::Link) => (Blamed::Journal, Repair::ReadJournalAgain, "body", computed),
    };
    Difference {
        equality: Equality::Journal,
        blamed,
        repair,
        seq: Some(seq),
        order_id: None,
        attempt_id: None,
        field: field.to_owned(),
        expected: shown(theirs),
        found: shown(found),
    }
}

/// A table that no chain covers is not as it was written.
fn damaged(why: String) -> Difference {
    Difference {
        equality: Equality::Journal,
        blamed: Blamed::Journal,
        repair: Repair::ReadJournalAgain,
        seq: None,
        order_id: None,
        attempt_id: None,
        field: FIELD_TABLE.to_owned(),
        expected: "-".to_owned(),
        found: why,
    }
}

/// Reads the day from the server, in pages.
pub(super) async fn reread(
    server: &impl ClosingServer,
    books: &Books,
    cut: &Cut,
) -> Result<Arc<Reread>, CloseError> {
    let count = books.upto_seq - books.first_seq + 1;
    if !(1..=MOST_EVENTS).contains(&count) {
        return Err(CloseError::Server(format!("a day of {count} events")));
    }
    let before = match books.first_seq - 1 {
        0 => GENESIS,
        seq => hash_at(server, books, seq)
            .await?
            .ok_or_else(|| CloseError::Server(format!("it has no event {seq}")))?,
    };
    let mut entries: Vec<LogEntry> = Vec::new();
    loop {
        let after = books.first_seq - 1 + entries.len() as i64;
        let page = server.log_page(after, MAX_LOG_PAGE).await?;
        let is_end = page.events.is_empty();
        entries.extend(page.events);
        let read = entries.len() as i64;
        if is_end && read < count {
            return Err(CloseError::Server(format!("its event {} is missing", after + 1)));
        }
        if is_end || read > MOST_EVENTS {
            break;
        }
    }
    let reread = Reread { books: *books, before, entries, head: head_of(cut)? };
    // Whether it hangs together is known before anything is written.
    reread.hashes().map_err(|why| CloseError::Server(why.to_string()))?;
    Ok(Arc::new(reread))
}
