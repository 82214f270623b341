//! What thousands of counters cost that only listen: memory of the API per connection, and nothing anywhere else.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::wait::wait_until_within;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::fleet::{Fleet, Listener};
use super::ours::Ours;
use super::stores;
use crate::measure::{Limit, Measure, Unit};
use crate::process_time::{cpu_time, open_files, resident_memory};
use crate::row::{Outcome, Setup};

const SOME: usize = 5_000;
const MANY: usize = 10_000;
/// Files that this program and the API need beside one per counter.
const SPARE_FILES: u64 = 500;
const CONNECT_PATIENCE: Duration = Duration::from_secs(120);
/// Each connection has had at least one beat after that.
const SETTLED: Duration = Duration::from_secs(12);
/// How long the processor time of listening is watched.
const WATCHED: Duration = Duration::from_secs(20);

pub async fn measure(setup: &Setup) -> Result<Outcome> {
    let files = raise_open_files()?;
    if files < MANY as u64 + SPARE_FILES {
        return Ok(Outcome::Skipped(format!("a process may open only {files} files here (ulimit -n)")));
    }
    let ours = Ours::start(setup, "sse-idle").await?;
    let stores = stores::open(&ours.database.pool, MANY).await?;
    let listeners: Vec<Listener> =
        stores.iter().enumerate().map(|(n, store)| stores::listener(store, n, ours.address)).collect();
    let process = ours.process()?;
    let (empty, empty_files) = (resident_memory(process)?, open_files(process)?);
    let mut fleets = Vec::new();
    let mut measures = Vec::new();
    for range in [0..SOME, SOME..MANY] {
        let connected = range.end;
        let fleet = Fleet::start(ours.address, listeners[range].to_vec(), false)?;
        wait_until_within(CONNECT_PATIENCE, "everybody is connected", async || Ok(fleet.all_connected()))
            .await?;
        fleets.push(fleet);
        tokio::time::sleep(SETTLED).await;
        let each = (resident_memory(process)?.saturating_sub(empty)) as f64 / connected as f64;
        let note = surroundings(&ours, connected, empty_files).await?;
        let measure = Measure::new(format!("memory per counter, {connected} listen"), Unit::Bytes, &[each]);
        measures.push(if connected == SOME {
            measure.floor(Limit::AtMost(50.0 * 1_024.0)).note(note)
        } else {
            measure.goal(Limit::AtMost(25.0 * 1_024.0)).note(note)
        });
    }
    let before = cpu_time(process)?;
    tokio::time::sleep(WATCHED).await;
    let busy = (cpu_time(process)? - before).as_secs_f64() / WATCHED.as_secs_f64();
    ensure!(fleets.iter().all(Fleet::all_connected), "some streams broke while they were idle");
    measures.push(Measure::new(format!("processor time per second, {MANY} listen"), Unit::Seconds, &[busy]));
    Ok(Outcome::Measured(measures))
}

/// Connections and files beside those of the counters, which must not grow with them.
async fn surroundings(ours: &Ours, connected: usize, empty_files: usize) -> Result<String> {
    let files = open_files(ours.process()?)?;
    let postgres = postgres_connections(ours).await?;
    Ok(format!(
        "{} files beside the counters' ({empty_files} without counters), {postgres} Postgres connections",
        files.saturating_sub(connected)
    ))
}

/// Connections to the row's database but this program's own.
pub async fn postgres_connections(ours: &Ours) -> Result<i64> {
    let pool = &ours.database.pool;
    let all: i64 =
        sqlx::query_scalar("select count(*) from pg_stat_activity where datname = current_database()")
            .fetch_one(pool)
            .await?;
    Ok(all - i64::from(pool.size()))
}

/// Asks for as many open files as this user may have; how many that is.
pub fn raise_open_files() -> Result<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < hard {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("the limit of open files cannot be raised")?;
    }
    Ok(hard)
}
