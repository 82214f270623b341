//! `cargo run -p simulation -- --seeds 1000`: plays seeds and prints what broke, with the trace of the first failure.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use simulation::{Played, Subject, play, play_many};

#[derive(Parser)]
#[command(
    about = "Plays the sync client, the relay and the payment workers on a simulated network and clock"
)]
struct Arguments {
    /// What to simulate; everything when not said.
    subject: Option<Subject>,
    /// How many seeds of each subject.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Play one seed and print its trace.
    #[arg(long, conflicts_with_all = ["seeds", "from"], requires = "subject")]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let (Some(seed), Some(subject)) = (arguments.seed, arguments.subject) {
        let played = play(subject, seed, true);
        print(&played);
        println!("{}", played.facts);
        return if played.failure.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut failed = false;
    for subject in Subject::ALL.into_iter().filter(|one| arguments.subject.is_none_or(|only| only == *one)) {
        let began = Instant::now();
        let summary = play_many(subject, arguments.from, arguments.seeds);
        let seconds = began.elapsed().as_secs_f64();
        println!("{}: {} seeds from {} in {seconds:.1} s", subject.name(), summary.played, arguments.from);
        print!("{}", summary.facts);
        if let Some(first) = summary.failed.first() {
            failed = true;
            print(first);
            let seeds: Vec<u64> = summary.failed.iter().map(|played| played.seed).collect();
            println!("failed: {seeds:?}; again: cargo xtask sim {} --seed {}", subject.name(), first.seed);
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn print(played: &Played) {
    for line in &played.lines {
        println!("{line}");
    }
    match &played.failure {
        Some(failure) => println!("seed {} failed: {failure}", played.seed),
        None => println!("seed {} passed, trace {:016x}", played.seed, played.hash),
    }
}
