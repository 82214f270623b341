//! How often somebody may knock at a door: signing in, claiming, codes, renewing, deciding. Token buckets in this process's memory, which
//! need nothing, and beside them in Redis, so that several instances do not give several times as much. Nobody is locked out for good.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;
use ring::digest;
use shared::TimeMs;
use shared::id::{SessionId, StaffId, StoreId};
use tokio::time::timeout;

use crate::app::App;
use crate::problem::ApiError;

/// How long Redis is asked; without an answer the process's own memory decides.
const REDIS_PATIENCE: Duration = Duration::from_millis(250);

/// Who knocks where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Tries of one login id from one address.
    Pair(String, IpAddr),
    /// Tries from one address, which may be a whole office or a proxy.
    Address(IpAddr),
    /// Tries of one login id from anywhere: wide, so that strangers cannot keep its owner out.
    Login(String),
    /// Devices that ask whether they were let in, from one address.
    Waiting(IpAddr),
    /// Codes of one person: a million codes, three of which are right, must take years.
    SecondFactor(String),
    /// One's own password, asked again at the counter.
    OwnPassword(StaffId),
    /// Decisions about a store's people and devices.
    Decide(StoreId),
    Renew(SessionId),
}

/// A bucket's size, and how fast it fills up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub burst: f64,
    pub per_second: f64,
}

impl Key {
    pub(super) fn rule(&self) -> Rule {
        let rule = |burst, per_second| Rule { burst, per_second };
        match self {
            Self::Pair(..) => rule(10.0, 1.0 / 6.0),
            Self::Address(_) => rule(60.0, 1.0),
            Self::Login(_) => rule(100.0, 0.5),
            // A screen that waits asks every two seconds.
            Self::Waiting(_) => rule(120.0, 2.0),
            Self::SecondFactor(_) => rule(10.0, 1.0 / 60.0),
            Self::OwnPassword(_) => rule(10.0, 1.0 / 10.0),
            Self::Decide(_) => rule(60.0, 0.5),
            Self::Renew(_) => rule(10.0, 1.0 / 60.0),
        }
    }

    /// As Redis knows it: nobody's login id or address can be read there.
    fn hidden(&self) -> String {
        let hash = digest::digest(&digest::SHA256, format!("{self:?}").as_bytes());
        let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("door:{{{hex}}}")
    }
}

/// Counts a knock at each of these, the narrowest first: one that refuses leaves the wider ones alone. 429 when there were too many.
pub(super) async fn knock(app: &App, keys: &[Key], now: TimeMs) -> Result<(), ApiError> {
    app.sign_in_limits.take(keys, now).map_err(ApiError::too_many)?;
    let asked = timeout(REDIS_PATIENCE, everywhere(app, keys, now)).await;
    match asked {
        Ok(Ok(Some(seconds))) => Err(ApiError::too_many(seconds)),
        Ok(Ok(None)) => Ok(()),
        Ok(Err(_)) | Err(_) => {
            metrics::counter!("doors_without_redis").increment(1);
            Ok(())
        }
    }
}

/// The right password came: its tries do not count.
pub(super) async fn forgive(app: &App, login_id: &str, peer: IpAddr) {
    app.sign_in_limits.forgive(login_id, peer);
    // The buckets fill up by themselves when this is lost.
    let _ = timeout(REDIS_PATIENCE, forgive_everywhere(app, login_id, peer)).await;
}

async fn forgive_everywhere(app: &App, login_id: &str, peer: IpAddr) -> redis::RedisResult<()> {
    let mut redis = app.cache.clone();
    let pair = Key::Pair(login_id.to_owned(), peer).hidden();
    let (): () = redis::cmd("DEL").arg(pair).query_async(&mut redis).await?;
    let address = Key::Address(peer);
    let interval = 1_000.0 / address.rule().per_second;
    GIVE_BACK.key(address.hidden()).arg(interval).invoke_async(&mut redis).await
}

/// One try less in a bucket.
static GIVE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local full = redis.call('GET', KEYS[1])
         if full then redis.call('SET', KEYS[1], string.format('%.0f', tonumber(full) - tonumber(ARGV[1])), 'KEEPTTL') end",
    )
});

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

async fn everywhere(app: &App, keys: &[Key], now: TimeMs) -> redis::RedisResult<Option<u32>> {
    let mut redis = app.cache.clone();
    for key in keys {
        let rule = key.rule();
        let missing: u32 = TAKE
            .key(key.hidden())
            .arg(now.0)
            .arg(1_000.0 / rule.per_second)
            .arg(rule.burst)
            .invoke_async(&mut redis)
            .await?;
        if missing > 0 {
            return Ok(Some(missing.div_ceil(1_000).clamp(1, 60)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_is_readable_in_a_hidden_key() {
        let peer = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        let (a, b) = (Key::Pair("owner1".to_owned(), peer), Key::Login("owner1".to_owned()));
        assert!(!a.hidden().contains("owner1") && !a.hidden().contains("127"));
        assert_ne!(a.hidden(), b.hidden());
        assert_eq!(a.hidden(), Key::Pair("owner1".to_owned(), peer).hidden());
    }
}
