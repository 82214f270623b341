//! `cargo xtask`: what a person types to develop, check and try Simple Order.

mod account;
mod interrupt;
mod process;
mod stack;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    }
}
