//! What a row is, and what it is given.

use std::path::{Path, PathBuf};
use std::pin::Pin;

use anyhow::{Context, Result};

use crate::measure::Measure;

/// What every row is given. Servers: a durable PostgreSQL of this run (`e2e::database::Database::create` makes a database there,
/// because `PG_ADMIN_URL` is set) and a Redis (`redis_url`). Programs: `e2e::programs::program`, because `E2E_BIN_DIR` is set.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Fewer repeats and shorter runs, and a floor that does not hold is no failure.
    pub quick: bool,
    pub redis_url: String,
    /// The log of the PostgreSQL of this run.
    pub postgres_log: PathBuf,
    /// For this run's data and logs; on a real disk, not on tmpfs.
    pub scratch: PathBuf,
}

impl Setup {
    /// How often a row measures.
    pub fn repeats(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// An empty folder of the row's own.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.scratch.join(name);
        // What the last run left.
        let _ = std::fs::remove_dir_all(&folder);
        make(&folder)?;
        Ok(folder)
    }

    /// Where a row's programs write their logs.
    pub fn logs(&self, row: &str) -> Result<PathBuf> {
        let folder = self.scratch.join("logs").join(row);
        make(&folder)?;
        Ok(folder)
    }
}

fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))
}

/// How a row ended.
#[derive(Debug)]
pub enum Outcome {
    Measured(Vec<Measure>),
    /// In words: what is missing on this machine.
    Skipped(String),
}

pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Outcome>> + 'a>>;

/// One row of the table.
#[derive(Clone, Copy)]
pub struct Row {
    /// What a person types after `--rows`.
    pub name: &'static str,
    /// What is measured, for people.
    pub what: &'static str,
    pub run: for<'a> fn(&'a Setup) -> Running<'a>,
}
