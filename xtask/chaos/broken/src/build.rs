//! Building the programs, healthy and broken, in one target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::catalogue::Broken;
use crate::tree::{self, Tree};

const PROGRAMS: [&str; 4] = ["cloud-api", "counter", "kakao-sandbox", "libdisk_fault.so"];
const PACKAGES: [&str; 8] =
    ["-p", "cloud-api", "-p", "store-desktop-core", "-p", "kakao-sandbox", "-p", "disk-fault"];

/// A folder with programs of one build.
pub struct Programs(PathBuf);

impl Programs {
    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn disk_fault(&self) -> PathBuf {
        self.0.join("libdisk_fault.so")
    }
}

pub fn healthy(tree: &Tree) -> Result<Programs> {
    tree.mend()?;
    build(tree, "healthy")
}

pub fn broken(tree: &Tree, broken: &Broken) -> Result<Programs> {
    tree.break_it(broken)?;
    let built = build(tree, broken.name);
    tree.mend()?;
    built
}

fn build(tree: &Tree, name: &str) -> Result<Programs> {
    let target = tree::scratch()?.join("build");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(tree.folder()).args(["build", "--quiet", "--bins", "--lib"]).args(PACKAGES);
    cargo.arg("--target-dir").arg(&target);
    // The checked queries are committed; a patch makes its own unchecked.
    if std::env::var_os("SQLX_OFFLINE").is_none() {
        cargo.env("SQLX_OFFLINE", "true");
    }
    let output = cargo.output().context("cargo cannot be started")?;
    ensure!(output.status.success(), "{name} does not build:\n{}", String::from_utf8_lossy(&output.stderr));
    let folder = tree::scratch()?.join(name);
    std::fs::create_dir_all(&folder)?;
    for program in PROGRAMS {
        let to = folder.join(program);
        // A program that still runs cannot be written to, but it can be replaced.
        let _ = std::fs::remove_file(&to);
        std::fs::copy(target.join("debug").join(program), to)
            .with_context(|| format!("{program} was not built"))?;
    }
    Ok(Programs(folder))
}
