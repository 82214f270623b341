//! How we call cargo, and what it built.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::front_end;
use crate::process::Log;
use crate::repository::Repository;

/// Variables that `cargo run` sets for us. Passed on, they make build scripts believe that something changed.
const OURS: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// One test executable, to be run in its package's folder as `cargo test` would.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestProgram {
    pub package: PathBuf,
    /// `shared` for unit tests, else the name of the integration test.
    pub target: String,
    pub executable: PathBuf,
}

impl TestProgram {
    /// Tests that open a window: the desktop shell and everything in `xtask/e2e`.
    pub fn needs_a_window(&self, repository: &Repository) -> bool {
        ["xtask/e2e", "store-desktop/src-tauri"]
            .iter()
            .any(|folder| self.package == repository.root.join(folder))
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        self.prepare(&mut command);
        command
    }

    /// What `cargo test` sets for a test program, on `command`, which may be a wrapper around it.
    pub fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.package).env("CARGO_MANIFEST_DIR", &self.package).env("CARGO", program());
        command.env("RUST_BACKTRACE", "1");
    }
}

/// `cargo …` with the checked queries instead of a database.
pub fn command(repository: &Repository, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(&repository.root).env("SQLX_OFFLINE", "true");
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|name| OURS.iter().any(|prefix| name.starts_with(prefix)));
        if ours {
            command.env_remove(name);
        }
    }
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// Builds programs and tests of the whole workspace in one go: any other selection of packages would have other features and
/// build most of the tree a second time. Returns the tests, ordered by package.
pub fn build_everything(repository: &Repository, log: &mut Log) -> Result<Vec<TestProgram>> {
    front_end::build_if_missing(repository, log)?;
    let arguments =
        ["build", "--workspace", "--all-targets", "--locked", "--message-format=json-render-diagnostics"];
    let messages = log.run_for_output(command(repository, &arguments))?;
    test_programs(&messages)
}

/// The cargo that runs us, or the one on PATH.
pub fn program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Reads cargo's JSON messages, one per line.
fn test_programs(messages: &str) -> Result<Vec<TestProgram>> {
    let mut found = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line).context("cargo printed something unexpected")?;
        found.extend(test_program(&message));
    }
    found.sort();
    Ok(found)
}

fn test_program(message: &Value) -> Option<TestProgram> {
    let executable = message["executable"].as_str()?;
    let is_test = message["profile"]["test"].as_bool()?;
    let kinds = message["target"]["kind"].as_array()?;
    // As in `cargo test`: benchmarks and examples are built, not run.
    let is_run = kinds.iter().all(|kind| kind != "bench" && kind != "example");
    let manifest = PathBuf::from(message["manifest_path"].as_str()?);
    (is_test && is_run).then_some(TestProgram {
        package: manifest.parent()?.to_path_buf(),
        target: message["target"]["name"].as_str()?.to_owned(),
        executable: executable.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(kind: &str, test: bool, executable: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","manifest_path":"/w/shared/Cargo.toml","executable":{executable},
            "target":{{"kind":["{kind}"],"name":"shared"}},"profile":{{"test":{test}}}}}"#
        )
        .replace('\n', "")
    }

    #[test]
    fn only_tests_that_cargo_test_would_run_are_found() {
        let messages = [
            artifact("lib", true, r#""/t/shared-1""#),
            artifact("bin", false, r#""/t/shared""#),
            artifact("bench", true, r#""/t/bench-1""#),
            artifact("lib", false, "null"),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ]
        .join("\n");
        let found = test_programs(&messages).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].executable, PathBuf::from("/t/shared-1"));
        assert_eq!(found[0].package, PathBuf::from("/w/shared"));
    }
}
