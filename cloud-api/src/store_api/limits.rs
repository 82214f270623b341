//! How often somebody may try to sign in. Token buckets in this process's memory: they need no Redis and lock nobody out for good.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use shared::TimeMs;

/// Most buckets; a full one is forgotten first.
const MAX_BUCKETS: usize = 10_000;

/// Tries of one login id from one address.
const PAIR: Rule = Rule { burst: 10.0, per_second: 1.0 / 6.0 };
/// Tries from one address, which may be a whole office or a proxy.
const ADDRESS: Rule = Rule { burst: 60.0, per_second: 1.0 };
/// Tries of one login id from anywhere: wide, so that strangers cannot keep its owner out.
const LOGIN: Rule = Rule { burst: 100.0, per_second: 0.5 };

#[derive(Debug, Clone, Copy)]
struct Rule {
    burst: f64,
    per_second: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(String, IpAddr),
    Address(IpAddr),
    Login(String),
}

impl Key {
    fn rule(&self) -> Rule {
        match self {
            Self::Pair(..) => PAIR,
            Self::Address(_) => ADDRESS,
            Self::Login(_) => LOGIN,
        }
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

/// The buckets.
#[derive(Debug, Default)]
pub struct SignInLimits {
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl SignInLimits {
    /// Counts a try to sign in; the seconds to wait when there were too many.
    pub(super) fn try_sign_in(&self, login_id: &str, peer: IpAddr, now: TimeMs) -> Result<(), u32> {
        self.take(
            &[Key::Pair(login_id.to_owned(), peer), Key::Login(login_id.to_owned()), Key::Address(peer)],
            now,
        )
    }

    /// Counts a try to claim a store.
    pub(super) fn try_claim(&self, peer: IpAddr, now: TimeMs) -> Result<(), u32> {
        self.take(&[Key::Address(peer)], now)
    }

    /// The right password came: its tries do not count.
    pub(super) fn forgive(&self, login_id: &str, peer: IpAddr) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.remove(&Key::Pair(login_id.to_owned(), peer));
        if let Some(bucket) = buckets.get_mut(&Key::Address(peer)) {
            bucket.tokens = (bucket.tokens + 1.0).min(ADDRESS.burst);
        }
    }

    fn take(&self, keys: &[Key], now: TimeMs) -> Result<(), u32> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut buckets, now);
        let mut wait = 0.0_f64;
        for key in keys {
            let rule = key.rule();
            let bucket = buckets.entry(key.clone()).or_insert(Bucket { tokens: rule.burst, at: now });
            *bucket = bucket.now(rule, now);
            if bucket.tokens < 1.0 {
                wait = wait.max((1.0 - bucket.tokens) / rule.per_second);
            }
        }
        if wait > 0.0 {
            // At most a few seconds: a bucket refills one try at a time.
            return Err(wait.ceil().clamp(1.0, 60.0) as u32);
        }
        for key in keys {
            if let Some(bucket) = buckets.get_mut(key) {
                bucket.tokens -= 1.0;
            }
        }
        Ok(())
    }
}

fn make_room(buckets: &mut HashMap<Key, Bucket>, now: TimeMs) {
    if buckets.len() < MAX_BUCKETS {
        return;
    }
    buckets.retain(|key, bucket| bucket.now(key.rule(), now).tokens < key.rule().burst);
    if buckets.len() >= MAX_BUCKETS {
        tracing::warn!("so many sign-ins fail that their counts were dropped");
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::BROADCAST);

    #[test]
    fn refills_and_does_not_lock_the_owner_out() {
        let limits = SignInLimits::default();
        let now = TimeMs(1_000_000);
        for _ in 0..10 {
            limits.try_sign_in("owner", PEER, now).unwrap();
        }
        assert_eq!(limits.try_sign_in("owner", PEER, now), Err(6));
        limits.try_sign_in("owner", OTHER, now).unwrap();
        limits.try_sign_in("other", PEER, now).unwrap();
        limits.try_sign_in("owner", PEER, now.plus_ms(6_000)).unwrap();
        assert!(limits.try_sign_in("owner", PEER, now.plus_ms(6_000)).is_err());
        limits.forgive("owner", PEER);
        limits.try_sign_in("owner", PEER, now.plus_ms(6_000)).unwrap();
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let limits = SignInLimits::default();
        for _ in 0..10 {
            limits.try_sign_in("owner", PEER, TimeMs(1_000_000)).unwrap();
        }
        assert!(limits.try_sign_in("owner", PEER, TimeMs(0)).is_err());
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let limits = SignInLimits::default();
        for n in 0..u32::try_from(MAX_BUCKETS).unwrap() + 10 {
            let _ = limits.try_sign_in(&format!("owner{n}"), std::net::Ipv4Addr::from(n).into(), TimeMs(0));
        }
        assert!(limits.buckets.lock().unwrap().len() <= MAX_BUCKETS + 3);
    }
}
