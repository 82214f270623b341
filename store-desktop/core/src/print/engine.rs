//! The engine: plans tickets whenever something changed, writes the new ones down, and has one worker per printer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};

use super::plan::{Due, plan};
use super::problem::PrintCode;
use super::settings::{PrinterId, Settings};
use super::state::PrintState;
use super::worker;
use crate::clock;
use crate::counter::{Counter, State};
use crate::journal::{JobState, Journal, JournalError, NewPrint, PrintJob, Waiting};

/// Without a change the plan is made anew this often.
const PLAN_EVERY: Duration = Duration::from_secs(1);
/// Between two tries when the disk takes nothing.
const AGAIN: Duration = Duration::from_secs(1);
/// Bytes of the key that signs the codes.
const KEY_BYTES: usize = 32;

pub(super) const FACT_PRINTERS: &str = "printers";
const FACT_SESSION: &str = "print_session";
const FACT_KEY: &str = "print_key";

/// Prints for as long as the counter runs.
pub async fn run(counter: Arc<Counter>) {
    let mut changes = counter.changes();
    let mut crew = JoinSet::new();
    let mut workers: HashMap<PrinterId, AbortHandle> = HashMap::new();
    loop {
        hire(&counter, &mut crew, &mut workers);
        if let Err(error) = plan_and_add(&counter).await {
            tracing::warn!(%error, "tickets cannot be written down yet");
            tokio::time::sleep(AGAIN).await;
        }
        let _ = tokio::time::timeout(PLAN_EVERY, changes.changed()).await;
    }
}

/// A worker for each printer; one whose printer was taken out ends by itself, and never in the middle of a ticket.
fn hire(counter: &Arc<Counter>, crew: &mut JoinSet<()>, workers: &mut HashMap<PrinterId, AbortHandle>) {
    while crew.try_join_next().is_some() {}
    workers.retain(|_, worker| !worker.is_finished());
    let ids: Vec<PrinterId> =
        counter.state().print.settings.printers.iter().map(|printer| printer.id.clone()).collect();
    for id in ids {
        workers.entry(id.clone()).or_insert_with(|| crew.spawn(worker::work(Arc::clone(counter), id)));
    }
}

async fn plan_and_add(counter: &Counter) -> Result<(), JournalError> {
    if counter.state().print.settings.printers.is_empty() {
        return Ok(());
    }
    make_key(counter).await?;
    begin_session(counter).await?;
    let revived = revived(&counter.state());
    for job in revived {
        counter.settle_print(job, JobState::Queued, None, false).await;
    }
    let wanted = wanted(&counter.state());
    if wanted.is_empty() {
        return Ok(());
    }
    let keys: Vec<String> = wanted.iter().map(|one| one.key.clone()).collect();
    let added = counter.add_prints(wanted).await?;
    {
        let mut state = counter.state();
        added.into_iter().for_each(|job| state.print.note(job));
        // Those that were there already, by another life of this program.
        keys.into_iter().for_each(|key| state.print.remember(key));
    }
    counter.changed();
    Ok(())
}

/// Tickets that are wanted and were never wanted before. Whoever took the counter over prints there.
fn wanted(state: &State) -> Vec<NewPrint> {
    let mut wanted = planned(state);
    wanted.retain(|one| !state.print.knows(&one.key));
    wanted
}

/// Every ticket that is wanted. A press that can still be taken back wants nothing yet.
fn planned(state: &State) -> Vec<NewPrint> {
    let (Some(_), Some((_, since))) = (&state.session, state.print.session) else { return Vec::new() };
    if state.is_viewer() {
        return Vec::new();
    }
    let due = Due {
        settings: &state.print.settings,
        device_id: state.device_id,
        session_since: since,
        server_offset_ms: state.link.offset_ms(),
        doubtful_before: state.print.doubtful_before.filter(|_| state.set_aside.is_some() || state.restored),
        in_kitchen: &|id| state.print.in_kitchen(id),
    };
    plan(&state.ledger, &meant(state), &due)
}

/// The waiting commands whose presses are meant.
pub(super) fn meant(state: &State) -> Vec<Waiting> {
    let held = state.held_now();
    state.proven().iter().filter(|one| !held.contains(&one.command.key)).cloned().collect()
}

/// Tickets that were not needed and are now: an acceptance that was refused or taken back, and came again.
fn revived(state: &State) -> Vec<PrintJob> {
    let unneeded = |job: &&PrintJob| {
        job.state == JobState::Discarded && job.code == Some(PrintCode::NotNeeded) && !job.went_out()
    };
    if !state.print.jobs.values().any(|job| unneeded(&job)) {
        return Vec::new();
    }
    let wanted: Vec<String> = planned(state).into_iter().map(|one| one.key).collect();
    state.print.jobs.values().filter(unneeded).filter(|job| wanted.contains(&job.key)).cloned().collect()
}

/// The key that signs the codes, made once.
async fn make_key(counter: &Counter) -> Result<(), JournalError> {
    if !counter.state().print.key.is_empty() {
        return Ok(());
    }
    let key: Vec<u8> = (0..KEY_BYTES).map(|_| rand::random()).collect();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    counter.with_reserve(|| counter.journal().put_fact(FACT_KEY, hex.clone())).await?;
    counter.state().print.key = key;
    Ok(())
}

/// Notes when a session begins, so that what customers and timers did before it is not printed here.
async fn begin_session(counter: &Counter) -> Result<(), JournalError> {
    let begun = {
        let state = counter.state();
        let Some(session) = &state.session else { return Ok(()) };
        let id = session.signed_in.session_id;
        if state.print.session.is_some_and(|(known, _)| known == id) {
            return Ok(());
        }
        (id, clock::now().plus_ms(state.link.offset_ms()))
    };
    let kept = serde_json::to_string(&begun).expect("an id and a number");
    counter.with_reserve(|| counter.journal().put_fact(FACT_SESSION, kept.clone())).await?;
    counter.state().print.session = Some(begun);
    Ok(())
}

/// What the journal has about printing.
pub(crate) async fn load(journal: &Journal) -> Result<PrintState, JournalError> {
    let now = clock::now();
    let settings = journal.fact(FACT_PRINTERS).await?;
    let settings: Settings = settings.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    let session = journal.fact(FACT_SESSION).await?.and_then(|json| serde_json::from_str(&json).ok());
    let key = journal.fact(FACT_KEY).await?.and_then(|hex| from_hex(&hex)).unwrap_or_default();
    let begun = match journal.begin_prints(now).await {
        // The damaged journal was set aside; its successor is asked.
        Err(JournalError::Damaged(why)) => {
            tracing::error!(why, "the print jobs cannot be read");
            journal.begin_prints(now).await
        }
        begun => begun,
    };
    let jobs = begun.unwrap_or_else(|error| {
        // A full disk must not keep the counter from starting.
        tracing::warn!(%error, "jobs that were printing cannot be held");
        Vec::new()
    });
    let mut state = PrintState::new(settings, jobs, key);
    state.session = session;
    state.doubtful_before = Some(now);
    Ok(state)
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok();
    if hex.len() == 2 * KEY_BYTES { (0..KEY_BYTES).map(byte).collect() } else { None }
}
