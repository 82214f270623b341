//! Five thousand counters lose their server to kill -9, miss an order each, and come back as counters do: each on its own, with full jitter.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use e2e::wait::wait_until_within;

use super::fleet::{Fleet, Listener};
use super::idle::{postgres_connections, raise_open_files};
use super::ours::Ours;
use super::stores;
use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Setup};

const COUNTERS: usize = 5_000;
const SPARE_FILES: u64 = 500;
/// Events before the kill, and while the server is gone.
const BEFORE: i64 = 3;
const MISSED: i64 = 2;
/// Length of an event's body.
const BODY_BYTES: usize = 850;
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(50);
/// The pool of one instance.
const MOST_POSTGRES_CONNECTIONS: i64 = 20;

pub async fn measure(setup: &Setup) -> Result<Outcome> {
    let files = raise_open_files()?;
    if files < COUNTERS as u64 + SPARE_FILES {
        return Ok(Outcome::Skipped(format!("a process may open only {files} files here (ulimit -n)")));
    }
    let mut ours = Ours::start(setup, "sse-reconnect").await?;
    let stores = stores::open(&ours.database.pool, COUNTERS).await?;
    let body = format!("{{\"kind\":\"bench\",\"filler\":\"{}\"}}", "x".repeat(BODY_BYTES));
    for _ in 0..BEFORE {
        stores::append(&ours.database.pool, &stores, &body).await?;
    }
    let listeners: Vec<Listener> =
        stores.iter().enumerate().map(|(n, store)| stores::listener(store, n, ours.address)).collect();
    let fleet = Fleet::start(ours.address, listeners, true)?;
    let mut head = BEFORE;
    wait_until_within(PATIENCE, "everybody has heard everything", async || {
        Ok(fleet.caught_up(head) == COUNTERS)
    })
    .await?;
    let (mut whole, mut connecting, mut most) = (Vec::new(), Vec::new(), 0);
    for _ in 0..setup.repeats() {
        ours.api.kill();
        let killed = Instant::now();
        for _ in 0..MISSED {
            stores::append(&ours.database.pool, &stores, &body).await?;
        }
        head += MISSED;
        ours.api.serve().await?;
        let served = Instant::now();
        most = most.max(until_back(&ours, &fleet, head).await?);
        whole.push(killed.elapsed().as_secs_f64());
        connecting.push(served.elapsed().as_secs_f64());
    }
    ensure!(most <= MOST_POSTGRES_CONNECTIONS, "{most} Postgres connections were open");
    if let Some(trouble) = fleet.trouble() {
        bail!("{trouble}");
    }
    let refused = fleet.counts.refused.load(Ordering::Relaxed);
    let note = format!(
        "from kill -9 until the last of {COUNTERS} has what it missed; ready to all back {:.1} s; \
         at most {most} Postgres connections; {refused} times told to come later",
        crate::measure::median(&connecting)
    );
    Ok(Outcome::Measured(vec![
        Measure::new("all counters back and caught up", Unit::Seconds, &whole)
            .floor(Limit::AtMost(30.0))
            .goal(Limit::AtMost(10.0))
            .note(note),
    ]))
}

/// Waits until everybody is connected and has heard everything; the most Postgres connections on the way.
async fn until_back(ours: &Ours, fleet: &Fleet, head: i64) -> Result<i64> {
    let begun = Instant::now();
    let mut most = 0;
    loop {
        if fleet.all_connected() && fleet.caught_up(head) == fleet.size() {
            return Ok(most);
        }
        most = most.max(postgres_connections(ours).await?);
        if begun.elapsed() > PATIENCE {
            let (on, caught_up) = (fleet.counts.connected.load(Ordering::Relaxed), fleet.caught_up(head));
            bail!("after {PATIENCE:?} {on} are connected and {caught_up} have heard everything");
        }
        tokio::time::sleep(LOOK).await;
    }
}
