//! How long it took until a commit reached a counter's disk again, for every fault.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::Value;
use sqlx::PgPool;
use tokio::task::AbortHandle;

use crate::fault::Fault;
use crate::store::Store;

/// How often the counters' output is read.
const POLL: Duration = Duration::from_millis(20);

/// A moment, in milliseconds since 1970: our programs write the same clock.
pub type Millis = i64;

pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// What went wrong, and when.
#[derive(Debug, Clone)]
pub struct Struck {
    pub at: Millis,
    pub kind: &'static str,
    pub store: Option<usize>,
}

impl Struck {
    pub fn now(fault: &Fault) -> Self {
        Self { at: now(), kind: fault.kind(), store: fault.store() }
    }
}

/// When each event was journaled, by store and position in its log.
type Seen = BTreeMap<(usize, i64), Millis>;

/// Reads what the counters print as they journal.
pub struct Watch {
    seen: Arc<Mutex<Seen>>,
    reading: AbortHandle,
}

impl Watch {
    pub fn begin(stores: &[Store]) -> Self {
        let seen = Arc::new(Mutex::new(Seen::new()));
        let files: Vec<(usize, PathBuf)> =
            stores.iter().map(|store| (store.number, store.log.clone())).collect();
        let reading = tokio::spawn(read(files, Arc::clone(&seen))).abort_handle();
        Self { seen, reading }
    }

    /// Ends the watch; the events that were committed and journaled, by store.
    pub async fn end(self, stores: &[Store], db: &PgPool) -> Result<Vec<Vec<Passage>>> {
        self.reading.abort();
        let seen = lock(&self.seen).clone();
        let mut all = Vec::new();
        for store in stores {
            let committed: Vec<(i64, i64)> = sqlx::query_as(
                "select seq, (extract(epoch from created_at) * 1000)::bigint from store_event
                 where store_id = $1::uuid order by seq",
            )
            .bind(&store.id)
            .fetch_all(db)
            .await?;
            let passage =
                |(seq, committed)| Passage { committed, journaled: seen.get(&(store.number, seq)).copied() };
            all.push(committed.into_iter().map(passage).collect());
        }
        Ok(all)
    }
}

