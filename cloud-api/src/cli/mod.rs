//! What a person types.

mod import;
mod migrate;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

pub use import::{Imported, StoreProfile, import_store};

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
