//! What can go wrong, and where.

use std::fmt;
use std::time::Duration;

use fault_proxy::{CommitCut, CutAfter, Direction, Weather};

/// A program that can be killed or paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Victim {
    Api(usize),
    Worker,
    Counter(usize),
    Redis,
    Postgres,
}

/// A way between two programs that leads through a fault proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Line {
    /// Customers' browsers and Kakao to the API.
    Customers,
    /// One store's counter to the API.
    Counter(usize),
    /// One of our cloud programs to what it needs; the worker comes after the APIs.
    Postgres(usize),
    Redis(usize),
    KakaoPay(usize),
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// `kill -9`; the supervisor starts it again at once.
    Kill(Victim),
    /// SIGSTOP, and SIGCONT after so long.
    Pause(Victim, Duration),
    /// Killed, and started so that it ends itself when it first reaches this place.
    Failpoint(Victim, &'static str),
    /// Every connection of a line dies; new ones are taken at once.
    Cut(Line),
    /// A line is bad for so long.
    Weather(Line, Weather, Duration),
    /// Everything in Redis is gone.
    EmptyRedis,
    /// Redis is killed and comes back with an older file.
    RollBackRedis,
}

impl Fault {
    /// The name under which it is counted.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Kill(Victim::Api(_)) => "api killed",
            Self::Kill(Victim::Worker) => "worker killed",
            Self::Kill(Victim::Counter(_)) => "counter killed",
            Self::Kill(Victim::Redis) => "redis killed",
            Self::Kill(Victim::Postgres) => "postgres killed",
            Self::Pause(..) => "program paused",
            Self::Failpoint(..) => "failpoint",
            Self::Cut(Line::Counter(_)) => "counter cut",
            Self::Cut(_) => "other line cut",
            Self::Weather(Line::Customers, ..) => "weather customers-api",
            Self::Weather(Line::Counter(_), ..) => "weather counter-api",
            Self::Weather(Line::Postgres(_), ..) => "weather api-postgres",
            Self::Weather(Line::Redis(_), ..) => "weather api-redis",
            Self::Weather(Line::KakaoPay(_), ..) => "weather api-kakaopay",
            Self::EmptyRedis => "redis emptied",
            Self::RollBackRedis => "redis rolled back",
        }
    }

    /// The one store that feels it, when it is only one.
    pub fn store(&self) -> Option<usize> {
        match self {
            Self::Kill(Victim::Counter(store))
            | Self::Pause(Victim::Counter(store), _)
            | Self::Failpoint(Victim::Counter(store), _)
            | Self::Cut(Line::Counter(store))
            | Self::Weather(Line::Counter(store), ..) => Some(*store),
            Self::Kill(_)
            | Self::Pause(..)
            | Self::Failpoint(..)
            | Self::Cut(_)
            | Self::Weather(..)
            | Self::EmptyRedis
            | Self::RollBackRedis => None,
        }
    }
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(number) => write!(f, "api-{number}"),
            Self::Worker => f.write_str("worker"),
            Self::Counter(store) => write!(f, "counter-{store}"),
            Self::Redis => f.write_str("redis"),
            Self::Postgres => f.write_str("postgres"),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customers => f.write_str("customers-api"),
            Self::Counter(store) => write!(f, "counter-{store}-api"),
            Self::Postgres(program) => write!(f, "program-{program}-postgres"),
            Self::Redis(program) => write!(f, "program-{program}-redis"),
            Self::KakaoPay(program) => write!(f, "program-{program}-kakaopay"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(victim) => write!(f, "kill -9 {victim}"),
            Self::Pause(victim, time) => write!(f, "pause {victim} for {time:?}"),
            Self::Failpoint(victim, place) => write!(f, "{victim} ends itself at {place}"),
            Self::Cut(line) => write!(f, "cut {line}"),
            Self::Weather(line, weather, time) => write!(f, "{line}: {} for {time:?}", words(weather)),
            Self::EmptyRedis => f.write_str("empty redis"),
            Self::RollBackRedis => f.write_str("roll redis back"),
        }
    }
}

/// Only what differs from fair weather.
fn words(weather: &Weather) -> String {
    let mut words = Vec::new();
    if !weather.latency.is_zero() || !weather.jitter.is_zero() {
        words.push(format!("latency {:?} + {:?}", weather.latency, weather.jitter));
    }
    if weather.refuse {
        words.push("refused".to_owned());
    }
    if let Some(direction) = weather.silent {
        words.push(format!("silent {direction:?}"));
    }
    if let Some(CutAfter { direction, bytes }) = weather.cut_after {
        words.push(format!("cut after {bytes} bytes {direction:?}"));
    }
    if let Some(direction) = weather.half_close {
        words.push(format!("half-closed {direction:?}"));
    }
    match weather.cut_at_commit {
        Some(CommitCut::Before) => words.push("cut before COMMIT".to_owned()),
        Some(CommitCut::After) => words.push("cut after COMMIT".to_owned()),
        None => {}
    }
    words.join(", ")
}

/// Which way bytes are lost.
pub const DIRECTIONS: [Direction; 2] = [Direction::ToServer, Direction::ToClient];
