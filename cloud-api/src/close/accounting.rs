//! The accounting batch: some time after a day was closed it compares the books once more, notes that their history may be archived, and
//! removes the day's stream — first the tombstone that forbids to write it again, then the stream.
//!
//! The row in `day_close` is the work; the stream `x:accounting:day` only wakes.

use std::time::Duration;

use anyhow::Context as _;
use redis::streams::{StreamMaxlen, StreamReadOptions, StreamReadReply};
use redis::{AsyncCommands, AsyncConnectionConfig, RedisError};
use shared::TimeMs;
use shared::id::{DayId, StoreId};
use shared::wire::{CheckReport, Verdict};

use super::check::{Asking, check};
use super::repair::repair;
use crate::app::App;
use crate::clock::to_utc;
use crate::db::closing::{self, ClosedDay};
use crate::db::{self, in_time};
use crate::log::stream::tombstone_key;
use crate::{failpoint, lease};

const KEY: &str = "x:accounting:day";
/// Far more days than ever wait; older ones are found by the poll.
const MAX_LENGTH: usize = 10_000;
/// How long a read waits for a closed day, and so how often the table is looked at.
const BLOCK_MS: usize = 5_000;
const READ_TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// After a failed read of the stream.
const PAUSE: Duration = Duration::from_secs(5);
/// Days of one round.
const BATCH: i64 = 20;
/// How long after its closing a day is compared again: late news of KakaoPay have come by then.
const FIRST_LOOK_MS: i64 = 10 * 60 * 1_000;
/// When a day is looked at again that could not be compared, doubled each time up to the longest.
const AGAIN_MS: i64 = 60 * 1_000;
const LONGEST_MS: i64 = 60 * 60 * 1_000;
/// Looks at one day when somebody does not answer; about a day and a half.
const MAX_TRIES: i32 = 40;
/// Looks at one day that is different; about an hour. A refund between our snapshot and KakaoPay's answer, or a stream that went with
/// Redis, is no reason to wake a person.
const MAX_DIFFERENT: i32 = 7;
/// A tombstone outlives every relay that slept, and every copy of Redis that somebody may bring back.
const TOMBSTONE_S: u64 = 14 * 24 * 60 * 60;

/// When a day that is closed now is looked at.
pub fn first_look(now: TimeMs) -> TimeMs {
    now.plus_ms(FIRST_LOOK_MS)
}

/// Wakes whoever does the accounting. Harmless when it fails.
pub async fn publish(app: &App, store_id: StoreId, day_id: DayId) {
    let closed_at = app.clock.now_ms().0.to_string();
    let entry = [("store", store_id.to_string()), ("day", day_id.to_string()), ("closed_at", closed_at)];
    let mut redis = app.redis.clone();
    let added: Result<(), RedisError> =
        redis.xadd_maxlen(KEY, StreamMaxlen::Approx(MAX_LENGTH), "*", &entry).await;
    if let Err(error) = added {
        tracing::warn!(%day_id, %error, "the accounting stream cannot be written; the poll will find the day");
    }
}

/// Works until shutdown.
pub async fn work(app: App) {
    let mut seen = "$".to_owned();
    while !app.shutdown.is_cancelled() {
        if let Err(error) = run_once(&app).await {
            tracing::warn!(%error, "closed days could not be looked at");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            woken = wait(&app, &seen) => match woken {
                Ok(newest) => seen = newest.unwrap_or(seen),
                Err(_) => tokio::select! {
                    () = app.shutdown.cancelled() => return,
                    () = tokio::time::sleep(PAUSE) => {}
                },
            },
        }
    }
}

/// Waits for the next closed day, or a while. A connection of its own, because a blocking read holds up everything behind it.
async fn wait(app: &App, seen: &str) -> anyhow::Result<Option<String>> {
    let client = redis::Client::open(app.config.redis_url.expose())?;
    let config =
        AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(Some(CONNECT_TIMEOUT));
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    let options = StreamReadOptions::default().block(BLOCK_MS);
    let (keys, ids) = ([KEY], [seen]);
    let read = connection.xread_options(&keys, &ids, &options);
    let reply: Option<StreamReadReply> = tokio::time::timeout(READ_TIMEOUT, read).await??;
    let newest = reply.and_then(|reply| reply.keys.into_iter().flat_map(|key| key.ids).next_back());
    Ok(newest.map(|entry| entry.id))
}

