//! How fast the chat answers: everything healthy, Postgres slow, Redis down, KakaoPay down.

mod bot;
mod busy_store;
mod crowd;
mod scene;
mod search;
mod under_load;

use std::time::Duration;

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::load::{Report, Schedule, run as load};
use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Row, Running, Setup};
use crate::shop::Shop;
use crowd::Crowd;
use scene::{Scene, Trouble};
pub use search::ROW as SEARCH;
pub use under_load::ROW as LOAD;

/// Requests per second.
const RATE: f64 = 200.0;
/// Kakao gives up at five seconds.
const PATIENCE: Duration = Duration::from_secs(6);
/// Customers who talk in turn; each says the next thing four seconds after the last, which is after any answer.
const CUSTOMERS: usize = 800;
/// Customers who talk at once before the measurement.
const AT_ONCE: usize = 16;
/// Other stores in the list.
const STORES: u32 = 200;
/// What a statement takes longer in a slow Postgres, there and back each.
const SLOW: Duration = Duration::from_secs(2);

pub const HEALTHY: Row = Row {
    name: "chat",
    what: "chat answer at 200 requests per second, everything healthy",
    run: |setup| Box::pin(healthy(setup)),
};

pub const TROUBLE: Row = Row {
    name: "chat-trouble",
    what: "chat answer with Postgres 2 s slow, with Redis down, with KakaoPay down",
    run: trouble,
};

async fn healthy(setup: &Setup) -> Result<Outcome> {
    let shop = Shop::open(&setup.logs("chat")?).await?;
    shop.copy_stores(STORES).await?;
    let crowd = Crowd::new(&shop, CUSTOMERS);
    warm_up(&crowd).await?;
    let mut reports = Vec::new();
    let mut times = Vec::new();
    for _ in 0..setup.repeats() {
        let before = shop.api_time()?;
        let report = load(schedule(setup), |number| crowd.next(number)).await;
        times.push((shop.api_time()? - before) / report.asked as f64);
        reports.push(report);
    }
    let all = |part: f64| reports.iter().map(|report| report.quantile(part)).collect::<Vec<_>>();
    Ok(Outcome::Measured(vec![
        Measure::new("p50", Unit::Seconds, &all(0.5)).note(told(&reports)),
        Measure::new("p99", Unit::Seconds, &all(0.99)).floor(Limit::AtMost(0.3)).goal(Limit::AtMost(0.05)),
        Measure::new("processor time of the API per answer", Unit::Seconds, &times),
    ]))
}

/// Brings every customer to another place of the conversation; afterwards connections are open and menus read.
async fn warm_up(crowd: &Crowd) -> Result<()> {
    stream::iter((0..CUSTOMERS).map(|customer| crowd.walk(customer)))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

fn trouble(setup: &Setup) -> Running<'_> {
    Box::pin(async move {
        Ok(Outcome::Measured(vec![
            troubled(setup, Trouble::SlowPostgres).await?,
            troubled(setup, Trouble::NoRedis).await?,
            troubled(setup, Trouble::NoKakaoPay).await?,
        ]))
    })
}

/// The slowest answer while one of the servers fails.
async fn troubled(setup: &Setup, trouble: Trouble) -> Result<Measure> {
    let scene = Scene::open(setup, &format!("chat-{trouble:?}")).await?;
    let crowd = Crowd::new(&scene.shop, CUSTOMERS);
    warm_up(&crowd).await?;
    scene.strike(trouble, SLOW);
    let mut reports = Vec::new();
    for _ in 0..setup.repeats() {
        reports.push(load(schedule(setup), |number| crowd.any_answer(number)).await);
    }
    let slowest: Vec<f64> = reports.iter().map(Report::max).collect();
    let name = match trouble {
        Trouble::SlowPostgres => "slowest answer, Postgres 2 s slow",
        Trouble::NoRedis => "slowest answer, Redis down",
        Trouble::NoKakaoPay => "slowest answer, KakaoPay down",
    };
    Ok(Measure::new(name, Unit::Seconds, &slowest)
        .floor(Limit::AtMost(4.0))
        .goal(Limit::AtMost(2.0))
        .note(told(&reports)))
}

fn schedule(setup: &Setup) -> Schedule {
    let lasts = Duration::from_secs(if setup.quick { 5 } else { 20 });
    Schedule { per_second: RATE, lasts, patience: PATIENCE }
}

fn told(reports: &[Report]) -> String {
    let notes: Vec<String> = reports.iter().map(Report::note).collect();
    let failure = reports.iter().find_map(|report| report.failure.clone());
    match failure {
        Some(failure) => format!("{}; {failure}", notes.join("; ")),
        None => notes.join("; "),
    }
}
