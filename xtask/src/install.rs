//! What must be on the machine, and how it gets there.

mod apt;
mod requirement;
mod space;

use std::io::{BufRead, IsTerminal, Write};
use std::process::Command;

use anyhow::{Result, bail};

pub use requirement::{Purpose, Requirement};

use crate::cargo;
use crate::process;
use crate::repository::Repository;

/// How the person answered, or will not have to.
#[derive(Clone, Copy)]
pub enum Consent {
    /// `--yes`, root or CI.
    Given,
    Ask,
}

impl Consent {
    pub fn from_flag(yes: bool) -> Self {
        let unattended = yes || nix::unistd::Uid::effective().is_root() || std::env::var_os("CI").is_some();
        if unattended { Self::Given } else { Self::Ask }
    }
}

/// Installs what `purpose` lacks, and warns of a disk that is too full; everything is there when this returns `Ok`.
pub fn ensure(repository: &Repository, purpose: Purpose, consent: Consent) -> Result<()> {
    space::warn(repository, purpose);
    if purpose == Purpose::Test {
        rust_components()?;
    }
    let missing = requirement::missing(purpose);
    if missing.is_empty() {
        println!("everything that is needed is installed");
        return Ok(());
    }
    println!("missing on this machine:");
    for requirement in &missing {
        println!("  {:<22} {}", requirement.name, requirement.why);
    }
    if !apt::is_here() {
        bail!(
            "please install these with your system's package manager and start again \
             (this program can do it by itself on Debian and Ubuntu)"
        );
    }
    let packages = apt::packages(&missing);
    if matches!(consent, Consent::Ask) && !agreed(&packages)? {
        bail!("nothing was installed. When you are ready: {}", apt::as_typed(&packages));
    }
    apt::install(&packages)?;
    let still: Vec<_> = requirement::missing(purpose).into_iter().map(|one| one.advice()).collect();
    if !still.is_empty() {
        bail!("still missing after the installation:\n  {}", still.join("\n  "));
    }
    Ok(())
}

fn agreed(packages: &[&str]) -> Result<bool> {
    println!("\nThis installs them with apt:\n  {}", apt::as_typed(packages));
    if !std::io::stdin().is_terminal() {
        println!("Nobody is here to ask; start again with --yes to allow it.");
        return Ok(false);
    }
    print!("Go ahead? 설치할까요? [Y/n] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes" | "네" | "예"))
}

/// rustup's minimal profile has neither.
fn rust_components() -> Result<()> {
    let missing: Vec<&str> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(subcommand, _)| {
            process::run_quietly(Command::new(cargo::program()).args([subcommand, "--version"])).is_err()
        })
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("adding Rust components: {}", missing.join(", "));
    let added = process::run_quietly(Command::new("rustup").args(["component", "add"]).args(&missing));
    match added {
        Ok(_) => Ok(()),
        Err(error) => bail!("cargo lacks {}, and rustup could not add it: {error:#}", missing.join(" and ")),
    }
}
