//! Leases: what the server signed when it gave a token, so that a counter whose token is refused although nobody ended its session — a
//! mistake of ours, or a database that came back older — receives and works orders for one more day.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::wire::{DeviceKey, SessionTerms};

use crate::config::Key32;

/// A session's token lasts this long.
const SESSION_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// The next one is given after this long: a renewal that fails is noticed weeks before it matters.
const RENEW_MS: i64 = 24 * 60 * 60 * 1000;
/// A lease lasts this long beyond the token.
const LEASE_MS: i64 = 24 * 60 * 60 * 1000;
/// Longest lease that is read.
const MAX_LENGTH: usize = 1_024;

/// A session as its lease remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lease {
    pub store_id: StoreId,
    pub session_id: SessionId,
    pub staff_id: StaffId,
    pub device_id: DeviceId,
    pub fence: i64,
    pub until: TimeMs,
    /// The device has to prove it.
    pub key: Option<DeviceKey>,
}

impl Lease {
    /// As the counter keeps it.
    pub(super) fn sign(&self, key: &Key32) -> String {
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("ids and numbers"));
        let tag = hmac::sign(&mac(key), text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// A lease that we signed and that lasts still.
    pub(super) fn read(key: &Key32, text: &str, now: TimeMs) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let (text, tag) = text.split_once('.')?;
        hmac::verify(&mac(key), text.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
        let lease: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        (lease.until > now).then_some(lease)
    }
}

fn mac(key: &Key32) -> hmac::Key {
    let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key.0), b"counter session lease 1");
    hmac::Key::new(hmac::HMAC_SHA256, own.as_ref())
}

/// When a token that is given now ends.
pub(super) fn expiry(now: TimeMs) -> TimeMs {
    now.plus_ms(SESSION_MS)
}

/// The terms of a token that is given now. Viewers have no lease: they only look on.
pub(super) fn terms(key: &Key32, lease: Option<Lease>, now: TimeMs) -> SessionTerms {
    let expires_at = expiry(now);
    let lease = lease.map(|lease| Lease { until: expires_at.plus_ms(LEASE_MS), ..lease }.sign(key));
    SessionTerms { expires_at, renew_at: now.plus_ms(RENEW_MS), lease, leased: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_signed_counts_and_only_until_its_end() {
        let (ours, other) = (Key32([1; 32]), Key32([2; 32]));
        let lease = Lease {
            store_id: StoreId::fresh(),
            session_id: SessionId::fresh(),
            staff_id: StaffId::fresh(),
            device_id: DeviceId::fresh(),
            fence: 3,
            until: TimeMs(1_000),
            key: Some(DeviceKey([9; 32])),
        };
        let text = lease.sign(&ours);
        assert_eq!(Lease::read(&ours, &text, TimeMs(999)), Some(lease.clone()));
        assert_eq!(Lease::read(&ours, &text, TimeMs(1_000)), None);
        assert_eq!(Lease::read(&other, &text, TimeMs(0)), None);
        let longer = Lease { until: TimeMs(9_000), ..lease }.sign(&other);
        let forged = format!("{}.{}", longer.split_once('.').unwrap().0, text.split_once('.').unwrap().1);
        assert_eq!(Lease::read(&ours, &forged, TimeMs(0)), None);
        for wrong in ["", ".", "a.b", &"x".repeat(5_000)] {
            assert_eq!(Lease::read(&ours, wrong, TimeMs(0)), None);
        }
    }
}
