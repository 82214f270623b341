//! Where the built programs are.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Result, bail};

/// Names the folder with the built programs.
const FOLDER_VARIABLES: [&str; 2] = ["E2E_BIN_DIR", "BIN_DIR"];

/// The full path of one of the workspace's programs.
pub fn program(name: &str) -> Result<PathBuf> {
    let path = folder()?.join(name);
    if !path.is_file() {
        bail!("{} is missing: run `cargo build --workspace` first", path.display());
    }
    Ok(path)
}

/// The window's program; `DESKTOP_BIN` names another.
pub fn desktop() -> Result<PathBuf> {
    match std::env::var_os("DESKTOP_BIN") {
        Some(path) => Ok(path.into()),
        None => program("store-desktop"),
    }
}

static CHOSEN: OnceLock<PathBuf> = OnceLock::new();

/// Takes the programs of this folder from now on, whatever the environment says; the first choice counts.
pub fn take_from(folder: PathBuf) {
    let _ = CHOSEN.set(folder);
}

fn folder() -> Result<PathBuf> {
    if let Some(chosen) = CHOSEN.get() {
        return Ok(chosen.clone());
    }
    match FOLDER_VARIABLES.iter().find_map(std::env::var_os) {
        Some(folder) => Ok(folder.into()),
        None => own_folder(),
    }
}

/// `target/debug`: that of this program, or the one above when it is a test.
fn own_folder() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.ancestors().skip(1).find(|folder| !folder.ends_with("deps"));
    Ok(folder.unwrap_or(Path::new(".")).to_owned())
}

/// The repository's root.
pub fn repository() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own)
}

/// The folder for what tests leave behind: `target`, wherever cargo was told to put it.
pub fn target() -> Result<PathBuf> {
    Ok(own_folder()?.parent().map_or_else(|| repository().join("target"), Path::to_owned))
}
