//! Child processes that never outlive us: the kernel tells each one when we die, however we die.

mod background;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use nix::unistd::Pid;

pub use background::{Background, STOP_LIMIT, Start};

/// How often a wait looks again.
pub const POLL: Duration = Duration::from_millis(20);
/// How much of the end of a log is read to show its last lines.
const TAIL_BYTES: u64 = 8 * 1024;

/// Has the kernel send `signal` to the child when we die, however we die.
pub fn die_with_us(command: &mut Command, signal: Signal) {
    let parent = Pid::this();
    // SAFETY: between fork and exec the closure only makes the system calls prctl and getppid, which are safe to
    // make there; it allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(signal)?;
            if nix::unistd::getppid() != parent {
                return Err(std::io::Error::from_raw_os_error(gone()));
            }
            Ok(())
        });
    }
}

/// "No such process": the parent died between fork and prctl.
fn gone() -> i32 {
    nix::errno::Errno::ESRCH as i32
}

/// Runs to the end, quietly; an error carries what it printed.
pub fn run_quietly(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(out);
    }
    anyhow::bail!(
        "{} failed ({}):\n{out}{}",
        describe(command),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The command as a person would type it, the program without its folder.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.contains([' ', '"', '$', '&', '?', ';']) { format!("'{word}'") } else { word.into_owned() }
}

/// The last `count` lines of a log, or a note that it cannot be read.
pub fn last_lines(log: &Path, count: usize) -> String {
    match read_tail(log) {
        Ok(text) => {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(count)..].join("\n")
        }
        Err(error) => format!("(cannot read {}: {error})", log.display()),
    }
}

fn read_tail(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The full path of `program` when it is on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_described_as_it_would_be_typed() {
        let mut command = Command::new("/opt/rust/bin/cargo");
        command.args(["test", "--message", "two words"]);
        assert_eq!(describe(&command), "cargo test --message 'two words'");
    }
}
