//! `cargo xtask bench`: builds our programs as they are released, starts servers that keep what they promise (fsync on), and measures.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::process::on_path;
use crate::repository::Repository;
use crate::{cargo, stack};

/// What is measured.
const PACKAGES: [&str; 3] = ["cloud-api", "store-desktop-core", "kakao-sandbox"];
/// The counter's window, and what can open it; without it the row `memory` is skipped.
const WINDOW: &str = "store-desktop";
const WEBKIT: &str = "WebKitWebDriver";
/// In the folder of the run: the servers with their data.
const SERVERS: &str = "servers";

pub struct Options {
    pub rows: Vec<String>,
    pub list: bool,
    pub quick: bool,
    /// Cargo's profile.
    pub profile: String,
    /// Data, logs and results.jsonl; on a real disk.
    pub dir: PathBuf,
}

pub fn run(options: &Options) -> Result<i32> {
    let repository = Repository::find()?;
    build(&repository, options)?;
    let programs = repository.target.join(&options.profile);
    std::fs::create_dir_all(&options.dir)?;
    let dir = options.dir.canonicalize()?;
    let servers = dir.join(SERVERS);
    stack::run(&servers, &command(options, &programs, &dir, &servers)?, true)
}

fn build(repository: &Repository, options: &Options) -> Result<()> {
    let mut arguments = vec!["build", "--locked", "--profile", &options.profile, "--package", "bench"];
    if !options.list {
        arguments.extend(PACKAGES.iter().flat_map(|package| ["--package", package]));
    }
    let measures_window = options.rows.is_empty() || options.rows.iter().any(|row| row == "memory");
    let has_window = on_path(WEBKIT).is_some() && repository.front_end().join("dist/index.html").exists();
    if !options.list && measures_window && has_window {
        arguments.extend(["--package", WINDOW, "--features", "store-desktop/custom-protocol"]);
    }
    let status = cargo::command(repository, &arguments).status().context("cargo cannot be run")?;
    ensure!(status.success(), "the programs cannot be built");
    Ok(())
}

fn command(options: &Options, programs: &Path, dir: &Path, servers: &Path) -> Result<Vec<String>> {
    let text = |path: PathBuf| path.into_os_string().into_string().ok().context("a path is no text");
    let mut command = vec![
        "env".to_owned(),
        format!("E2E_BIN_DIR={}", text(programs.to_owned())?),
        text(programs.join("bench"))?,
        "--scratch".to_owned(),
        text(dir.to_owned())?,
        "--postgres-log".to_owned(),
        text(servers.join("postgres.log"))?,
    ];
    if !options.rows.is_empty() {
        command.extend(["--rows".to_owned(), options.rows.join(",")]);
    }
    if options.list {
        command.push("--list".to_owned());
    }
    if options.quick {
        command.push("--quick".to_owned());
    }
    Ok(command)
}
