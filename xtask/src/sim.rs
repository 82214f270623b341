//! `cargo xtask sim`: plays simulated seeds, optimised a little.

use anyhow::{Context, Result};

use crate::cargo;
use crate::repository::Repository;

/// Builds and runs the simulation with these arguments; its exit code.
pub fn run(arguments: &[String]) -> Result<i32> {
    let repository = Repository::find()?;
    let mut command = cargo::command(
        &repository,
        &["run", "--quiet", "--profile", "simulation", "--package", "simulation"],
    );
    let status = command.arg("--").args(arguments).status().context("cargo cannot be run")?;
    Ok(status.code().unwrap_or(1))
}
