//! `cargo xtask chaos --broken`: builds with one guard taken out, which the checker has to catch.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::cargo;
use crate::repository::Repository;

/// One of them by name, or `all`.
pub fn run(name: &str) -> Result<i32> {
    let repository = Repository::find()?;
    let mut build =
        cargo::command(&repository, &["build", "--locked", "--package", "chaos", "--bin", "broken"]);
    ensure!(build.status().context("cargo cannot be run")?.success(), "the driver cannot be built");
    let mut driver = Command::new(repository.target.join("debug/broken"));
    let status = driver.arg(name).status().context("the driver cannot be started")?;
    Ok(status.code().unwrap_or(1))
}
