//! `cargo xtask chaos --broken`: builds the product with one guard taken out at a time, lets it live through a small misfortune that the whole
//! product survives, and demands that the checker names what broke.

mod build;
mod catalogue;
mod play;
mod scenes;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use checker::Report;
use clap::Parser;

use build::Programs;
use catalogue::{ALL, Broken};

#[derive(Parser)]
#[command(about = "Builds with one guard taken out, which the checker has to catch")]
struct Arguments {
    /// One of them by name
    #[arg(default_value = "all")]
    name: String,
    /// Name them and stop
    #[arg(long)]
    list: bool,
    /// Plays one scene with the programs of this folder and prints the checker's report
    #[arg(long, hide = true, requires = "bin_dir")]
    play: Option<String>,
    #[arg(long, hide = true)]
    bin_dir: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (arguments.play, arguments.bin_dir) {
        (Some(name), Some(programs)) => play(&name, &programs),
        _ if arguments.list => list(),
        _ => run(&arguments.name),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn list() -> Result<bool> {
    for broken in ALL {
        println!("{:<20} {:?}  {}", broken.name, broken.caught_by, broken.what);
    }
    Ok(true)
}

fn play(name: &str, programs: &Path) -> Result<bool> {
    e2e::programs::take_from(programs.canonicalize()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(scenes::play(catalogue::named(name)?))?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(true)
}

/// Plays the chosen scenes with the healthy programs and with the broken ones.
fn run(name: &str) -> Result<bool> {
    let chosen: Vec<&Broken> = match name {
        "all" => ALL.iter().collect(),
        name => vec![catalogue::named(name)?],
    };
    let tree = tree::Tree::prepare()?;
    println!("building the product as it is");
    let healthy = build::healthy(&tree)?;
    let mut lines = Vec::new();
    for broken in chosen {
        let line = one(&tree, &healthy, broken).unwrap_or_else(|error| Line::failed(broken, &error));
        println!("{line}");
        lines.push(line);
    }
    println!("\n{}", Line::head());
    lines.iter().for_each(|line| println!("{line}"));
    let caught = lines.iter().filter(|line| line.caught).count();
    println!("\n{caught} of {} broken builds are caught", lines.len());
    Ok(caught == lines.len())
}

fn one(tree: &tree::Tree, healthy: &Programs, broken: &Broken) -> Result<Line> {
    println!("\n{}: {}", broken.name, broken.what);
    let whole = play::play(broken, healthy).context("with the healthy programs")?;
    ensure!(whole.findings.is_empty(), "the healthy programs do not survive it:\n{}", told(&whole));
    let programs = build::broken(tree, broken)?;
    let report = play::play(broken, &programs).context("with the broken programs")?;
    let finding =
        report.findings.iter().find(|finding| finding.invariant == format!("{:?}", broken.caught_by));
    match finding {
        Some(finding) => Ok(Line { name: broken.name, caught: true, told: finding.to_string() }),
        None => bail!("the checker does not catch it under {:?}:\n{}", broken.caught_by, told(&report)),
    }
}

fn told(report: &play::Told) -> String {
    report.findings.iter().take(10).map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A row of the table.
struct Line {
    name: &'static str,
    caught: bool,
    told: String,
}

impl Line {
    fn head() -> String {
        format!("{:<20} {:<8} {}", "broken", "healthy", "what the checker says of it")
    }

    fn failed(broken: &Broken, error: &anyhow::Error) -> Self {
        Self { name: broken.name, caught: false, told: format!("{error:#}") }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let healthy = if self.caught { "clean" } else { "FAILED" };
        write!(f, "{:<20} {healthy:<8} {}", self.name, self.told)
    }
}

/// What scenes return.
type Checked = Result<Report>;

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// The product moves on; a patch that no longer fits must be made anew, not forgotten.
    #[test]
    fn every_patch_still_fits_the_product() {
        for broken in ALL {
            let mut check = Command::new("git");
            check.current_dir(tree::repository()).args(["apply", "--check"]).arg(broken.patch());
            let output = check.output().expect("git is there");
            let why = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{} does not fit any more:\n{why}", broken.name);
        }
    }

    #[test]
    fn every_patch_is_in_the_catalogue() {
        let folder = catalogue::folder();
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".patch")?.to_owned()))
            .collect();
        let mut names: Vec<String> = ALL.iter().map(|broken| broken.name.to_owned()).collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
    }
}
