//! Where things lie in the checkout.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub struct Repository {
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Repository {
    /// The checkout that the current folder belongs to.
    pub fn find() -> Result<Self> {
        let here = std::env::current_dir()?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file() && folder.join("Cargo.lock").is_file())
            .context("run this inside a checkout of Simple Order")?
            .to_path_buf();
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root, target })
    }

    pub fn front_end(&self) -> PathBuf {
        self.root.join("store-desktop")
    }

    /// The TypeScript types that are generated from `shared`.
    pub fn generated_types(&self) -> PathBuf {
        self.front_end().join("src/generated")
    }

    /// The checked queries of `cloud-api`.
    pub fn checked_queries(&self) -> PathBuf {
        self.root.join(".sqlx")
    }

    pub fn migrations(&self) -> PathBuf {
        self.root.join("migrations")
    }

    /// What we leave behind for a person to look at, and scratch folders.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.target.join("xtask").join(name)
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// A path as a person in the checkout would write it.
    pub fn short<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}
