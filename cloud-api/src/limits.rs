//! How often somebody may do something: token buckets in this process's memory, which need nothing and lock nobody out for good, and beside
//! them in Redis, so that several instances do not give several times as much.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use redis::Script;
use ring::digest;
use shared::TimeMs;
use tokio::time::timeout;

use crate::redis_link::RedisLink;

/// Most buckets of one kind; a full one is forgotten first.
const MAX_BUCKETS: usize = 10_000;
/// How long Redis is asked; without an answer the process's own memory decides.
const REDIS_PATIENCE: Duration = Duration::from_millis(250);
/// Longest time that somebody is told to wait, in seconds; a bucket refills one try at a time.
const LONGEST_WAIT_S: u32 = 60;

/// A bucket's size, and how fast it fills up.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub burst: f64,
    pub per_second: f64,
}

/// What is counted: who, and where.
pub trait Door: Clone + Eq + Hash + Debug {
    /// How often.
    fn rule(&self) -> Rule;

    /// As Redis knows it: nobody's login id, address or user key can be read there.
    fn hidden(&self) -> String {
        let hash = digest::digest(&digest::SHA256, format!("{self:?}").as_bytes());
        let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("door:{{{hex}}}")
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: TimeMs,
}

impl Bucket {
    fn now(self, rule: Rule, now: TimeMs) -> Self {
        let seconds = f64::from(i32::try_from(now.ms_since(self.at).max(0) / 1_000).unwrap_or(i32::MAX));
        if seconds < 1.0 {
            return self;
        }
        Self { tokens: (self.tokens + seconds * rule.per_second).min(rule.burst), at: now }
    }
}

/// The buckets of this process.
#[derive(Debug)]
pub struct Buckets<D>(Mutex<HashMap<D, Bucket>>);

impl<D> Default for Buckets<D> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<D: Door> Buckets<D> {
    /// Counts one at each of these; the seconds to wait when there were too many.
    pub fn take(&self, doors: &[D], now: TimeMs) -> Result<(), u32> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut buckets, now);
        let mut wait = 0.0_f64;
        for door in doors {
            let rule = door.rule();
            let bucket = buckets.entry(door.clone()).or_insert(Bucket { tokens: rule.burst, at: now });
            *bucket = bucket.now(rule, now);
            if bucket.tokens < 1.0 {
                wait = wait.max((1.0 - bucket.tokens) / rule.per_second);
            }
        }
        if wait > 0.0 {
            return Err(wait.ceil().clamp(1.0, f64::from(LONGEST_WAIT_S)) as u32);
        }
        for door in doors {
            if let Some(bucket) = buckets.get_mut(door) {
                bucket.tokens -= 1.0;
            }
        }
        Ok(())
    }

    /// Whether more than half of what is allowed at once was used.
    pub fn is_half_empty(&self, door: &D) -> bool {
        let buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.get(door).is_some_and(|bucket| bucket.tokens < door.rule().burst / 2.0)
    }

    /// Nothing counts of what was before.
    pub fn forget(&self, door: &D) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(door);
    }

    /// One counts less.
    pub fn give_back(&self, door: &D) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(door) {
            bucket.tokens = (bucket.tokens + 1.0).min(door.rule().burst);
        }
    }
}

fn make_room<D: Door>(buckets: &mut HashMap<D, Bucket>, now: TimeMs) {
    if buckets.len() < MAX_BUCKETS {
        return;
    }
    buckets.retain(|door, bucket| bucket.now(door.rule(), now).tokens < door.rule().burst);
    if buckets.len() >= MAX_BUCKETS {
        tracing::warn!("so many are counted that their counts were dropped");
        buckets.clear();
    }
}

/// One bucket, as the time when it will be full: taking moves it by one interval. Answers how many milliseconds are missing, or 0.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
         local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
         local missing = full + interval - (now + interval * burst)
         if missing > 0 then return math.ceil(missing) end
         redis.call('SET', KEYS[1], string.format('%.0f', full + interval), 'PX', math.ceil(interval * burst))
         return 0",
    )
});

/// One try less in a bucket.
static GIVE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local full = redis.call('GET', KEYS[1])
         if full then redis.call('SET', KEYS[1], string.format('%.0f', tonumber(full) - tonumber(ARGV[1])), 'KEEPTTL') end",
    )
});

/// Counts one at each of these for all instances together, the narrowest first: one that refuses leaves the wider ones alone. The seconds to
/// wait when there were too many; `None` also when Redis did not say.
pub async fn take_everywhere<D: Door>(cache: &RedisLink, doors: &[D], now: TimeMs) -> Option<u32> {
    match timeout(REDIS_PATIENCE, taken(cache, doors, now)).await {
        Ok(Ok(missing)) => missing,
        Ok(Err(_)) | Err(_) => {
            metrics::counter!("doors_without_redis").increment(1);
            None
        }
    }
}

async fn taken<D: Door>(cache: &RedisLink, doors: &[D], now: TimeMs) -> redis::RedisResult<Option<u32>> {
    let mut redis = cache.clone();
    for door in doors {
        let rule = door.rule();
        let missing: u32 = TAKE
            .key(door.hidden())
            .arg(now.0)
            .arg(1_000.0 / rule.per_second)
            .arg(rule.burst)
            .invoke_async(&mut redis)
            .await?;
        if missing > 0 {
            return Ok(Some(missing.div_ceil(1_000).clamp(1, LONGEST_WAIT_S)));
        }
    }
    Ok(None)
}

/// Forgets one bucket for all instances and gives one back to another. They fill up by themselves when this is lost.
pub async fn forgive_everywhere<D: Door>(cache: &RedisLink, forget: &D, give_back: &D) {
    let _ = timeout(REDIS_PATIENCE, forgiven(cache, forget, give_back)).await;
}

async fn forgiven<D: Door>(cache: &RedisLink, forget: &D, give_back: &D) -> redis::RedisResult<()> {
    let mut redis = cache.clone();
    let (): () = redis::cmd("DEL").arg(forget.hidden()).query_async(&mut redis).await?;
    let interval = 1_000.0 / give_back.rule().per_second;
    GIVE_BACK.key(give_back.hidden()).arg(interval).invoke_async(&mut redis).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    struct Somebody(u32);

    impl Door for Somebody {
        fn rule(&self) -> Rule {
            Rule { burst: 4.0, per_second: 0.5 }
        }
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let buckets = Buckets::default();
        for _ in 0..4 {
            buckets.take(&[Somebody(1)], TimeMs(1_000_000)).unwrap();
        }
        assert_eq!(buckets.take(&[Somebody(1)], TimeMs(0)), Err(2));
        buckets.take(&[Somebody(2)], TimeMs(0)).unwrap();
    }

    #[test]
    fn who_uses_more_than_half_is_known() {
        let buckets = Buckets::default();
        for taken in 0..4 {
            assert_eq!(buckets.is_half_empty(&Somebody(1)), taken > 2, "{taken}");
            buckets.take(&[Somebody(1)], TimeMs(0)).unwrap();
        }
        buckets.forget(&Somebody(1));
        assert!(!buckets.is_half_empty(&Somebody(1)));
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let buckets = Buckets::default();
        for n in 0..u32::try_from(MAX_BUCKETS).unwrap() + 10 {
            let _ = buckets.take(&[Somebody(n)], TimeMs(0));
        }
        assert!(buckets.0.lock().unwrap().len() <= MAX_BUCKETS + 1);
    }
}
