//! How often somebody may knock at a door: signing in, claiming, codes, renewing, deciding. Counted by [`crate::limits`].

use std::net::IpAddr;

use shared::TimeMs;
use shared::id::{SessionId, StaffId, StoreId};

use crate::app::App;
use crate::limits::{Buckets, Door, Rule, forgive_everywhere, take_everywhere};
use crate::problem::ApiError;

/// The token buckets of this process.
pub type SignInLimits = Buckets<Key>;

/// Who knocks where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
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

impl Door for Key {
    fn rule(&self) -> Rule {
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
}

/// Counts a knock at each of these, the narrowest first: one that refuses leaves the wider ones alone. 429 when there were too many.
pub(super) async fn knock(app: &App, keys: &[Key], now: TimeMs) -> Result<(), ApiError> {
    app.sign_in_limits.take(keys, now).map_err(ApiError::too_many)?;
    match take_everywhere(&app.cache, keys, now).await {
        Some(seconds) => Err(ApiError::too_many(seconds)),
        None => Ok(()),
    }
}

/// The right password came: its tries do not count.
pub(super) async fn forgive(app: &App, login_id: &str, peer: IpAddr) {
    let (pair, address) = (Key::Pair(login_id.to_owned(), peer), Key::Address(peer));
    app.sign_in_limits.forget(&pair);
    app.sign_in_limits.give_back(&address);
    forgive_everywhere(&app.cache, &pair, &address).await;
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
        limits.forget(&Key::Pair("owner".to_owned(), PEER));
        limits.give_back(&Key::Address(PEER));
        try_sign_in(&limits, "owner", PEER, now.plus_ms(6_000)).unwrap();
    }

    #[test]
    fn nothing_typed_is_readable_in_a_hidden_key() {
        let peer = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        let (a, b) = (Key::Pair("owner1".to_owned(), peer), Key::Login("owner1".to_owned()));
        assert!(!a.hidden().contains("owner1") && !a.hidden().contains("127"));
        assert_ne!(a.hidden(), b.hidden());
        assert_eq!(a.hidden(), Key::Pair("owner1".to_owned(), peer).hidden());
    }
}
