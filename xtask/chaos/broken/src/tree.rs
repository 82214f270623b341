//! A copy of the product's files, so that the patches never touch those that people work on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::catalogue::Broken;

pub struct Tree {
    folder: PathBuf,
}

impl Tree {
    /// The files as they are now, in `target/broken/tree`.
    pub fn prepare() -> Result<Self> {
        let tree = Self { folder: scratch()?.join("tree") };
        fs::create_dir_all(&tree.folder)?;
        tree.mend()?;
        Ok(tree)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The product as it is. Only files that differ are written, so that cargo builds only what changed.
    pub fn mend(&self) -> Result<()> {
        let repository = repository();
        let listed = git(&repository, &["ls-files", "--cached", "--others", "--exclude-standard"])?;
        let mut wanted = BTreeSet::new();
        for name in listed.lines() {
            let Ok(content) = fs::read(repository.join(name)) else { continue };
            let to = self.folder.join(name);
            if fs::read(&to).ok().as_ref() != Some(&content) {
                fs::create_dir_all(to.parent().context("a file is in a folder")?)?;
                fs::write(&to, content)?;
            }
            wanted.insert(to);
        }
        remove_others(&self.folder, &wanted)
    }

    /// The product with one guard taken out.
    pub fn break_it(&self, broken: &Broken) -> Result<()> {
        self.mend()?;
        git(&self.folder, &["apply", &broken.patch().to_string_lossy()]).map(drop)
    }
}

/// Removes what is no longer part of the product.
fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_others(&entry.path(), wanted)?;
        } else if !wanted.contains(&entry.path()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The product's root: the one that we are in, or where this program was built.
pub fn repository() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let root = here.ancestors().find(|folder| folder.join("xtask/chaos/broken").is_dir());
    root.unwrap_or(e2e::programs::repository()).to_owned()
}

/// Where trees, builds and programs are kept.
pub fn scratch() -> Result<PathBuf> {
    let folder = repository().join("target/broken");
    fs::create_dir_all(&folder)?;
    Ok(folder.canonicalize()?)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    // The copy lies inside the repository and is none of its own.
    git.current_dir(folder).args(arguments).env("GIT_CEILING_DIRECTORIES", scratch()?);
    let output = git.output().context("git cannot be started")?;
    let why = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "git {}: {why}", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
