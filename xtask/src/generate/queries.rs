//! The checked queries: compiling `cloud-api` against a migrated database writes one JSON file per query, byte for byte what
//! `cargo sqlx prepare` writes, without having to build that tool.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};

use super::{difference, empty_folder};
use crate::cargo;
use crate::process::Log;
use crate::repository::Repository;
use crate::stack::Stack;

/// Used for nothing else, so that no test's leftovers can be in it.
const DATABASE: &str = "checked_queries";
/// A migration with this as its first line may not run inside a transaction (sqlx's own convention).
const NO_TRANSACTION: &str = "-- no-transaction";

/// What is compiled to reach the queries.
#[derive(Clone, Copy)]
pub enum Scope {
    /// Needs no WebKit and no front end.
    CloudApi,
    /// With the features of the whole workspace, so that nothing is built a second time when that was built before.
    Workspace,
}

pub fn generate(
    repository: &Repository,
    stack: &Stack,
    into: &Path,
    scope: Scope,
    log: &mut Log,
) -> Result<()> {
    stack.create_database(DATABASE)?;
    for migration in migrations(&repository.migrations())? {
        log.say(&format!("migration {}", repository.short(&migration).display()))?;
        stack.psql(DATABASE, |psql| apply(psql, &migration))?;
    }
    empty_folder(into)?;
    let arguments = match scope {
        Scope::CloudApi => ["check", "--all-targets", "-p", "cloud-api"].as_slice(),
        Scope::Workspace => ["check", "--locked", "--all-targets", "--workspace"].as_slice(),
    };
    let mut command = cargo::command(repository, arguments);
    command
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", into)
        .env("DATABASE_URL", stack.url_of(DATABASE));
    // Cargo compiles only what changed, and a query is only asked about when it is compiled.
    let touched = Touched::everything_in(&repository.root.join("cloud-api"))?;
    let result = log.run(command);
    touched.restore()?;
    result
}

fn apply(psql: &mut Command, migration: &Path) -> Result<()> {
    let text = fs::read_to_string(migration)?;
    psql.args(["-q", "-v", "ON_ERROR_STOP=1"]);
    if !text.starts_with(NO_TRANSACTION) {
        psql.arg("--single-transaction");
    }
    psql.arg("-f").arg(migration);
    Ok(())
}

/// `<version>_<what>.sql` in the order of their versions, without the `.down.sql` of reversible ones.
fn migrations(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<(u64, PathBuf)> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .flatten()
        .filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path())))
        .collect();
    found.sort();
    ensure!(!found.is_empty(), "there are no migrations in {}", folder.display());
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn version(file: &str) -> Option<u64> {
    if !file.ends_with(".sql") || file.ends_with(".down.sql") {
        return None;
    }
    file.split_once('_')?.0.parse().ok()
}

/// Source files whose time of change was moved to `to`.
struct Touched {
    to: SystemTime,
    files: Vec<(PathBuf, SystemTime)>,
}

impl Touched {
    fn everything_in(package: &Path) -> Result<Self> {
        // Whole seconds, because some file systems keep no more.
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        let to = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds + 1);
        let mut files = Vec::new();
        for file in difference::files(package)? {
            let path = package.join(file);
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let before = fs::metadata(&path)?.modified()?;
            File::options().append(true).open(&path)?.set_modified(to)?;
            files.push((path, before));
        }
        Ok(Self { to, files })
    }

    /// Puts the times back, so that the next build does not compile everything again; a file that somebody saved meanwhile
    /// keeps its new time.
    fn restore(self) -> Result<()> {
        for (path, before) in self.files {
            if fs::metadata(&path).and_then(|about| about.modified()).is_ok_and(|current| current == self.to)
            {
                File::options().append(true).open(&path)?.set_modified(before)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn migrations_are_told_from_other_files() {
        assert_eq!(version("0001_base.sql"), Some(1));
        assert_eq!(version("20261121000000_orders.up.sql"), Some(20_261_121_000_000));
        assert_eq!(version("0001_base.down.sql"), None);
        assert_eq!(version("README.md"), None);
        assert_eq!(version("seed.sql"), None);
    }
}
