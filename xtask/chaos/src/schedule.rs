//! The storm as a list in time, made of one seed: the same seed gives the same faults at the same moments. How the programs run
//! in between is their own affair, so a finding need not come back with its seed.

use std::time::Duration;

use fault_proxy::{CommitCut, CutAfter, Weather};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::fault::{DIRECTIONS, Fault, Line, Victim};

/// Places where an API or the worker may end itself.
const CLOUD_PLACES: [&str; 20] = [
    "cmd.after_claim",
    "cmd.before_commit",
    "cmd.after_commit",
    "cmd.before_reply",
    "order.after_cursor",
    "order.before_commit",
    "order.after_commit",
    "relay.before_xadd",
    "relay.after_xadd",
    "relay.before_cursor",
    "sse.after_write",
    "pay.before_ready_row",
    "pay.before_tid_commit",
    "pay.callback_locked",
    "pay.approve_before_send",
    "pay.approve_inflight",
    "pay.after_approve_before_commit",
    "pay.after_commit",
    "pay.refund_inflight",
    "pay.after_refund_before_commit",
];
/// Places where a counter may end itself.
const COUNTER_PLACES: [&str; 7] = [
    "pc.before_key_commit",
    "pc.after_key_commit",
    "pc.before_send",
    "pc.after_send",
    "pc.before_event_commit",
    "pc.after_event_commit",
    "pc.before_ack",
];

/// What there is to torment.
#[derive(Debug, Clone, Copy)]
pub struct Town {
    pub apis: usize,
    pub stores: usize,
}

impl Town {
    /// The APIs and the worker.
    pub fn programs(self) -> usize {
        self.apis + 1
    }
}

/// How often each rider strikes; none when absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    pub kill: Option<Duration>,
    pub postgres: Option<Duration>,
    pub pause: Option<Duration>,
    pub counter_cut: Option<Duration>,
    pub weather: Option<Duration>,
    pub redis: Option<Duration>,
    /// Redis loses its data so often in a row, a moment apart: between two such rows a customer's order sheet lives long enough to be used.
    pub redis_row: u32,
    pub failpoint: Option<Duration>,
}

/// Between two losses of one row.
const ROW_GAP: Duration = Duration::from_millis(150);

/// When, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    pub at: Duration,
    pub fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rider {
    Kill,
    Postgres,
    Pause,
    CounterCut,
    Weather,
    Redis,
    Failpoint,
}

struct Riding {
    rider: Rider,
    every: Duration,
    next: Duration,
    /// How often it strikes in a row, and how often of that it has.
    row: u32,
    struck: u32,
    rng: StdRng,
}

impl Riding {
    /// The time of this strike; the next one comes later.
    fn strike(&mut self) -> Duration {
        let at = self.next;
        self.struck += 1;
        if self.struck < self.row {
            self.next += ROW_GAP;
        } else {
            self.next = (at + self.every).saturating_sub(ROW_GAP * (self.struck - 1));
            self.struck = 0;
        }
        at
    }
}

/// Faults without end, in order of time.
pub struct Schedule {
    riding: Vec<Riding>,
    town: Town,
}

impl Schedule {
    pub fn new(seed: u64, town: Town, pace: &Pace) -> Self {
        let riders = [
            (Rider::Kill, pace.kill),
            (Rider::Postgres, pace.postgres),
            (Rider::Pause, pace.pause),
            (Rider::CounterCut, pace.counter_cut),
            (Rider::Weather, pace.weather),
            (Rider::Redis, pace.redis),
            (Rider::Failpoint, pace.failpoint),
        ];
        // Each rider draws from a source of its own: another pace of one leaves the others as they are.
        let riding = riders.into_iter().zip(0_u64..).filter_map(|((rider, every), number)| {
            let rng = StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(number));
            let row = if rider == Rider::Redis { pace.redis_row.max(1) } else { 1 };
            every.map(|every| Riding { rider, every, next: every, row, struck: 0, rng })
        });
        Self { riding: riding.collect(), town }
    }
}

impl Iterator for Schedule {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        let town = self.town;
        let riding = self.riding.iter_mut().min_by_key(|riding| riding.next)?;
        let at = riding.strike();
        Some(Planned { at, fault: strike(riding.rider, &mut riding.rng, town) })
    }
}

fn strike(rider: Rider, rng: &mut StdRng, town: Town) -> Fault {
    match rider {
        Rider::Kill => Fault::Kill(victim(rng, town)),
        Rider::Postgres => Fault::Kill(Victim::Postgres),
        Rider::Pause => Fault::Pause(victim(rng, town), millis(rng, 200, 3_000)),
        Rider::CounterCut => Fault::Cut(Line::Counter(rng.random_range(0..town.stores))),
        Rider::Weather => weather(rng, town),
        Rider::Redis if rng.random_bool(0.5) => Fault::EmptyRedis,
        Rider::Redis => Fault::RollBackRedis,
        Rider::Failpoint => failpoint(rng, town),
    }
}

/// Any program but Postgres, which has a rider of its own.
fn victim(rng: &mut StdRng, town: Town) -> Victim {
    let number = rng.random_range(0..town.apis + town.stores + 2);
    match number {
        0 => Victim::Worker,
        1 => Victim::Redis,
        number if number < 2 + town.apis => Victim::Api(number - 2),
        number => Victim::Counter(number - 2 - town.apis),
    }
}

