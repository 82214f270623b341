//! Files that are generated and committed: the checked queries in `.sqlx` and the TypeScript twins of the wire types.

mod difference;
mod queries;
mod types;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

pub use queries::Scope;

use crate::process::Log;
use crate::repository::Repository;
use crate::stack::Stack;

/// `cargo xtask sqlx`
pub fn refresh_queries(repository: &Repository, log: &mut Log) -> Result<()> {
    let stack = Stack::start_fresh(&repository.scratch("stack"))?;
    let made = repository.scratch("sqlx");
    queries::generate(repository, &stack, &made, Scope::CloudApi, log)?;
    replace(&made, &repository.checked_queries())?;
    log.say(&format!("wrote {}", repository.short(&repository.checked_queries()).display()))
}

/// `cargo xtask types`
pub fn refresh_types(repository: &Repository, log: &mut Log) -> Result<()> {
    let made = repository.scratch("types");
    types::generate(repository, &made, log)?;
    replace(&made, &repository.generated_types())?;
    log.say(&format!("wrote {}", repository.short(&repository.generated_types()).display()))
}

/// Generates everything anew and compares it with what is committed.
pub fn check(repository: &Repository, stack: &Stack, log: &mut Log) -> Result<()> {
    let made_queries = repository.scratch("sqlx");
    queries::generate(repository, stack, &made_queries, Scope::Workspace, log)?;
    let made_types = repository.scratch("types");
    types::generate(repository, &made_types, log)?;
    let mut stale = Vec::new();
    for (made, committed, command) in [
        (made_queries, repository.checked_queries(), "cargo xtask sqlx"),
        (made_types, repository.generated_types(), "cargo xtask types"),
    ] {
        for line in difference::between(&committed, &made)? {
            log.say(&format!("{}/{line}", repository.short(&committed).display()))?;
            if !stale.contains(&command) {
                stale.push(command);
            }
        }
    }
    if !stale.is_empty() {
        bail!("committed files are out of date; run `{}` and commit the result", stale.join("` and `"));
    }
    Ok(())
}

fn empty_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

/// Both folders are flat or hold one level of folders more.
fn replace(made: &Path, committed: &Path) -> Result<()> {
    empty_folder(committed)?;
    for file in difference::files(made)? {
        let target = committed.join(&file);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(made.join(&file), target)?;
    }
    Ok(())
}
