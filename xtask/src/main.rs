//! `cargo xtask`: what a person types to develop, check and try Simple Order.

mod bench;
mod broken;
mod cargo;
mod chaos;
mod demo;
mod display;
mod front_end;
mod generate;
mod install;
mod interrupt;
mod process;
mod repository;
mod sim;
mod stack;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use install::Consent;
use process::Log;
use repository::Repository;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Develop, check and try Simple Order (간편주문)")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run a command with a private PostgreSQL and Redis (DATABASE_URL, REDIS_URL, PG_ADMIN_URL are set)
    Stack {
        /// Where data and logs live; kept afterwards
        #[arg(long, default_value = ".run/stack")]
        dir: PathBuf,
        /// Serve until Ctrl-C and print the addresses
        #[arg(long, conflicts_with = "command")]
        keep: bool,
        /// Keep fsync on (slower, survives a crash of the machine)
        #[arg(long)]
        durable: bool,
        #[arg(last = true, required_unless_present = "keep")]
        command: Vec<String>,
    },
    /// Try the whole system on this machine: chat page, API and the counter's window
    Demo {
        /// Play one customer's order through the chat page and the window, then stop
        #[arg(long)]
        script: bool,
        /// Install missing packages without asking
        #[arg(long)]
        yes: bool,
        /// Where data, logs and pictures live; kept between starts
        #[arg(long, default_value = ".run/demo")]
        dir: PathBuf,
        /// The chat page's port; 0 chooses a free one
        #[arg(long, default_value_t = 0)]
        chat_port: u16,
        /// The API's port; 0 chooses a free one
        #[arg(long, default_value_t = 0)]
        api_port: u16,
    },
    /// Run everything that CI runs, step by step
    Test {
        /// Only these steps (see --list)
        #[arg(long, num_args = 1.., value_delimiter = ',')]
        only: Vec<String>,
        /// Name the steps and stop
        #[arg(long)]
        list: bool,
        /// Install missing packages without asking
        #[arg(long)]
        yes: bool,
    },
    /// Raise a storm of faults against real processes and check what is left; exit code 1 on any finding
    Chaos {
        /// `quick` (two minutes, debug programs with failpoints), `full` (10,000 orders) or `soak` (is memory flat?)
        #[arg(long, default_value = "quick")]
        profile: String,
        /// Programs that are built already
        #[arg(long)]
        bin_dir: Option<PathBuf>,
        /// Cargo's profile; `dev` for quick and `release` for the others unless named
        #[arg(long)]
        cargo_profile: Option<String>,
        /// Instead of a storm: builds with one guard taken out, one by name or all; the checker has to catch each
        #[arg(long, num_args = 0..=1, default_missing_value = "all")]
        broken: Option<String>,
        /// More for the storm: `--seed 7`, `--minutes 20`, `--orders 1000`, `--keep`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure Simple Order against peers and limits; exit code 1 when a floor does not hold
    Bench {
        /// Only these rows (see --list)
        #[arg(long, num_args = 1.., value_delimiter = ',')]
        rows: Vec<String>,
        /// Name the rows and stop
        #[arg(long)]
        list: bool,
        /// One short repeat each; a broken floor is no failure
        #[arg(long)]
        quick: bool,
        /// Cargo's profile; `profiling` builds faster and keeps symbols
        #[arg(long, default_value = "release")]
        profile: String,
        /// Where data, logs and results.jsonl go; on a real disk
        #[arg(long, default_value = ".run/bench")]
        dir: PathBuf,
    },
    /// Play the sync client, the relay and the payment workers on a simulated network and clock
    Sim {
        /// What to play and how often: `payments --seeds 5000`, `counter --seed 17`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Write the checked queries of cloud-api (.sqlx) anew
    Sqlx,
    /// Write the TypeScript twins of the wire types anew
    Types,
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<i32> {
    interrupt::install()?;
    match task {
        Task::Stack { dir, keep: true, durable, .. } => stack::keep(&dir, durable),
        Task::Stack { dir, keep: false, durable, command } => stack::run(&dir, &command, durable),
        Task::Demo { script, yes, dir, chat_port, api_port } => {
            demo::run(&demo::Options { dir, script, consent: Consent::from_flag(yes), chat_port, api_port })
        }
        Task::Test { list: true, .. } => {
            test::list();
            Ok(0)
        }
        Task::Test { only, list: false, yes } => test::run(&only, Consent::from_flag(yes)),
        Task::Chaos { broken: Some(name), .. } => broken::run(&name),
        Task::Chaos { profile, bin_dir, cargo_profile, arguments, broken: None } => {
            chaos::run(&chaos::Options { profile, bin_dir, cargo_profile, arguments })
        }
        Task::Bench { rows, list, quick, profile, dir } => {
            bench::run(&bench::Options { rows, list, quick, profile, dir })
        }
        Task::Sim { arguments } => sim::run(&arguments),
        Task::Sqlx => generate("sqlx", generate::refresh_queries),
        Task::Types => generate("types", generate::refresh_types),
    }
}

fn generate(name: &str, refresh: fn(&Repository, &mut Log) -> anyhow::Result<()>) -> anyhow::Result<i32> {
    let repository = Repository::find()?;
    let logs = repository.scratch("logs");
    std::fs::create_dir_all(&logs)?;
    let mut log = Log::create(&logs.join(format!("{name}.log")), |_| {})?;
    refresh(&repository, &mut log)?;
    Ok(0)
}
