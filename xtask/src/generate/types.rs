//! The TypeScript types: `shared` writes them in its tests when its feature `ts` is on.

use std::path::Path;

use anyhow::Result;

use super::empty_folder;
use crate::cargo;
use crate::process::Log;
use crate::repository::Repository;

pub fn generate(repository: &Repository, into: &Path, log: &mut Log) -> Result<()> {
    empty_folder(into)?;
    let arguments = ["test", "--quiet", "-p", "shared", "--lib", "--features", "ts", "export_bindings"];
    let mut command = cargo::command(repository, &arguments);
    command.env("TS_RS_EXPORT_DIR", into);
    log.run(command)
}
