//! The TypeScript types: `shared` and the counter's core write them in their tests when their feature `ts` is on.

use std::path::Path;

use anyhow::Result;

use super::empty_folder;
use crate::cargo;
use crate::process::Log;
use crate::repository::Repository;

pub fn generate(repository: &Repository, into: &Path, log: &mut Log) -> Result<()> {
    empty_folder(into)?;
    for package in ["shared", "store-desktop-core"] {
        let arguments = ["test", "--quiet", "-p", package, "--lib", "--features", "ts", "export_bindings"];
        let mut command = cargo::command(repository, &arguments);
        command.env("TS_RS_EXPORT_DIR", into);
        log.run(command)?;
    }
    Ok(())
}
