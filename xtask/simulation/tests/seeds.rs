//! Every subject over many seeds, and the same seed twice.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use simulation::{Subject, Summary, play, play_many};

/// Seeds in an ordinary test run, as long as each takes; `SIMULATION_SEEDS` and `SIMULATION_FROM` say otherwise.
fn seeds(subject: Subject) -> u64 {
    match subject {
        Subject::Counter => 400,
        Subject::Relay => 16,
        Subject::Payments => 80,
    }
}

/// Seeds that are played twice.
const TWICE: u64 = 10;
/// Whose course is the same each time, whatever else the machine does. The counter's, with its real journal file, is the same on a machine
/// that does nothing else.
const REPEATABLE: [Subject; 2] = [Subject::Relay, Subject::Payments];

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn passes(subject: Subject) -> Summary {
    let (from, seeds) = (number("SIMULATION_FROM", 0), number("SIMULATION_SEEDS", seeds(subject)));
    let began = std::time::Instant::now();
    let summary = play_many(subject, from, seeds);
    println!("{}: {seeds} seeds from {from} in {:.1} s", subject.name(), began.elapsed().as_secs_f64());
    println!("{}", summary.facts);
    if let Some(failed) = summary.failed.first() {
        for line in &failed.lines {
            println!("{line}");
        }
        let why = failed.failure.as_deref().unwrap_or_default();
        panic!("{} seed {} failed: {why}", subject.name(), failed.seed);
    }
    summary
}

#[test]
fn the_counter_ends_up_with_the_log_and_every_command_has_one_effect() {
    let summary = passes(Subject::Counter);
    let slowest = summary.facts.percentile("counter: converged after healing", 100).unwrap();
    assert!(slowest <= Duration::from_secs(5), "{slowest:?}");
}

#[test]
fn streams_have_no_holes_and_become_the_log_again() {
    passes(Subject::Relay);
}

#[test]
fn money_is_where_the_books_say_and_nothing_stays_unknown() {
    let summary = passes(Subject::Payments);
    let p95 = summary.facts.percentile("payments: unknown, all faults", 95).unwrap();
    assert!(p95 <= Duration::from_secs(30), "{p95:?}");
}

#[test]
fn a_seed_is_a_course_of_events() {
    for subject in REPEATABLE {
        let mut hashes = std::collections::BTreeSet::new();
        for seed in 0..TWICE {
            let (first, second) = (play(subject, seed, true), play(subject, seed, true));
            let differs = first.lines.iter().zip(&second.lines).position(|(first, second)| first != second);
            assert!(
                first.hash == second.hash,
                "{} seed {seed} differs from line {differs:?}: {:?} and {:?}",
                subject.name(),
                differs.map(|line| &first.lines[line]),
                differs.map(|line| &second.lines[line]),
            );
            assert_eq!(first.facts, second.facts, "{} seed {seed}", subject.name());
            hashes.insert(first.hash);
        }
        assert_eq!(hashes.len() as u64, TWICE, "seeds of {} are alike", subject.name());
    }
}
