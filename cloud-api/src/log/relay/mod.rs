//! Copies committed events to Redis. Keeps nothing of its own on disk and believes nothing that Redis says without comparing hashes, so
//! an emptied, rolled back or foreign Redis heals by itself and any number of relays may run.

mod around;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use futures_util::{StreamExt, stream as streams};
use shared::id::StoreId;
use shared::log::{ChainHash, GENESIS};
use tokio::time::Instant;

use super::append::Cursor;
use super::stream::{Appended, DayStream};
use super::wakeup::WakeUp;
use crate::app::App;
use crate::db::events::StoredEvent;
use crate::db::feeds::{Head, StreamedDay};
use crate::failpoint;

pub use around::{Logs, Streams};

/// Longest wait for a wake-up; finds what other processes committed.
const POLL: Duration = Duration::from_secs(1);
/// Events of one call to Redis.
const PAGE: i64 = 500;
/// Calls for one store in a row; the rest comes in the next run.
const MAX_PAGES: usize = 64;
/// Stores served at the same time; what they read and write at the same moment goes together.
const PARALLEL: usize = 32;
/// Stores whose stream's end is compared again each second, though nothing moved.
const SWEEP: usize = 200;

/// A relay's memory: what Redis is known to have. Losing it costs one comparison per store.
#[derive(Debug, Default)]
pub struct Relay {
    marks: HashMap<StoreId, Mark>,
    swept: Option<StoreId>,
    last_tick: Option<Instant>,
    failing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    cursor: Cursor,
    /// Redis was seen to have it; otherwise it is compared again.
    verified: bool,
}

