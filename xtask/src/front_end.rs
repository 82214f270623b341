//! The Svelte front end of `store-desktop`: cargo embeds `store-desktop/dist`, which must exist before it builds anything.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::Result;

use crate::process::Log;
use crate::repository::Repository;

/// Everything that decides what `dist` contains.
const SOURCES: [&str; 8] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "svelte.config.js",
    "tsconfig.json",
];

const BUILT: &str = "dist/index.html";

/// Everything that CI checks.
pub fn check(repository: &Repository, log: &mut Log) -> Result<()> {
    install(repository, log)?;
    for script in ["check", "test", "build"] {
        log.run(npm(repository, &["run", script]))?;
    }
    Ok(())
}

/// Builds what is older than its sources.
pub fn build_if_stale(repository: &Repository, log: &mut Log) -> Result<()> {
    let folder = repository.front_end();
    if changed(&folder.join("package-lock.json")) > changed(&folder.join("node_modules/.package-lock.json")) {
        install(repository, log)?;
    }
    let newest_source = SOURCES.iter().map(|source| newest(&folder.join(source))).max();
    if newest_source.flatten() > changed(&folder.join(BUILT)) {
        log.run(npm(repository, &["run", "build"]))?;
    }
    Ok(())
}

/// Builds it only when it was never built: enough for cargo, whatever the state of the sources.
pub fn build_if_missing(repository: &Repository, log: &mut Log) -> Result<()> {
    if changed(&repository.front_end().join(BUILT)).is_some() {
        return Ok(());
    }
    build_if_stale(repository, log)
}

fn install(repository: &Repository, log: &mut Log) -> Result<()> {
    log.run(npm(repository, &["ci", "--no-audit", "--no-fund"]))
}

fn npm(repository: &Repository, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(repository.front_end());
    // A run once, not a watcher.
    command.env("CI", "1");
    command
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|about| about.modified()).ok()
}

/// The latest change of a file, or of anything inside a folder.
fn newest(path: &Path) -> Option<SystemTime> {
    let inside = fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| newest(&entry.path()));
    inside.chain(changed(path)).max()
}
