//! How strong a storm, and for how long.

use std::time::Duration;

use clap::ValueEnum;

use crate::schedule::{Pace, Town};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Two minutes at most, with debug programs and their failpoints; part of `cargo xtask test`.
    Quick,
    /// 10,000 orders under everything at once, with release programs.
    Full,
    /// Twenty calm minutes: do memory and file descriptors stay flat?
    Soak,
}

/// When a storm has raged enough: all of these.
#[derive(Debug, Clone, Copy, Default)]
pub struct Enough {
    pub time: Duration,
    /// Orders that were paid and placed.
    pub orders: i64,
    pub counter_cuts: usize,
    pub redis_losses: usize,
}

#[derive(Debug, Clone, Copy)]
pub struct Profile {
    pub name: &'static str,
    pub town: Town,
    pub rejecting: bool,
    pub customers: usize,
    /// Orders per second; as fast as it goes without.
    pub rate: Option<f64>,
    pub pace: Pace,
    /// The share of KakaoPay's calls that meet a fault.
    pub kakao: f64,
    pub enough: Enough,
    /// Whether counters are cut and Redis is emptied only as often as is enough: the orders still wanted then come sooner.
    pub rests: bool,
    /// It ends then, enough or not.
    pub longest: Duration,
    /// How long customers have to finish what they began when the storm is over.
    pub closing: Duration,
    pub quiet_limit: Duration,
    /// Whether it waits out the minutes that a payment may be in doubt.
    pub patient: bool,
    /// Whether an older Postgres is put back afterwards, in a world of its own.
    pub older_postgres: bool,
    /// Whether memory and descriptors are judged.
    pub flat: bool,
}

const fn millis(millis: u64) -> Option<Duration> {
    Some(Duration::from_millis(millis))
}

impl Profile {
    pub fn of(name: Name) -> Self {
        match name {
            Name::Quick => QUICK,
            Name::Full => FULL,
            Name::Soak => SOAK,
        }
    }
}

const QUICK: Profile = Profile {
    name: "quick",
    town: Town { apis: 2, stores: 3 },
    rejecting: true,
    customers: 8,
    rate: None,
    pace: Pace {
        kill: millis(1_700),
        postgres: millis(9_500),
        pause: millis(4_300),
        counter_cut: millis(900),
        weather: millis(1_300),
        redis: millis(7_000),
        redis_row: 4,
        failpoint: millis(2_700),
    },
    kakao: 0.2,
    enough: Enough { time: Duration::from_secs(25), orders: 1, counter_cuts: 15, redis_losses: 8 },
    rests: false,
    longest: Duration::from_secs(45),
    closing: Duration::from_secs(15),
    quiet_limit: Duration::from_secs(60),
    patient: false,
    older_postgres: false,
    flat: false,
};

const FULL: Profile = Profile {
    name: "full",
    town: Town { apis: 3, stores: 32 },
    rejecting: true,
    customers: 48,
    rate: None,
    pace: Pace {
        kill: millis(200),
        postgres: millis(5_000),
        pause: millis(3_100),
        counter_cut: millis(430),
        weather: millis(1_700),
        redis: millis(18_000),
        redis_row: 30,
        failpoint: None,
    },
    kakao: 0.2,
    enough: Enough {
        time: Duration::from_secs(60),
        orders: 10_000,
        counter_cuts: 1_000,
        redis_losses: 1_000,
    },
    rests: true,
    longest: Duration::from_secs(3_600),
    closing: Duration::from_secs(120),
    quiet_limit: Duration::from_secs(400),
    patient: true,
    older_postgres: true,
    flat: false,
};

const SOAK: Profile = Profile {
    name: "soak",
    town: Town { apis: 2, stores: 4 },
    rejecting: false,
    customers: 32,
    rate: Some(5.0),
    pace: Pace {
        kill: None,
        postgres: None,
        pause: None,
        counter_cut: millis(15_000),
        weather: millis(20_000),
        redis: None,
        redis_row: 1,
        failpoint: None,
    },
    kakao: 0.02,
    enough: Enough { time: Duration::from_secs(1_200), orders: 0, counter_cuts: 0, redis_losses: 0 },
    rests: false,
    longest: Duration::from_secs(1_200),
    closing: Duration::from_secs(60),
    quiet_limit: Duration::from_secs(400),
    patient: true,
    older_postgres: false,
    flat: true,
};