/// Runs until shutdown.
pub async fn work(app: App) {
    let mut relay = Relay::default();
    loop {
        if let Err(error) = relay.run_once(&app).await {
            tracing::warn!(error = format!("{error:#}"), "the relay could not read the store logs");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = app.wake.relay.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

impl Relay {
    /// Copies everything that is committed and not in Redis yet, and wakes the hubs. Returns the number of stores that moved.
    pub async fn run_once(&mut self, around: &(impl Logs + Streams)) -> anyhow::Result<usize> {
        let heads = around.heads().await?;
        if self.last_tick.is_none_or(|last| last.elapsed() >= POLL) {
            self.last_tick = Some(Instant::now());
            self.sweep(&heads);
            copy_canary(around).await;
        }
        let behind: Vec<Head> = heads.into_iter().filter(|head| self.is_behind(head)).collect();
        self.measure_lag(&behind);
        let down = AtomicBool::new(false);
        let work = behind.into_iter().map(|head| {
            let (mark, down) = (self.marks.get(&head.store_id).copied(), &down);
            async move { (head, mark, copy(around, &head, mark, down).await) }
        });
        let results: Vec<_> = streams::iter(work).buffer_unordered(PARALLEL).collect().await;
        let mut wake_ups = Vec::new();
        let mut failure = None;
        for (head, mark, result) in results {
            let mut stream = head.stream;
            match result {
                Ok(now) => {
                    stream = now.or(stream);
                    failpoint::reach("relay.before_cursor").await?;
                    self.marks.insert(head.store_id, Mark { cursor: head.cursor, verified: true });
                    failpoint::reach("relay.after_cursor").await?;
                }
                Err(error) => failure = Some(error),
            }
            if mark.is_none_or(|mark| mark.cursor != head.cursor) || stream != head.stream {
                around.moved(head.store_id, head.cursor, stream);
                let (store_id, cursor) = (head.store_id, head.cursor);
                wake_ups.push(WakeUp::Moved { store_id, cursor, stream });
            }
        }
        self.tell(failure);
        if !down.load(Ordering::Relaxed) {
            around.publish(&wake_ups).await;
        }
        Ok(wake_ups.len())
    }

    fn is_behind(&self, head: &Head) -> bool {
        head.cursor.seq > 0
            && self.marks.get(&head.store_id) != Some(&Mark { cursor: head.cursor, verified: true })
    }

    /// Makes the next few stores be compared again: a stream may have gone while nothing was appended to it.
    fn sweep(&mut self, heads: &[Head]) {
        let after = self.swept.take();
        let next = heads.iter().filter(|head| after.is_none_or(|after| head.store_id > after)).take(SWEEP);
        let mut last = None;
        for head in next {
            if let Some(mark) = self.marks.get_mut(&head.store_id) {
                mark.verified = false;
            }
            last = Some(head.store_id);
        }
        self.swept = last;
    }

    fn measure_lag(&self, behind: &[Head]) {
        let lag = |head: &Head| {
            let known = self.marks.get(&head.store_id).map_or(head.cursor.seq, |mark| mark.cursor.seq);
            head.cursor.seq - known
        };
        let events: i64 = behind.iter().map(lag).sum();
        metrics::gauge!("relay_lag_events").set(f64::from(i32::try_from(events).unwrap_or(i32::MAX)));
    }

    /// Says once that Redis went and once that it is back.
    fn tell(&mut self, failure: Option<anyhow::Error>) {
        match &failure {
            Some(error) if !self.failing => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the relay cannot copy; counters read from Postgres"
                );
            }
            None if self.failing => tracing::info!("the relay copies again"),
            Some(_) | None => {}
        }
        self.failing = failure.is_some();
    }
}

async fn copy_canary(around: &(impl Logs + Streams)) {
    let Ok(canary) = around.canary().await else { return };
    if around.put_canary(canary).await.is_ok() {
        around.publish(&[WakeUp::Pulse]).await;
    }
}

/// Brings the streams of one store up to its head; returns the stream of the running day when it is a new one.
async fn copy(
    around: &(impl Logs + Streams),
    head: &Head,
    mark: Option<Mark>,
    down: &AtomicBool,
) -> anyhow::Result<Option<DayStream>> {
    let (store_id, end) = (head.store_id, head.cursor.seq);
    let running = |stream| StreamedDay { stream, last: None, is_archived: false };
    let mut day = head.stream.map(running);
    let mut renewed = None;
    // A head that Redis may have already is offered again: that is how it is compared.
    let mut next = match mark {
        Some(mark) if mark.verified && mark.cursor.seq < end => mark.cursor.seq + 1,
        Some(_) | None => end,
    };
    for _ in 0..MAX_PAGES {
        if next > end {
            return Ok(renewed);
        }
        if down.load(Ordering::Relaxed) {
            bail!("Redis does not answer");
        }
        if day.is_none_or(|day| next < day.stream.first_seq || day.last.is_some_and(|last| next > last)) {
            day = around.day_of(store_id, next).await?;
        }
        // Before the first day nothing is streamed.
        let Some(StreamedDay { stream, last, is_archived }) = day else { return Ok(renewed) };
        let upto = last.map_or(end, |last| last.min(end));
        if is_archived {
            next = upto + 1;
            continue;
        }
        let (previous, events) = page(around, store_id, next, upto).await?;
        failpoint::reach("relay.after_read").await?;
        let appended = around.append(store_id, &stream, head.cursor.epoch, previous, &events).await;
        let appended = appended.inspect_err(|_| down.store(true, Ordering::Relaxed))?;
        metrics::counter!("relay_appends", "answer" => appended.as_str()).increment(1);
        next = match appended {
            Appended::Added | Appended::Duplicate => {
                next + i64::try_from(events.len()).expect("a page holds a few hundred events")
            }
            Appended::Gap { last } if last + 1 < next => last + 1,
            Appended::Gap { last } => bail!("Redis says that it ends at {last} and misses {next}"),
            Appended::Fork => {
                tracing::error!(%store_id, day_id = %stream.day_id, generation = stream.generation, seq = next,
                    "the stream in Redis is another log; building a new one");
                around.next_generation(store_id, stream).await?;
                around.retire(store_id, &stream).await?;
                day = around.day_of(store_id, stream.first_seq).await?;
                renewed =
                    day.map(|day| day.stream).filter(|new| Some(new.day_id) == head.stream.map(|s| s.day_id));
                stream.first_seq
            }
            Appended::Closed => upto + 1,
        };
    }
    bail!("more than {MAX_PAGES} pages behind; going on in the next run")
}

/// The events from `from` to `upto`, at most a page, with the hash before the first.
async fn page(
    logs: &impl Logs,
    store_id: StoreId,
    from: i64,
    upto: i64,
) -> anyhow::Result<(ChainHash, Vec<StoredEvent>)> {
    let limit = (upto - from + 1).min(PAGE);
    if from == 1 {
        return Ok((GENESIS, logs.events(store_id, 0, limit).await?));
    }
    let mut events = logs.events(store_id, from - 2, limit + 1).await?;
    let first = events.first().filter(|first| first.seq == from - 1);
    let previous = first.context("the event before is missing in Postgres")?.hash;
    events.remove(0);
    if events.is_empty() {
        bail!("event {from} is missing in Postgres");
    }
    Ok((previous, events))
}
