//! A counter with a million events in its journal is started without internet.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use store_desktop_core::clock;
use store_desktop_core::journal::Journal;

use super::counter::Counter;
use super::story::Story;
use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Row, Running, Setup};
use crate::shop::{Shop, number};

pub const ROW: Row = Row {
    name: "counter-start",
    what: "from the counter's start to orders on the screen, with 1,000,000 events in its journal and no server",
    run,
};

const EVENTS: usize = 1_000_000;
/// Of one commit.
const BATCH: usize = 5_000;
const LIMIT: Duration = Duration::from_secs(120);
const STORE: u32 = 1;

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(measure(setup))
}

async fn measure(setup: &Setup) -> Result<Outcome> {
    let logs = setup.logs("counter-start")?;
    let mut shop = Shop::open(&logs).await?;
    shop.copy_stores(STORE).await?;
    let data = setup.folder("counter-start")?;
    shop.claim_copy(STORE, &data).await?;
    let log = logs.join("counter.log");
    Counter::start(&data, &log)?.wait(LIMIT, |view| view["link"]["light"] == "green").await?;
    shop.api.stop().await?;
    let count = if setup.quick { EVENTS / 10 } else { EVENTS };
    fill(&data, count).await?;
    let shown = |view: &serde_json::Value| {
        view["screen"] == "counter" && view["journal"]["events"].as_u64() == Some(count as u64)
    };
    // As after a day's work: the first start folds what the fill wrote and keeps the result.
    Counter::start(&data, &log)?.wait(LIMIT, shown).await?;
    let mut times = Vec::new();
    for _ in 0..setup.repeats() {
        let took = Counter::start(&data, &log)?.wait(LIMIT, shown).await?;
        times.push(took.as_secs_f64());
    }
    Ok(Outcome::Measured(vec![
        Measure::new(format!("start with {count} events"), Unit::Seconds, &times)
            .floor(Limit::AtMost(3.0))
            .goal(Limit::AtMost(1.0)),
    ]))
}

async fn fill(data: &Path, count: usize) -> Result<()> {
    let journal = Journal::open(data)?;
    let mut story = Story::of_day(number(STORE));
    for _ in 0..count / BATCH {
        let batch = (0..BATCH).map(|_| story.next_entry()).collect();
        let appended = journal.append(batch, clock::now()).await?;
        ensure!(appended.stored.len() == BATCH, "the journal took no more: {:?}", appended.stopped);
    }
    Ok(())
}
