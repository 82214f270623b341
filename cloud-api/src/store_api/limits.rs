//! The token buckets of this process: they need no Redis and lock nobody out for good.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use shared::TimeMs;

use super::doors::{Key, Rule};

/// Most buckets; a full one is forgotten first.
const MAX_BUCKETS: usize = 10_000;

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
    /// The right password came: its tries do not count.
    pub(super) fn forgive(&self, login_id: &str, peer: IpAddr) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.remove(&Key::Pair(login_id.to_owned(), peer));
        let address = Key::Address(peer);
        let burst = address.rule().burst;
        if let Some(bucket) = buckets.get_mut(&address) {
            bucket.tokens = (bucket.tokens + 1.0).min(burst);
        }
    }

    /// Counts a knock at each of these; the seconds to wait when there were too many.
    pub(super) fn take(&self, keys: &[Key], now: TimeMs) -> Result<(), u32> {
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

    fn try_sign_in(limits: &SignInLimits, login_id: &str, peer: IpAddr, now: TimeMs) -> Result<(), u32> {
        let keys =
            [Key::Pair(login_id.to_owned(), peer), Key::Login(login_id.to_owned()), Key::Address(peer)];
        limits.take(&keys, now)
    }

    #[test]
    fn refills_and_does_not_lock_the_owner_out() {
        let limits = SignInLimits::default();
        let now = TimeMs(1_000_000);
        for _ in 0..10 {
            try_sign_in(&limits, "owner", PEER, now).unwrap();
        }
        assert_eq!(try_sign_in(&limits, "owner", PEER, now), Err(6));
        try_sign_in(&limits, "owner", OTHER, now).unwrap();
        try_sign_in(&limits, "other", PEER, now).unwrap();
        try_sign_in(&limits, "owner", PEER, now.plus_ms(6_000)).unwrap();
        assert!(try_sign_in(&limits, "owner", PEER, now.plus_ms(6_000)).is_err());
        limits.forgive("owner", PEER);
        try_sign_in(&limits, "owner", PEER, now.plus_ms(6_000)).unwrap();
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let limits = SignInLimits::default();
        for _ in 0..10 {
            try_sign_in(&limits, "owner", PEER, TimeMs(1_000_000)).unwrap();
        }
        assert!(try_sign_in(&limits, "owner", PEER, TimeMs(0)).is_err());
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let limits = SignInLimits::default();
        for n in 0..u32::try_from(MAX_BUCKETS).unwrap() + 10 {
            let _ = try_sign_in(&limits, &format!("owner{n}"), std::net::Ipv4Addr::from(n).into(), TimeMs(0));
        }
        assert!(limits.buckets.lock().unwrap().len() <= MAX_BUCKETS + 3);
    }
}
