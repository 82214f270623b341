//! Servers and windows that run beside us: own process group, own log file, stopped with everything they started.

use std::fs::OpenOptions;
use std::io::PipeWriter;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::{POLL, die_with_us, last_lines};
use crate::account::Account;

/// How long a child may take to stop after being asked, before it is killed.
pub const STOP_LIMIT: Duration = Duration::from_secs(20);
/// How much of a dead child's log is shown.
const SHOWN_LINES: usize = 15;

/// A background child with its own process group and log file; stopped (with everything it started) on drop.
pub struct Background {
    pub name: &'static str,
    pub log: PathBuf,
    child: Child,
    stop_with: Signal,
}

/// How to start one.
pub struct Start<'a> {
    pub name: &'static str,
    pub command: Command,
    /// Appended to.
    pub log: &'a Path,
    pub stop_with: Signal,
    /// Run as somebody else; needs root.
    pub account: Option<Account>,
    /// Where its standard output goes instead of the log.
    pub stdout: Option<PipeWriter>,
}

impl<'a> Start<'a> {
    pub fn new(name: &'static str, command: Command, log: &'a Path) -> Self {
        Self { name, command, log, stop_with: Signal::SIGTERM, account: None, stdout: None }
    }
}

impl Background {
    /// Call it on the main thread only: the kernel sends the death signal when the *thread* that spawned ends.
    pub fn start(how: Start<'_>) -> Result<Self> {
        let Start { name, mut command, log, stop_with, account, stdout } = how;
        let output = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        match stdout {
            Some(pipe) => command.stdout(pipe),
            None => command.stdout(output.try_clone()?),
        };
        command.stdin(Stdio::null()).stderr(output).process_group(0);
        if let Some(account) = account {
            command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
        }
        die_with_us(&mut command, stop_with);
        let program = command.get_program().to_owned();
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { name, log: log.to_path_buf(), child, stop_with })
    }

    /// The number of its process group too.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// `None` while it runs.
    pub fn exited(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("cannot watch {}", self.name))
    }

    /// An error with the last lines of the log when the child has died.
    pub fn check_alive(&mut self) -> Result<()> {
        match self.exited()? {
            None => Ok(()),
            Some(status) => Err(anyhow::anyhow!(
                "{} has stopped ({status}). The last lines of {}:\n{}",
                self.name,
                self.log.display(),
                last_lines(&self.log, SHOWN_LINES)
            )),
        }
    }

    /// Sends a signal to the whole group; nothing happens when it has ended.
    pub fn signal(&mut self, signal: Signal) {
        // After it was reaped the number may belong to somebody else.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = killpg(self.pid(), signal);
        }
    }

    /// `kill -9`; returns when the child is gone.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        let _ = self.child.wait();
    }

    /// Asks the whole group to stop and kills it when it does not; returns when the child is gone.
    pub fn stop(&mut self) {
        let group = self.pid();
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let _ = killpg(group, self.stop_with);
        let asked = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if asked.elapsed() > STOP_LIMIT {
                let _ = killpg(group, Signal::SIGKILL);
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop();
    }
}
