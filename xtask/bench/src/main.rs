//! `bench`: measures the rows that were asked for. `cargo xtask bench` builds everything, starts the servers and calls this.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use bench::machine::Machine;
use bench::process_time::Shares;
use bench::row::{Outcome, Row, Setup};
use bench::{Measure, rows, table};
use clap::Parser;
use serde_json::json;

/// From which part of the processors' time on it is told that others took it.
const WORTH_TELLING: f64 = 0.02;

#[derive(Parser)]
#[command(about = "The numbers of Simple Order, each beside a peer or a limit")]
struct Arguments {
    /// Only these rows (see --list)
    #[arg(long, num_args = 1.., value_delimiter = ',')]
    rows: Vec<String>,
    /// Name the rows and stop
    #[arg(long)]
    list: bool,
    /// One short repeat each; a broken floor is no failure
    #[arg(long)]
    quick: bool,
    /// Where data, logs and results.jsonl go
    #[arg(long)]
    scratch: PathBuf,
    #[arg(long, env = "REDIS_URL")]
    redis_url: String,
    #[arg(long)]
    postgres_log: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// True when every floor holds, or does not matter.
async fn run(arguments: Arguments) -> Result<bool> {
    let chosen = rows::chosen(&arguments.rows)?;
    if arguments.list {
        for row in chosen {
            println!("{:14} {}", row.name, row.what);
        }
        return Ok(true);
    }
    std::fs::create_dir_all(&arguments.scratch)?;
    let scratch = arguments.scratch.canonicalize()?;
    let setup = Setup {
        quick: arguments.quick,
        redis_url: arguments.redis_url,
        postgres_log: arguments.postgres_log,
        scratch,
    };
    let machine = Machine::look(&setup.scratch)?;
    let path = setup.scratch.join("results.jsonl");
    let mut lines = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    writeln!(lines, "{}", machine.json())?;
    println!("{machine}\n");
    let (measures, fine) = measure_all(&chosen, &setup, &mut lines).await?;
    println!("\n{}", table::table(&measures));
    for (row, measure) in measures.iter().filter(|(_, measure)| !measure.note.is_empty()) {
        println!("{row}, {}: {}", measure.name, measure.note);
    }
    println!("\nthe same as JSON lines: {}", path.display());
    Ok(fine || setup.quick)
}

async fn measure_all(
    chosen: &[Row],
    setup: &Setup,
    lines: &mut File,
) -> Result<(Vec<(&'static str, Measure)>, bool)> {
    let mut measures = Vec::new();
    let mut fine = true;
    for row in chosen {
        println!("{}: {} …", row.name, row.what);
        let before = Shares::look()?;
        let outcome = (row.run)(setup).await;
        let stolen = Shares::look()?.stolen_since(before);
        if stolen >= WORTH_TELLING {
            println!("  others on this host took {:.0} % of the processors' time", stolen * 100.0);
        }
        match outcome {
            Ok(Outcome::Measured(found)) => {
                for measure in found {
                    let mut line = measure.json(row.name);
                    line["stolen"] = json!(stolen);
                    writeln!(lines, "{line}")?;
                    fine &= measure.holds(measure.floor) != Some(false);
                    measures.push((row.name, measure));
                }
            }
            Ok(Outcome::Skipped(why)) => {
                println!("  skipped: {why}");
                writeln!(lines, "{}", json!({ "row": row.name, "skipped": why }))?;
            }
            Err(error) => {
                println!("  FAILED: {error:#}");
                writeln!(lines, "{}", json!({ "row": row.name, "failed": format!("{error:#}") }))?;
                fine = false;
            }
        }
    }
    Ok((measures, fine))
}
