//! The sandbox's own clock: real time plus what `/control/clock` added. Kakao writes naive KST.

use std::sync::Mutex;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

use crate::lock;

const KST_SECONDS_EAST: i32 = 9 * 60 * 60;

#[derive(Default)]
pub struct Clock {
    ahead: Mutex<TimeDelta>,
}

impl Clock {
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + *lock(&self.ahead)
    }

    /// Moves the clock; expiry of payments, callback tokens and contexts follows it.
    pub fn advance(&self, by: TimeDelta) {
        let mut ahead = lock(&self.ahead);
        *ahead = ahead.checked_add(&by).unwrap_or(*ahead);
    }

    pub fn reset(&self) {
        *lock(&self.ahead) = TimeDelta::zero();
    }
}

/// `yyyy-MM-ddTHH:mm:ss` in KST without an offset, as KakaoPay prints it.
pub fn naive_kst(at: DateTime<Utc>) -> String {
    kst(at).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// `yyyy-MM-dd HH:mm:ss.0` in KST, as NHN Cloud prints it.
pub fn nhn_kst(at: DateTime<Utc>) -> String {
    kst(at).format("%Y-%m-%d %H:%M:%S.0").to_string()
}

fn kst(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(KST_SECONDS_EAST).expect("nine hours is a valid offset");
    at.with_timezone(&zone)
}
