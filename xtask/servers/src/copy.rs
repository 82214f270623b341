//! Copies of a data folder.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process;

/// Copies a folder with owners and modes; `to` must not exist.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    ensure!(!to.exists(), "{} is there already", to.display());
    let mut copy = Command::new("cp");
    copy.arg("-a").arg("--").arg(from).arg(to);
    process::run_quietly(&mut copy).map(drop).with_context(|| format!("{} cannot be copied", from.display()))
}
