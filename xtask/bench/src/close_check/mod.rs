//! The close check of a large day: a real counter with a whole journal asks a real API, which reads its books, its stream, and asks KakaoPay
//! about every payment.

mod day;

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use shared::log::Position;
use tokio::time::Instant;

use crate::journal::Counter;
use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Row, Running, Setup};
use crate::shop::Shop;

pub const ROW: Row = Row {
    name: "close-check",
    what: "close check of 2,000 orders with 20,000 events: from the cut until all four equalities are answered",
    run,
};

const ORDERS: u32 = 2_000;
/// For the journal to have the day, and for one closing with the time that the server gives late checkouts.
const LIMIT: Duration = Duration::from_secs(120);
/// Finer than what is measured.
const LOOK: Duration = Duration::from_millis(4);

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(measure(setup))
}

async fn measure(setup: &Setup) -> Result<Outcome> {
    let logs = setup.logs("close-check")?;
    let shop = Shop::open(&logs).await?;
    let (_, order) = shop.order_in_chat().await?;
    let data = setup.folder("close-check")?;
    shop.claim(shop.store.store_id.parse()?, &data).await?;
    let mut counter = Counter::start(&data, &logs.join("counter.log"))?;
    counter.wait(LIMIT, |view| view["link"]["light"] == "green").await?;
    let orders = if setup.quick { ORDERS / 10 } else { ORDERS };
    let last = day::write(&shop, order, orders).await?;
    counter.wait(LIMIT, |view| end(view) == Some(last)).await?;
    // The first closing reads what happened before the counter came; from then on its journal has the whole day.
    close(&mut counter).await?;
    go_on(&mut counter).await?;
    let (mut journal, mut server, mut whole, mut compared) =
        (Vec::new(), Vec::new(), Vec::new(), Value::Null);
    for _ in 0..setup.repeats() {
        let closing = close(&mut counter).await?;
        journal.push(closing.journal.as_secs_f64());
        server.push(closing.server.as_secs_f64());
        whole.push((closing.journal + closing.server).as_secs_f64());
        compared = closing.compared;
        go_on(&mut counter).await?;
    }
    Ok(Outcome::Measured(vec![
        Measure::new("journal read and hashed", Unit::Seconds, &journal),
        Measure::new("server's books, stream and KakaoPay", Unit::Seconds, &server),
        Measure::new("both", Unit::Seconds, &whole).floor(Limit::AtMost(3.0)).goal(Limit::AtMost(1.0)).note(
            format!(
                "{} orders, {} events, {} payments, each asked about at KakaoPay",
                compared["orders"], compared["events"], compared["payments"]
            ),
        ),
    ]))
}

/// The number of the journal's last event.
fn end(view: &Value) -> Option<i64> {
    let position: Position = serde_json::from_value(view["journal"]["position"].clone()).ok()?;
    Some(position.seq)
}

/// Sells on. The next cut is another one: KakaoPay is asked about everything again.
async fn go_on(counter: &mut Counter) -> Result<()> {
    counter.call("close_cancel", json!({})).await?;
    counter.wait(LIMIT, |view| view["closing"].is_null() && is_open(view)).await?;
    Ok(())
}

fn is_open(view: &Value) -> bool {
    let may_close = view["day_view"]["actions"]
        .as_array()
        .is_some_and(|may| may.iter().any(|one| one == "closing_start"));
    // Answered, not only predicted.
    may_close && view["outbox"]["waiting"] == 0
}

/// How long the two parts of one comparison took.
struct Closing {
    journal: Duration,
    server: Duration,
    compared: Value,
}

/// Closes up to the totals, which a person would look at, and watches when the wizard goes from step to step.
async fn close(counter: &mut Counter) -> Result<Closing> {
    counter.call("close_start", json!({})).await?;
    let began = Instant::now();
    let (mut cut, mut proved) = (None, None);
    while began.elapsed() < LIMIT {
        let view = counter.call("close_view", json!({})).await?;
        let now = Instant::now();
        match view["step"].as_str().unwrap_or_default() {
            "journal" => {
                cut.get_or_insert(now);
            }
            "books" => {
                proved.get_or_insert(now);
            }
            "totals" => {
                let (Some(cut), Some(proved)) = (cut, proved) else {
                    bail!("the steps went by unseen: {view}")
                };
                ensure!(view["differences"].as_array().is_some_and(Vec::is_empty), "{view}");
                return Ok(Closing {
                    journal: proved - cut,
                    server: now - proved,
                    compared: view["compared"].clone(),
                });
            }
            _ => {}
        }
        ensure!(view["differences"].as_array().is_none_or(Vec::is_empty), "the books differ: {view}");
        tokio::time::sleep(LOOK).await;
    }
    bail!("the day was not compared after {LIMIT:?}: {}", counter.call("close_view", json!({})).await?)
}