fn failpoint(rng: &mut StdRng, town: Town) -> Fault {
    let (victim, places): (Victim, &[&'static str]) = match rng.random_range(0..3) {
        0 => (Victim::Counter(rng.random_range(0..town.stores)), &COUNTER_PLACES),
        1 => (Victim::Worker, &CLOUD_PLACES),
        _ => (Victim::Api(rng.random_range(0..town.apis)), &CLOUD_PLACES),
    };
    let place = places.choose(rng).copied().unwrap_or(places[0]);
    Fault::Failpoint(victim, place)
}

fn weather(rng: &mut StdRng, town: Town) -> Fault {
    let program = rng.random_range(0..town.programs());
    let line = match rng.random_range(0..5) {
        0 => Line::Customers,
        1 => Line::Counter(rng.random_range(0..town.stores)),
        2 => Line::Postgres(program),
        3 => Line::Redis(program),
        _ => Line::KakaoPay(program),
    };
    if rng.random_bool(0.2) {
        return Fault::Cut(line);
    }
    let time = millis(rng, 300, 2_000);
    let direction = DIRECTIONS[rng.random_range(0..DIRECTIONS.len())];
    let cut = CutAfter { direction, bytes: rng.random_range(0..4_000) };
    let kinds = if matches!(line, Line::Postgres(_)) { 7 } else { 5 };
    let weather = match rng.random_range(0..kinds) {
        0 => Weather { latency: slow(rng, line), jitter: slow(rng, line), ..Weather::default() },
        1 => Weather { silent: Some(direction), ..Weather::default() },
        2 => Weather { half_close: Some(direction), ..Weather::default() },
        3 => Weather { refuse: true, ..Weather::default() },
        4 => Weather { cut_after: Some(cut), ..Weather::default() },
        5 => Weather { cut_at_commit: Some(CommitCut::Before), ..Weather::default() },
        _ => Weather { cut_at_commit: Some(CommitCut::After), ..Weather::default() },
    };
    Fault::Weather(line, weather, time)
}

/// A database is called many times for one answer, KakaoPay once.
fn slow(rng: &mut StdRng, line: Line) -> Duration {
    match line {
        Line::Postgres(_) | Line::Redis(_) => millis(rng, 1, 60),
        Line::Customers | Line::Counter(_) => millis(rng, 10, 600),
        Line::KakaoPay(_) => millis(rng, 50, 2_500),
    }
}

fn millis(rng: &mut StdRng, from: u64, to: u64) -> Duration {
    Duration::from_millis(rng.random_range(from..=to))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TOWN: Town = Town { apis: 2, stores: 4 };

    fn everything(every: Duration) -> Pace {
        let every = Some(every);
        Pace {
            kill: every,
            postgres: every,
            pause: every,
            counter_cut: every,
            weather: every,
            redis: every,
            redis_row: 1,
            failpoint: every,
        }
    }

    fn first(seed: u64, count: usize, pace: &Pace) -> Vec<Planned> {
        Schedule::new(seed, TOWN, pace).take(count).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_storm_and_another_seed_another() {
        let pace = everything(Duration::from_millis(100));
        assert_eq!(first(7, 2_000, &pace), first(7, 2_000, &pace));
        assert_ne!(first(7, 2_000, &pace), first(8, 2_000, &pace));
    }

    #[test]
    fn faults_come_in_order_of_time_and_each_rider_keeps_its_pace() {
        let pace = Pace {
            kill: Some(Duration::from_millis(200)),
            postgres: Some(Duration::from_secs(5)),
            ..Pace::default()
        };
        let storm = first(1, 26 * 4, &pace);
        assert!(storm.windows(2).all(|two| two[0].at <= two[1].at));
        let postgres = storm.iter().filter(|planned| planned.fault == Fault::Kill(Victim::Postgres));
        let times: Vec<u64> = postgres.map(|planned| planned.at.as_secs()).collect();
        assert_eq!(times, [5, 10, 15, 20]);
        assert_eq!(storm.last().map(|planned| planned.at), Some(Duration::from_secs(20)));
    }

    #[test]
    fn a_rider_that_stays_away_changes_nothing_for_the_others() {
        let pace = everything(Duration::from_millis(100));
        let without = Pace { weather: None, ..pace };
        let kills = |pace: &Pace| -> Vec<Planned> {
            let kills = first(3, 700, pace).into_iter();
            kills.filter(|planned| matches!(planned.fault, Fault::Kill(_))).take(50).collect()
        };
        assert_eq!(kills(&pace), kills(&without));
    }

    #[test]
    fn every_program_line_and_kind_of_fault_is_struck() {
        let pace = everything(Duration::from_millis(100));
        let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
        let mut killed: BTreeMap<Victim, u32> = BTreeMap::new();
        for Planned { fault, .. } in first(11, 7_000, &pace) {
            *kinds.entry(fault.kind()).or_default() += 1;
            if let Fault::Kill(victim) = fault {
                *killed.entry(victim).or_default() += 1;
            }
        }
        assert_eq!(kinds.len(), 16, "{kinds:?}");
        assert_eq!(killed.len(), TOWN.apis + TOWN.stores + 3, "{killed:?}");
    }

    #[test]
    fn redis_is_struck_in_rows_with_rests_between() {
        let pace = Pace { redis: Some(Duration::from_secs(6)), redis_row: 3, ..Pace::default() };
        let times: Vec<u128> = first(1, 7, &pace).iter().map(|planned| planned.at.as_millis()).collect();
        assert_eq!(times, [6_000, 6_150, 6_300, 12_000, 12_150, 12_300, 18_000]);
    }

    #[test]
    fn no_rider_means_no_storm() {
        assert_eq!(Schedule::new(1, TOWN, &Pace::default()).next(), None);
    }
}
