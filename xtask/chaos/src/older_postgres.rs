//! Postgres comes back with an older copy of its data, as after a wrong restore: the same numbers are given to other events. The counter has
//! to notice, and the two branches must never be mixed.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use e2e::{process, programs};
use serde_json::Value;
use shared::log::Position;
use tokio::time::{Instant, sleep, timeout};

use crate::calm;
use crate::crowd::{Crowd, Demand};
use crate::diary::Diary;
use crate::schedule::Town;
use crate::store::Store;
use crate::world::World;

const TOWN: Town = Town { apis: 2, stores: 1 };
const CUSTOMERS: usize = 4;
/// Orders on each side of the copy.
const ORDERS: i64 = 6;
const ORDERING: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(50);
/// How long the counter may take to notice.
const DETECTION_LIMIT: Duration = Duration::from_secs(10);
/// After which nobody waits any longer.
const PATIENCE: Duration = Duration::from_secs(60);
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// What it took.
pub struct Restored {
    /// From Postgres being back until the counter set its old branch aside.
    pub detected: Option<Duration>,
    /// Events that the counter kept beside the log.
    pub orphaned: usize,
    pub findings: Vec<String>,
}

/// In a world of its own: what comes afterwards can never agree with KakaoPay's books again.
pub async fn phase(folder: &Path, diary: &Diary, seed: u64) -> Result<Restored> {
    let world = World::start(folder, TOWN, false, diary.clone()).await?;
    let [store] = world.stores.as_slice() else { bail!("the world has more than one store") };
    order(&world, seed, 0).await?;
    let copy = folder.join("older-postgres");
    world.supervisor.copy_postgres(copy.clone()).await?;
    diary.tell("Postgres is copied; more orders come");
    order(&world, seed + 1, ORDERS).await?;
    let baselines = baselines(&store.log);
    let head = calm::heads(&world.db).await?;
    world.supervisor.restore_postgres(copy).await?;
    let back = Instant::now();
    diary.tell(&format!("Postgres is back with its older copy; the log was at {head:?}"));
    let mut detected = None;
    while detected.is_none() && back.elapsed() < PATIENCE {
        sleep(LOOK).await;
        detected = (self::baselines(&store.log) > baselines).then(|| back.elapsed());
    }
    diary.tell(&format!("the counter noticed after {detected:?}"));
    let mut findings = Vec::new();
    match detected {
        Some(time) if time <= DETECTION_LIMIT => {}
        Some(time) => findings.push(format!("an older Postgres was noticed after {time:.1?} only")),
        None => findings.push("an older Postgres was never noticed".to_owned()),
    }
    // The numbers of the lost events are given again.
    order(&world, seed + 2, ORDERS).await?;
    let quiet = calm::quiesce(&world, PATIENCE, false).await;
    findings.extend(quiet.left.into_iter().map(|what| format!("after an older Postgres is left: {what}")));
    findings.extend(world.supervisor.stop_programs().await?);
    let orphaned = match compare(&world, store).await {
        Ok(0) => {
            findings.push("after an older Postgres the counter kept nothing of the lost branch".to_owned());
            0
        }
        Ok(orphaned) => orphaned,
        Err(error) => {
            findings.push(format!("after an older Postgres: {error:#}"));
            0
        }
    };
    world.db.close().await;
    if findings.is_empty() {
        world.clear()?;
    } else {
        world.keep()?;
    }
    Ok(Restored { detected, orphaned, findings })
}

/// Until so many more orders than `before` are placed and the counter has them all.
async fn order(world: &World, seed: u64, before: i64) -> Result<()> {
    let shelves = world.stores.iter().map(Store::shelf).collect();
    let demand = Demand { seed, customers: CUSTOMERS, shelves, rate: None };
    let crowd = Crowd::gather(&world.sandbox.url, demand, &world.tally)?;
    let placed = async {
        loop {
            sleep(LOOK).await;
            let count = sqlx::query_scalar("select count(*) from orders where placed_at is not null");
            let count: i64 = count.fetch_one(&world.db).await.unwrap_or_default();
            if count >= before + ORDERS {
                return;
            }
        }
    };
    let done = timeout(ORDERING, placed).await;
    crowd.leave(ORDERING).await;
    done.context("customers could not order")?;
    let (_, left) = calm::converge(world).await;
    ensure!(left.is_empty(), "the counter is behind: {}", left.join(", "));
    Ok(())
}

/// How often the counter began anew from a snapshot.
fn baselines(log: &Path) -> usize {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().filter(|line| line.contains(r#""type":"baseline""#)).count()
}

/// The journal's own branch is the log, byte for byte; how many events it keeps beside.
async fn compare(world: &World, store: &Store) -> Result<usize> {
    let mut export = Command::new(programs::program("counter")?);
    export.arg("--data").arg(&store.data).args(["journal", "export"]);
    let text = process::run(export, COMMAND_LIMIT).await?;
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select seq, body from store_event where store_id = $1::uuid order by seq")
            .bind(&store.id)
            .fetch_all(&world.db)
            .await?;
    let mut orphaned = 0;
    let mut last = None;
    for line in text.lines() {
        let event: Value = serde_json::from_str(line)?;
        // The first line says what it is, the last one sums it up.
        if event["type"].is_string() {
            continue;
        }
        if event["orphaned"] == true {
            orphaned += 1;
            continue;
        }
        let position: Position = event["position"].as_str().context("no position in the export")?.parse()?;
        let body = event["body"].as_str().context("no body in the export")?;
        let row = rows.iter().find(|(seq, _)| *seq == position.seq);
        ensure!(
            row.is_some_and(|(_, bytes)| bytes == body.as_bytes()),
            "event {} of the journal is not the log's",
            position.seq
        );
        last = Some(position.seq);
    }
    let head = rows.last().map(|(seq, _)| *seq);
    ensure!(last == head, "the journal ends at {last:?}, the log at {head:?}");
    Ok(orphaned)
}