async fn read(files: Vec<(usize, PathBuf)>, seen: Arc<Mutex<Seen>>) {
    let mut readers: BTreeMap<usize, (BufReader<std::fs::File>, String)> = BTreeMap::new();
    loop {
        for (store, path) in &files {
            let (reader, line) = match readers.entry(*store) {
                Entry::Occupied(open) => open.into_mut(),
                Entry::Vacant(place) => {
                    let Ok(file) = std::fs::File::open(path) else { continue };
                    place.insert((BufReader::new(file), String::new()))
                }
            };
            // A line without its end stays until the rest of it comes.
            while reader.read_line(line).is_ok_and(|length| length > 0) && line.ends_with('\n') {
                if let Some(seq) = journaled(line) {
                    lock(&seen).entry((*store, seq)).or_insert_with(now);
                }
                line.clear();
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

/// `{"type":"log","position":"1.42.9f2c11ab", …}`.
fn journaled(line: &str) -> Option<i64> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line["type"] == "log").then(|| line["position"].as_str()?.split('.').nth(1)?.parse().ok()).flatten()
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One event's way from the commit to the counter's disk.
#[derive(Debug, Clone, Copy)]
pub struct Passage {
    pub committed: Millis,
    /// `None`: the counter was killed before it could say so.
    pub journaled: Option<Millis>,
}

/// Recovery after one kind of fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    pub faults: usize,
    pub median: Duration,
    pub slowest: Duration,
    /// The part of it that is no waiting for somebody to order: at most so long was an event's way from its commit to the disk.
    pub way: Duration,
}

/// From each fault to the first event that was committed after it and is on the counter's disk; at the store that was struck, or
/// at the slowest of all. Faults with no such event, because the storm was over, are left out.
pub fn recoveries(struck: &[Struck], stores: &[Vec<Passage>]) -> BTreeMap<&'static str, Recovery> {
    let sorted: Vec<Vec<(Millis, Millis)>> = stores.iter().map(|passages| arrivals(passages)).collect();
    let mut times: BTreeMap<&'static str, Vec<(Millis, Millis)>> = BTreeMap::new();
    for fault in struck {
        let felt =
            sorted.iter().enumerate().filter(|(number, _)| fault.store.is_none_or(|store| store == *number));
        let firsts: Vec<(Millis, Millis)> =
            felt.filter_map(|(_, arrivals)| after(arrivals, fault.at)).collect();
        let slowest = firsts.iter().map(|(_, journaled)| journaled - fault.at).max();
        let way = firsts.iter().map(|(committed, journaled)| journaled - committed).max();
        times.entry(fault.kind).or_default().extend(slowest.zip(way));
    }
    times.retain(|_, times| !times.is_empty());
    times.into_iter().map(|(kind, times)| (kind, summary(times))).collect()
}

/// By the time of their commit; with each, the first moment at which it or a later one was journaled.
fn arrivals(passages: &[Passage]) -> Vec<(Millis, Millis)> {
    let mut sorted: Vec<(Millis, Millis)> =
        passages.iter().filter_map(|passage| Some((passage.committed, passage.journaled?))).collect();
    sorted.sort_unstable();
    let mut earliest = Millis::MAX;
    for (_, journaled) in sorted.iter_mut().rev() {
        earliest = earliest.min(*journaled);
        *journaled = earliest;
    }
    sorted
}

/// The first one that was committed after `at`.
fn after(arrivals: &[(Millis, Millis)], at: Millis) -> Option<(Millis, Millis)> {
    let first = arrivals.partition_point(|(committed, _)| *committed < at);
    arrivals.get(first).copied()
}

fn summary(times: Vec<(Millis, Millis)>) -> Recovery {
    let (mut times, mut ways): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    times.sort_unstable();
    ways.sort_unstable();
    Recovery {
        faults: times.len(),
        median: quantile(&times, 50),
        slowest: quantile(&times, 100),
        way: quantile(&ways, 100),
    }
}

/// The value below which `percent` of the sorted times lie.
pub fn quantile(sorted: &[Millis], percent: usize) -> Duration {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    let millis = sorted.get(index).copied().unwrap_or_default();
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passages(times: &[(Millis, Option<Millis>)]) -> Vec<Passage> {
        times
            .iter()
            .map(|(committed, journaled)| Passage { committed: *committed, journaled: *journaled })
            .collect()
    }

    fn struck(at: Millis, store: Option<usize>) -> Struck {
        Struck { at, kind: "cut", store }
    }

    #[test]
    fn recovery_ends_with_the_first_event_committed_after_the_fault() {
        let store = passages(&[(100, Some(110)), (200, Some(900)), (300, Some(910))]);
        let found = recoveries(&[struck(150, None)], &[store]);
        assert_eq!(
            found["cut"],
            Recovery { faults: 1, median: millis(750), slowest: millis(750), way: millis(700) }
        );
    }

    #[test]
    fn all_stores_have_to_recover_from_what_struck_all_of_them() {
        let (quick, slow) = (passages(&[(200, Some(210))]), passages(&[(200, Some(1_200))]));
        let found = recoveries(&[struck(150, None), struck(150, Some(0))], &[quick, slow]);
        let wanted = Recovery { faults: 2, median: millis(60), slowest: millis(1_050), way: millis(1_000) };
        assert_eq!(found["cut"], wanted);
    }

    #[test]
    fn a_fault_after_the_last_event_says_nothing() {
        assert!(recoveries(&[struck(500, None)], &[passages(&[(200, Some(210)), (600, None)])]).is_empty());
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let times: Vec<Millis> = (1..=100).collect();
        assert_eq!(
            [quantile(&times, 50), quantile(&times, 95), quantile(&times, 100)],
            [millis(50), millis(95), millis(100)]
        );
        assert_eq!(quantile(&[], 95), Duration::ZERO);
    }

    #[test]
    fn positions_are_read_from_the_counters_output() {
        assert_eq!(
            journaled(r#"{"type":"log","position":"3.10427.9f2c11ab","kind":"order_placed"}"#),
            Some(10_427)
        );
        assert_eq!(journaled(r#"{"type":"link","light":"green"}"#), None);
        assert_eq!(journaled("a line of the log"), None);
    }

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }
}
