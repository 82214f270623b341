//! `checker`: prints what holds and what does not; exit code 1 if anything does not.

use std::path::PathBuf;
use std::process::ExitCode;

use checker::Sources;
use clap::Parser;

#[derive(Parser)]
#[command(name = "checker", about = "An independent check of everything that Simple Order keeps")]
struct Arguments {
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
    /// The sandbox that stands in for Kakao
    #[arg(long)]
    sandbox_url: Option<String>,
    /// A counter's journal, or a copy of one
    #[arg(long = "journal")]
    journals: Vec<PathBuf>,
    /// A log file that must not have personal data
    #[arg(long = "log")]
    logs: Vec<PathBuf>,
    /// For machines
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { database_url, redis_url, sandbox_url, journals, logs, json } = arguments;
    let sources =
        Sources { database_url, redis_url, sandbox_url, journals, logs, books: None, canaries: Vec::new() };
    let report = checker::check(&sources).await?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
