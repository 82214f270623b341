//! `cargo xtask chaos`: builds what the storm needs and lets it loose.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::repository::Repository;
use crate::{cargo, install, interrupt, process};

/// The storm, and the programs that it torments.
const PACKAGES: [&str; 4] = ["chaos", "cloud-api", "store-desktop-core", "kakao-sandbox"];
/// Named places where a debug program can be made to end itself.
const FAILPOINTS: &str = "cloud-api/failpoints,store-desktop-core/failpoints";

pub struct Options {
    /// `quick`, `full` or `soak`.
    pub profile: String,
    /// Programs that are built already; nothing is built then.
    pub bin_dir: Option<PathBuf>,
    /// Cargo's profile; debug for `quick`, which ends programs at failpoints, and release for the others unless named.
    pub cargo_profile: Option<String>,
    /// For the storm itself.
    pub arguments: Vec<String>,
}

pub fn run(options: &Options) -> Result<i32> {
    let repository = Repository::find()?;
    install::ensure(&repository, install::Purpose::Test, install::Consent::from_flag(false))?;
    let folder = match &options.bin_dir {
        Some(folder) => folder.clone(),
        None => build(&repository, options)?,
    };
    let mut storm = command(&folder, &options.profile);
    storm.args(&options.arguments);
    let mut child = storm.spawn().context("the storm cannot be started")?;
    let status = process::wait_foreground(&mut child, || Ok(()))?;
    Ok(if interrupt::asked_to_stop() { 1 } else { process::exit_code(status) })
}

/// The storm with the programs of one folder.
pub fn command(folder: &std::path::Path, profile: &str) -> Command {
    let mut storm = Command::new(folder.join("chaos"));
    storm.args(["--profile", profile, "--bin-dir"]).arg(folder);
    storm
}

fn build(repository: &Repository, options: &Options) -> Result<PathBuf> {
    let fallback = if options.profile == "quick" { "dev" } else { "release" };
    let profile = options.cargo_profile.as_deref().unwrap_or(fallback);
    let mut arguments = vec!["build", "--locked", "--profile", profile];
    arguments.extend(PACKAGES.iter().flat_map(|package| ["--package", package]));
    if profile == "dev" {
        arguments.extend(["--features", FAILPOINTS]);
    }
    let mut build = cargo::command(repository, &arguments);
    let status = build.status().context("cargo cannot be run")?;
    anyhow::ensure!(status.success(), "the programs cannot be built");
    Ok(repository.target.join(if profile == "dev" { "debug" } else { profile }))
}
