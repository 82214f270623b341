//! Approvals per second, from the payer's return to the order in Redis and the message at the customer, against pgbench running the
//! statements that the same saga executed.

mod capture;
mod peer;
mod script;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use cloud_api::orders::Template;
use e2e::http;
use e2e::wait::wait_until;
use reqwest::StatusCode;
use uuid::Uuid;

use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Row, Running, Setup};
use crate::shop::{Payments, Shop};

/// Payers at a time, and pgbench's clients.
pub const AT_ONCE: usize = 32;
/// Far more than are under way at once: no order waits for another one's store.
const STORES: u32 = 1_000;
/// Whose statements are recorded.
const RECORDED: u32 = 900_000;

pub const ROW: Row = Row {
    name: "approvals",
    what: "approvals per second, whole saga, orders over 1,000 stores, against pgbench with the same statements",
    run,
};

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(measure(setup))
}

async fn measure(setup: &Setup) -> Result<Outcome> {
    let logs = setup.logs("approvals")?;
    let per_repeat: u32 = if setup.quick { 480 } else { 1_920 };
    let mut shop = Shop::open(&logs).await?;
    let (_, order) = shop.order_in_chat().await?;
    shop.copy_stores(STORES).await?;
    let repeats = u32::try_from(setup.repeats())?;
    shop.copy_orders(order, RECORDED..RECORDED + 1, STORES).await?;
    shop.copy_orders(order, 0..repeats * per_repeat, STORES).await?;
    let recorded = capture::record(&mut shop, setup, RECORDED, STORES).await?;
    let script = script::script(&recorded)?;
    let path = setup.scratch.join("approvals.pgbench.sql");
    std::fs::write(&path, &script.text).with_context(|| format!("{} cannot be written", path.display()))?;
    let peer = peer::Peer::prepare(&shop, RECORDED, repeats * per_repeat, STORES).await?;
    let mut runs = Vec::new();
    let mut theirs = Vec::new();
    for repeat in 0..repeats {
        let numbers = repeat * per_repeat..(repeat + 1) * per_repeat;
        runs.push(approve(&shop, numbers.clone()).await?);
        let_go(&shop).await?;
        theirs.push(peer.run(&path, numbers).await?);
    }
    let ours: Vec<f64> = runs.iter().map(|run| run.per_second).collect();
    let api: Vec<f64> = runs.iter().map(|run| run.api_time).collect();
    let sandbox: Vec<f64> = runs.iter().map(|run| run.sandbox_time).collect();
    let rate = Measure::new("approvals", Unit::PerSecond, &ours)
        .against("pgbench", &theirs)
        .floor(Limit::RatioAtLeast(0.5))
        .goal(Limit::RatioAtLeast(0.8))
        .note(format!(
            "{} payers at a time; pgbench: {} statements in {} transactions; {} answered otherwise",
            AT_ONCE,
            script.statements,
            script.transactions,
            runs.iter().map(|run| run.failed).sum::<usize>()
        ));
    let processor = Measure::new("processor time of the API per approval", Unit::Seconds, &api)
        .note(format!("the sandbox: {:.2} ms", crate::measure::median(&sandbox) * 1e3));
    Ok(Outcome::Measured(vec![rate, processor]))
}

struct Run {
    per_second: f64,
    failed: usize,
    /// Seconds of processor time per approval.
    api_time: f64,
    sandbox_time: f64,
}

/// Lets the payers of these orders return, [`AT_ONCE`] at a time, and waits until everything that follows is done.
async fn approve(shop: &Shop, numbers: std::ops::Range<u32>) -> Result<Run> {
    let payments = shop.prepare_payments(numbers).await?;
    let (api, sandbox) = (shop.api_time()?, shop.sandbox_time()?);
    let started = Instant::now();
    let failed = return_all(&payments).await?;
    wait_for_consequences(shop, payments.len() - failed).await?;
    let (seconds, done) = (started.elapsed().as_secs_f64(), (payments.len() - failed) as f64);
    Ok(Run {
        per_second: done / seconds,
        failed,
        api_time: (shop.api_time()? - api) / done,
        sandbox_time: (shop.sandbox_time()? - sandbox) / done,
    })
}

async fn return_all(payments: &Payments) -> Result<usize> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut payers = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (payments, next) = (Arc::clone(payments), Arc::clone(&next));
        payers.spawn(async move {
            let mut failed = 0;
            while let Some(payment) = payments.get(next.fetch_add(1, Ordering::Relaxed)) {
                let answer = http::client().get(&payment.returns_to).send().await?;
                if answer.status() != StatusCode::SEE_OTHER {
                    failed += 1;
                }
            }
            Ok::<_, reqwest::Error>(failed)
        });
    }
    let mut failed = 0;
    while let Some(payer) = payers.join_next().await {
        failed += payer??;
    }
    Ok(failed)
}

/// Every order placed, and every customer told so. Counted since the run's own start by what is still open.
async fn wait_for_consequences(shop: &Shop, least: usize) -> Result<()> {
    wait_until("every order is placed and every message sent", async || {
        let (placed, sent, waiting): (i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from orders where phase = 'placed'),
                    (select count(*) from notification where template = $1 and state = 'sent'),
                    (select count(*) from notification where template = $1 and state in ('pending', 'sending'))
                        + (select count(*) from payment_attempt where state in ('approve_requested', 'approve_sent', 'approve_unknown'))",
        )
        .bind(Template::Placed.code())
        .fetch_one(&shop.database.pool)
        .await?;
        ensure!(waiting == 0, "{waiting} payments or messages are under way");
        ensure!(placed == sent, "{placed} orders are placed, {sent} messages sent");
        Ok(placed >= i64::try_from(least)?)
    })
    .await
}

/// Nobody accepts these orders: what is due because of that is no part of an approval, and stays away from the next repeat.
async fn let_go(shop: &Shop) -> Result<()> {
    sqlx::query("update timer set done_at = now() where done_at is null and order_id in (select order_id from orders where phase = 'placed')")
        .execute(&shop.database.pool)
        .await?;
    Ok(())
}

/// What is special about the recorded order, so that its values are recognised among the parameters.
pub struct Recorded {
    pub statements: Vec<capture::Unit>,
    pub store: Uuid,
    pub order: Uuid,
    pub attempt: Uuid,
    /// SHA-256 of the token in the return address, in hexadecimal.
    pub token_hash: String,
}
