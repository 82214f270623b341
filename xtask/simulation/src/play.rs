//! Plays seeds: each in a runtime of its own whose clock jumps to the next thing that happens.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::{Dice, Facts, Trace, counter, pay, relay};

/// Simulated time after which a seed has failed: it does not come to an end.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Failed seeds after which the rest is not played any more.
const ENOUGH_FAILURES: usize = 5;

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Subject {
    /// The counter's sync client on a bad network.
    Counter,
    /// Relays between Postgres and Redis.
    Relay,
    /// Approvals, inquiries and refunds at KakaoPay.
    Payments,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Counter, Self::Relay, Self::Payments];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Relay => "relay",
            Self::Payments => "payments",
        }
    }
}

/// One seed, played.
#[derive(Debug)]
pub struct Played {
    pub seed: u64,
    /// The same for the same course of events.
    pub hash: u64,
    pub facts: Facts,
    /// What was broken.
    pub failure: Option<String>,
    /// The trace, when it was to be kept.
    pub lines: Vec<String>,
}

/// Plays one seed. `keep` says whether its trace can be read afterwards.
pub fn play(subject: Subject, seed: u64, keep: bool) -> Played {
    let (dice, trace) = (Dice::new(seed), Trace::new(keep));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output needs nothing");
    let game = async {
        match subject {
            Subject::Counter => counter::play(dice, trace.clone()).await,
            Subject::Relay => relay::play(dice, trace.clone()).await,
            Subject::Payments => pay::play(dice, trace.clone()).await,
        }
    };
    let ended = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { tokio::time::timeout(LONGEST, game).await })
    }));
    drop(runtime);
    let (facts, failure) = match ended {
        Ok(Ok(Ok(facts))) => (facts, None),
        Ok(Ok(Err(error))) => (Facts::default(), Some(format!("{error:#}"))),
        Ok(Err(_)) => (Facts::default(), Some("it does not come to an end".to_owned())),
        Err(panic) => (Facts::default(), Some(words(panic.as_ref()))),
    };
    Played { seed, hash: trace.hash(), facts, failure, lines: trace.lines() }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
    format!("panicked: {text}")
}

/// Many seeds.
#[derive(Debug, Default)]
pub struct Summary {
    pub played: u64,
    pub facts: Facts,
    /// The first few, with their traces.
    pub failed: Vec<Played>,
}

/// Plays `count` seeds from `first` on, on every core.
pub fn play_many(subject: Subject, first: u64, count: u64) -> Summary {
    let (next, summary) = (AtomicU64::new(0), Mutex::new(Summary::default()));
    let lock = || summary.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || lock().failed.len() >= ENOUGH_FAILURES {
                        return;
                    }
                    let mut played = play(subject, first + index, false);
                    if played.failure.is_some() {
                        // The same again, this time with its trace.
                        played = play(subject, first + index, true);
                    }
                    let mut summary = lock();
                    summary.played += 1;
                    summary.facts.merge(std::mem::take(&mut played.facts));
                    if played.failure.is_some() {
                        summary.failed.push(played);
                    }
                }
            });
        }
    });
    summary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
