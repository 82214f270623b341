//! A counter that was away while 10,000 events happened.

use std::time::Duration;

use anyhow::Result;

use super::counter::Counter;
use super::story::Story;
use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Row, Running, Setup};
use crate::shop::{Shop, number};

pub const ROW: Row = Row {
    name: "catch-up",
    what: "10,000 events from the server into the journal, from the counter's start to the last one on disk",
    run,
};

const EVENTS: usize = 10_000;
const LIMIT: Duration = Duration::from_secs(60);
const STORE: u32 = 1;

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(measure(setup))
}

async fn measure(setup: &Setup) -> Result<Outcome> {
    let logs = setup.logs("catch-up")?;
    let shop = Shop::open(&logs).await?;
    shop.copy_stores(STORE).await?;
    let data = setup.folder("catch-up")?;
    shop.claim_copy(STORE, &data).await?;
    let mut story = Story::of_day(number(STORE));
    let log = logs.join("counter.log");
    // A first start takes the snapshot.
    Counter::start(&data, &log)?.wait(LIMIT, |view| view["link"]["light"] == "green").await?;
    let mut rates = Vec::new();
    for _ in 0..setup.repeats() {
        story.write_to(&shop.database.pool, number(STORE), EVENTS).await?;
        let took = Counter::start(&data, &log)?.wait_for_disk(LIMIT, &data, story.position().seq).await?;
        rates.push(EVENTS as f64 / took.as_secs_f64());
    }
    Ok(Outcome::Measured(vec![
        Measure::new("events", Unit::PerSecond, &rates)
            .floor(Limit::AtLeast(5_000.0))
            .goal(Limit::AtLeast(20_000.0))
            .note("the counter's start is part of the time"),
    ]))
}
