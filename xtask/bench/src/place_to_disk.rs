//! From the placement at the server to the event on the counter's disk, with 50 orders a second at one store.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use e2e::http;
use e2e::programs::program;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::load::{Schedule, histogram, record, run as load};
use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Row, Running, Setup};
use crate::shop::{Shop, number};

const RATE: f64 = 50.0;
/// For a payer's page.
const PATIENCE: Duration = Duration::from_secs(15);
/// For the last order to reach the disk.
const SETTLE: Duration = Duration::from_secs(20);
/// The store whose counter listens.
const STORE: u32 = 1;

pub const ROW: Row = Row {
    name: "place-to-disk",
    what: "an order's placement at the server → its event on the counter's disk, 50 orders per second at one store",
    run,
};

/// Order → when the counter said that its event is on the disk.
type Seen = Arc<Mutex<HashMap<Uuid, SystemTime>>>;

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(measure(setup))
}

async fn measure(setup: &Setup) -> Result<Outcome> {
    let logs = setup.logs("place-to-disk")?;
    let shop = Shop::open(&logs).await?;
    let (_, order) = shop.order_in_chat().await?;
    shop.copy_stores(STORE).await?;
    let data = setup.folder("place-to-disk")?;
    shop.claim_copy(STORE, &data).await?;
    let schedule = Schedule {
        per_second: RATE,
        lasts: Duration::from_secs(if setup.quick { 5 } else { 20 }),
        patience: PATIENCE,
    };
    let count = u32::try_from(schedule.count())?;
    let repeats = u32::try_from(setup.repeats())?;
    shop.copy_orders(order, 1..1 + count * repeats, STORE).await?;
    let (seen, _counter) = follow(&data, &logs).await?;
    let (mut p50, mut p99, mut worst, mut notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for repeat in 0..repeats {
        let payments = shop.prepare_payments(1 + repeat * count..1 + (repeat + 1) * count).await?;
        let (first, last) = (payments[0].number, payments[0].number + count);
        let report = load(schedule, |number| {
            let url = payments[number as usize].returns_to.clone();
            async move {
                let answer = http::client().get(url).send().await?;
                ensure!(answer.status() == StatusCode::SEE_OTHER, "a payer got {}", answer.status());
                Ok(())
            }
        })
        .await;
        let times = wait_for_all(&shop, &seen, first..last).await?;
        p50.push(times.value_at_quantile(0.5) as f64 / 1e6);
        p99.push(times.value_at_quantile(0.99) as f64 / 1e6);
        worst.push(times.max() as f64 / 1e6);
        notes.push(format!("{}, {} on disk", report.note(), times.len()));
    }
    Ok(Outcome::Measured(vec![
        Measure::new("p50", Unit::Seconds, &p50).goal(Limit::AtMost(0.02)).note(notes.join("; ")),
        Measure::new("p99", Unit::Seconds, &p99).floor(Limit::AtMost(0.25)).goal(Limit::AtMost(0.1)),
        Measure::new("slowest", Unit::Seconds, &worst),
    ]))
}

/// Starts the counter and notes when it says what.
async fn follow(data: &std::path::Path, logs: &std::path::Path) -> Result<(Seen, tokio::process::Child)> {
    let log = std::fs::File::create(logs.join("counter.log"))?;
    let mut command = Command::new(program("counter")?);
    command.arg("--data").arg(data).arg("run").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn()?;
    let lines = child.stdout.take().context("the counter's output is piped")?;
    let mut lines = BufReader::new(lines).lines();
    let seen = Seen::default();
    let notes = Arc::clone(&seen);
    let (tell, told) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut tell = Some(tell);
        while let Ok(Some(line)) = lines.next_line().await {
            let now = SystemTime::now();
            let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
            if line["type"] == "link"
                && line["light"] == "green"
                && let Some(tell) = tell.take()
            {
                // Nobody waits for it any more when the row has failed.
                let _ = tell.send(());
            }
            if line["type"] == "log"
                && let Some(order) = line["order_id"].as_str().and_then(|id| id.parse().ok())
            {
                notes.lock().await.entry(order).or_insert(now);
            }
        }
    });
    tokio::time::timeout(SETTLE, told).await.context("the counter did not connect")??;
    Ok((seen, child))
}

/// How long each order took; an error when one did not come.
async fn wait_for_all(
    shop: &Shop,
    seen: &Seen,
    numbers: std::ops::Range<u32>,
) -> Result<hdrhistogram::Histogram<u64>> {
    let placed: Vec<(Uuid, i64)> = sqlx::query_as(
        "select order_id, (extract(epoch from placed_at) * 1000)::bigint from orders
         where order_id between $1 and $2 and placed_at is not null",
    )
    .bind(number(numbers.start))
    .bind(number(numbers.end - 1))
    .fetch_all(&shop.database.pool)
    .await?;
    ensure!(placed.len() == numbers.len(), "{} of {} orders were placed", placed.len(), numbers.len());
    e2e::wait::wait_until_within(SETTLE, "every order is on the counter's disk", async || {
        let seen = seen.lock().await;
        Ok(placed.iter().all(|(order, _)| seen.contains_key(order)))
    })
    .await?;
    let seen = seen.lock().await;
    let mut times = histogram();
    for (order, at) in &placed {
        let placed = UNIX_EPOCH + Duration::from_millis(at.unsigned_abs());
        record(&mut times, seen[order].duration_since(placed).unwrap_or_default());
    }
    Ok(times)
}
