//! What a person types.

mod customer;
mod day;
mod epoch;
mod import;
mod migrate;
mod payments;
mod read_models;
mod serve;
mod settle;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

pub use customer::lift_limits;
pub use day::verify_day;
pub use epoch::{Bumped, bump_epochs};
pub use import::{Business, Imported, StoreProfile, import_store};
pub use payments::{Unknown, Why, unknown_payments};
pub use settle::{Decision, Settle, Settled, settle_attempt, settle_refund};

/// The cloud side of Simple Order (간편주문).
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API and runs the workers.
    Serve {
        /// Leaves the workers to another process.
        #[arg(long)]
        no_workers: bool,
    },
    /// Runs the workers alone.
    Worker,
    /// Brings the database to this version's schema.
    Migrate,
    /// Stores.
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Epochs of the store logs.
    Epoch {
        #[command(subcommand)]
        command: EpochCommand,
    },
    /// Business days.
    Day {
        #[command(subcommand)]
        command: DayCommand,
    },
    /// Customers.
    Customer {
        #[command(subcommand)]
        command: customer::CustomerCommand,
    },
    /// Payments.
    Payments {
        #[command(subcommand)]
        command: PaymentsCommand,
    },
    /// What is read often, laid out from the store logs.
    ReadModels {
        #[command(subcommand)]
        command: ReadModelsCommand,
    },
}

#[derive(Subcommand)]
enum ReadModelsCommand {
    /// Makes the status of orders and what is ordered most anew from the store logs, and what is rated best from the reviews; everything
    /// may go on running meanwhile.
    Rebuild {
        /// Only this store's.
        #[arg(long)]
        store: Option<String>,
    },
}

#[derive(Subcommand)]
enum EpochCommand {
    /// After Postgres was restored from an older copy: every counter begins again from what Postgres holds now.
    Bump {
        /// Why, for the log.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Subcommand)]
enum DayCommand {
    /// Compares a day's orders, stream and money now; prints each difference, and fails when there is one.
    Verify {
        /// The store's id.
        #[arg(long)]
        store: String,
        /// The day's id.
        #[arg(long)]
        day: String,
    },
    /// Prints the public key that closing certificates are verified with.
    Key,
}

#[derive(Subcommand)]
enum PaymentsCommand {
    /// Prints the payments of KakaoPay's settlement list that no attempt explains, and puts each into dead_letter.
    Unknown {
        /// CSV with the columns tid,amount, or one JSON object per line; amounts in won.
        #[arg(long)]
        list: PathBuf,
    },
    /// Decides what became of a payment or refund that waits for a person, after asking KakaoPay.
    Settle(settle::Args),
}

#[derive(Subcommand)]
enum StoreCommand {
    /// Creates or updates a store with its menu from a JSON file; prints JSON with store_id and claim_code.
    Import {
        /// The store file.
        file: PathBuf,
    },
}

/// Runs the command line; errors go to stderr in plain words.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logging();
    let result = match cli.command {
        Command::Serve { no_workers } => serve::serve(!no_workers).await,
        Command::Worker => serve::work().await,
        Command::Migrate => migrate::run().await,
        Command::Store { command: StoreCommand::Import { file } } => import::run(&file).await,
        Command::Epoch { command: EpochCommand::Bump { reason } } => epoch::run(&reason).await,
        Command::Day { command: DayCommand::Verify { store, day } } => day::verify(&store, &day).await,
        Command::Day { command: DayCommand::Key } => day::key(),
        Command::Customer { command } => customer::run(command).await,
        Command::Payments { command: PaymentsCommand::Unknown { list } } => payments::unknown(&list).await,
        Command::Payments { command: PaymentsCommand::Settle(args) } => settle::settle(args).await,
        Command::ReadModels { command: ReadModelsCommand::Rebuild { store } } => {
            read_models::rebuild(store.as_deref()).await
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cloud-api: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// JSON lines on stderr; `RUST_LOG` chooses, `info` without it.
fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
