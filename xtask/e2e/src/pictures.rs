//! Screenshots, for people to look at.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use fantoccini::Client;

use crate::programs;

const FOLDER_VARIABLE: &str = "SCREENSHOT_DIR";

/// Numbers pictures in the order in which they are taken: `01-….png`.
pub struct Pictures {
    folder: PathBuf,
    prefix: String,
    taken: AtomicUsize,
}

impl Pictures {
    /// Into `SCREENSHOT_DIR`, or `target/screenshots`.
    pub fn new(prefix: &str) -> Result<Self> {
        let folder = match std::env::var_os(FOLDER_VARIABLE) {
            Some(folder) => folder.into(),
            None => programs::target()?.join("screenshots"),
        };
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self { folder, prefix: prefix.to_owned(), taken: AtomicUsize::new(0) })
    }

    /// What the driver says the browser or the window shows now. The file that was written.
    pub async fn take(&self, client: &Client, what: &str) -> Result<PathBuf> {
        self.keep(&client.screenshot().await?, what)
    }

    /// A picture that was taken already. The file that was written.
    pub fn keep(&self, png: &[u8], what: &str) -> Result<PathBuf> {
        let number = self.taken.fetch_add(1, Ordering::Relaxed) + 1;
        let file = self.folder.join(format!("{}{number:02}-{what}.png", self.prefix));
        std::fs::write(&file, png).with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }
}
