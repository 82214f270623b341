//! `cargo xtask chaos`: raises a storm, waits for calm, checks everything, and tells.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use chaos::diary::Diary;
use chaos::profile::{Name, Profile};
use chaos::report::{self, Told};
use chaos::vitals::{self, Vigil};
use chaos::world::World;
use chaos::{older_postgres, panics, storm};
use checker::Sources;
use clap::Parser;
use e2e::programs;

/// The storm's own threads: one waits for every customer's answer, and all of them start processes.
const THREADS: usize = 4;

#[derive(Parser)]
#[command(about = "A storm of faults against real processes, and the check afterwards")]
struct Arguments {
    #[arg(long, value_enum, default_value = "quick")]
    profile: Name,
    /// Repeats the schedule of faults and the customers' fates (not how the programs interleave)
    #[arg(long)]
    seed: Option<u64>,
    /// Where cloud-api, counter and kakao-sandbox are; beside this program unless given
    #[arg(long)]
    bin_dir: Option<PathBuf>,
    /// How long a soak lasts
    #[arg(long)]
    minutes: Option<u64>,
    /// Orders to place, instead of the profile's
    #[arg(long)]
    orders: Option<i64>,
    /// Customers at the same time, instead of the profile's
    #[arg(long)]
    customers: Option<usize>,
    /// Only the phase in which Postgres comes back with an older copy of its data
    #[arg(long)]
    only_older_postgres: bool,
    /// Where logs and data go; removed when nothing was found
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Keep logs and data whatever was found
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    let found = runtime.context("no runtime").and_then(|runtime| runtime.block_on(run(arguments)));
    match found {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How many things were found.
async fn run(arguments: Arguments) -> Result<usize> {
    if let Some(folder) = &arguments.bin_dir {
        programs::take_from(folder.canonicalize()?);
    }
    let seed = arguments.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let mut profile = Profile::of(arguments.profile);
    if let Some(minutes) = arguments.minutes {
        profile.enough.time = Duration::from_secs(minutes * 60);
        profile.longest = profile.longest.max(profile.enough.time);
    }
    if let Some(orders) = arguments.orders {
        profile.enough.orders = orders;
    }
    if let Some(customers) = arguments.customers {
        profile.customers = customers;
    }
    let folder = match &arguments.dir {
        Some(folder) => folder.clone(),
        None => programs::target()?.join("chaos").join(format!("{}-{seed}", profile.name)),
    };
    // What the last storm with this seed left.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    println!(
        "profile {}, seed {seed}; what happens is written to {}",
        profile.name,
        folder.join("storm.log").display()
    );
    let mut found = 0;
    if !arguments.only_older_postgres {
        found += one_storm(&folder, &profile, seed, arguments.keep).await?;
    }
    if profile.older_postgres || arguments.only_older_postgres {
        found += older_copy(&folder.join("older-postgres"), seed).await?;
    }
    if found > 0 {
        println!("\n{found} findings with seed {seed}. Logs and data: {}", folder.display());
    } else {
        println!("\nnothing was lost, doubled or left undone. Seed {seed}.");
    }
    Ok(found)
}

async fn older_copy(folder: &Path, seed: u64) -> Result<usize> {
    std::fs::create_dir_all(folder)?;
    let diary = Diary::begin(&folder.join("storm.log"))?;
    diary.tell("Postgres will be restored to an older copy, in a world of its own");
    let restored = older_postgres::phase(folder, &diary, seed).await?;
    println!(
        "older Postgres: noticed after {:?}, {} events of the lost branch are kept beside the log",
        restored.detected, restored.orphaned
    );
    for finding in &restored.findings {
        println!("FOUND {finding}");
    }
    if restored.findings.is_empty() {
        clear(folder)?;
    }
    Ok(restored.findings.len())
}

async fn one_storm(folder: &Path, profile: &Profile, seed: u64, keep: bool) -> Result<usize> {
    let diary = Diary::begin(&folder.join("storm.log"))?;
    diary.tell(&format!("profile {}, seed {seed}", profile.name));
    let world = World::start(folder, profile.town, profile.rejecting, diary.clone()).await?;
    diary.tell("everything runs; the storm begins");
    let vigil = profile.flat.then(|| Vigil::begin(world.supervisor.clone()));
    let raged = storm::rage(&world, profile, seed).await?;
    let mut findings = report::judge(&raged, profile.patient);
    if let Some(vigil) = vigil {
        let (table, not_flat) = vitals::told(&vigil.end().await);
        println!("\n{table}");
        diary.say(&table);
        findings.extend(not_flat);
    }
    findings.extend(world.supervisor.stop_programs().await?);
    findings.extend(panics::panics(&world.logs())?);
    findings.extend(world.tally.findings());
    diary.tell("checking");
    let sources = Sources {
        database_url: world.database_url.clone(),
        redis_url: Some(world.redis_url.clone()),
        sandbox_url: Some(world.sandbox.url.clone()),
        journals: world.stores.iter().map(chaos::store::Store::journal).collect(),
        logs: world.logs(),
        ..Sources::default()
    };
    let mut checked = checker::check(&sources).await.context("the check could not be made")?;
    report::excuse(&mut checked, &raged.rest.doubted);
    let fates = report::fates(&world.db).await?;
    let told =
        Told { raged: &raged, counts: world.tally.counts(), fates, checked: &checked, findings: &findings };
    let text = report::render(&told);
    println!("{text}");
    std::fs::write(folder.join("report.txt"), &text)?;
    let found = findings.len() + checked.findings.len();
    world.db.close().await;
    if found > 0 || keep {
        world.keep()?;
    } else {
        world.clear()?;
        clear(folder)?;
    }
    Ok(found)
}

/// Everything but the report and the list of faults.
fn clear(folder: &Path) -> Result<()> {
    const KEPT: [&str; 2] = ["report.txt", "storm.log"];
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if KEPT.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() { std::fs::remove_dir_all(&path)? } else { std::fs::remove_file(&path)? }
    }
    Ok(())
}