/// One round: every closed day that is due. One that fails does not stop the others.
pub async fn run_once(app: &App) -> Result<usize, sqlx::Error> {
    let due = closing::due(&app.db, app.clock.now_ms(), BATCH).await?;
    for (store_id, day_id) in &due {
        if let Err(error) = one(app, *store_id, *day_id).await {
            tracing::warn!(%store_id, %day_id, error = format!("{error:#}"), "a closed day could not be worked on");
        }
    }
    Ok(due.len())
}

async fn one(app: &App, store_id: StoreId, day_id: DayId) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    let Some(day) = closing::claim(&app.db, store_id, day_id, lease::until(now), now).await? else {
        return Ok(());
    };
    if !day.is_verified && !verify(app, &day).await? {
        return Ok(());
    }
    remove(app, &day).await
}

/// Compares once more. `false` when it is not equal, or not known yet.
async fn verify(app: &App, day: &ClosedDay) -> anyhow::Result<bool> {
    let checking = check(app, day.store_id, day.day_id, None, Asking::Everything);
    let renew = || async {
        let until = lease::until(app.clock.now_ms());
        closing::renew(&app.db, day, until).await
    };
    let checked = lease::held(checking, renew).await?;
    let report = checked.map(|checked| checked.report);
    let now = app.clock.now_ms();
    match report {
        Some(report) if equal(&report) => {
            let ours = closing::verified(&app.db, day, now).await?;
            failpoint::reach("batch.verified").await?;
            metrics::counter!("days_verified").increment(1);
            Ok(ours)
        }
        Some(report) if day.tries < most_tries(&report) => {
            let again = (AGAIN_MS << day.tries.clamp(0, 6)).min(LONGEST_MS);
            closing::later(&app.db, day, Some(now.plus_ms(again))).await?;
            if (report.orders, report.stream) == (Verdict::Equal, Verdict::Different) {
                // A copy of a log that is in order, and no relay looks after a day that is over.
                repair(app, day.store_id, day.day_id).await?;
            }
            Ok(false)
        }
        other => {
            put_aside(app, day, other.as_ref(), now).await?;
            Ok(false)
        }
    }
}

fn equal(report: &CheckReport) -> bool {
    [report.orders, report.stream, report.money].iter().all(|verdict| *verdict == Verdict::Equal)
}

/// How often a day is looked at that is not equal: longer when nothing is different, but somebody did not answer.
fn most_tries(report: &CheckReport) -> i32 {
    match [report.orders, report.stream, report.money].contains(&Verdict::Different) {
        true => MAX_DIFFERENT,
        false => MAX_TRIES,
    }
}

/// A closed day whose books are not equal any more: a person looks at it.
async fn put_aside(
    app: &App,
    day: &ClosedDay,
    report: Option<&CheckReport>,
    now: TimeMs,
) -> anyhow::Result<()> {
    let shown: Vec<String> = report
        .into_iter()
        .flat_map(|report| &report.differences)
        .take(5)
        .map(|d| {
            format!("{:?} {:?} {}: expected {}, found {}", d.equality, d.blamed, d.field, d.expected, d.found)
        })
        .collect();
    let error = format!("a closed day is not equal any more: {}", shown.join("; "));
    in_time(async {
        let mut tx = app.db.begin().await?;
        if closing::later(&mut *tx, day, None).await? {
            let at = to_utc(now);
            db::dead_letters::insert(&mut tx, Some(day.store_id), "accounting", day.day_id.0, &error, at)
                .await?;
            tx.commit().await?;
        }
        Ok::<_, anyhow::Error>(())
    })
    .await
}

/// From the tombstone on nobody writes the stream again, so removing it twice is removing it once.
async fn remove(app: &App, day: &ClosedDay) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    let mut redis = app.redis.clone();
    let tombstone = tombstone_key(day.store_id, day.day_id);
    let stored = closing::read_day(&app.db, day.store_id, day.day_id).await?;
    let epoch = stored.context("a closed day has a row")?.epoch;
    let _: () = redis.set_ex(&tombstone, epoch, TOMBSTONE_S).await?;
    if !closing::archived(&app.db, day, now).await? {
        return Ok(());
    }
    failpoint::reach("batch.before_unlink").await?;
    for stream in closing::streams_of(&app.db, day.store_id, day.day_id).await? {
        let _: () = redis.unlink(stream.key(day.store_id)).await?;
    }
    failpoint::reach("batch.after_unlink").await?;
    closing::removed(&app.db, day, app.clock.now_ms()).await?;
    Ok(())
}
