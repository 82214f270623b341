//! Child processes that write to a log and never outlive us.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::wait::wait_for;

/// How much of a log's end is shown.
const TAIL_BYTES: u64 = 6 * 1024;

/// A running program with its children, all killed when this is dropped.
pub struct Process {
    pub name: String,
    pub log: PathBuf,
    child: Child,
    reaped: Option<ExitStatus>,
}

impl Process {
    /// Starts `command` in a process group of its own; both outputs are appended to `log`.
    pub fn start(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let file = open_log(log)?;
        command.stdout(file.try_clone()?).stderr(file);
        Self::start_with_outputs(name, command, log)
    }

    /// The same with its standard output, which is data, in a file of its own.
    pub fn start_with_data(name: &str, mut command: Command, data: &Path, log: &Path) -> Result<Self> {
        command.stdout(open_log(data)?).stderr(open_log(log)?);
        Self::start_with_outputs(name, command, log)
    }

    fn start_with_outputs(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        command.stdin(Stdio::null()).process_group(0);
        die_with_us(&mut command);
        let program = command.get_program().display().to_string();
        let child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
        Ok(Self { name: name.to_owned(), log: log.to_owned(), child, reaped: None })
    }

    /// The kernel's number of it, as long as it runs.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `None` while it runs.
    pub fn exited(&mut self) -> Result<Option<ExitStatus>> {
        if self.reaped.is_none() {
            self.reaped = self.child.try_wait()?;
        }
        Ok(self.reaped)
    }

    /// An error with its last words when it has ended.
    pub fn check_alive(&mut self) -> Result<()> {
        match self.exited()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}); its last words:\n{}", self.name, tail(&self.log)),
        }
    }

    /// `kill -9` of the process and its children; returns when it is gone.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.reap();
    }

    /// SIGTERM, and an error when it has not ended within the time.
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::SIGTERM);
        let what = format!("{} ends after SIGTERM", self.name);
        wait_for(&what, async || self.exited()).await
    }

    fn signal(&self, signal: Signal) {
        // After it was reaped the number may belong to somebody else.
        if self.reaped.is_none() {
            // ESRCH: the whole group has ended by itself.
            let _ = killpg(Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(i32::MAX)), signal);
        }
    }

    fn reap(&mut self) {
        if self.reaped.is_none() {
            self.reaped = self.child.wait().ok();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The kernel kills the child when the thread that started it ends: a test that is killed leaves nothing behind.
fn die_with_us(command: &mut Command) {
    let parent = Pid::this();
    // SAFETY: between fork and exec the closure makes the system calls prctl and getppid only; it allocates nothing
    // and takes no lock.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
            if nix::unistd::getppid() != parent {
                return Err(std::io::Error::from_raw_os_error(nix::errno::Errno::ESRCH as i32));
            }
            Ok(())
        });
    }
}

/// Runs to the end within a bound; an error carries what it printed. Returns its standard output.
pub async fn run(command: Command, limit: Duration) -> Result<String> {
    let program = command.get_program().display().to_string();
    let arguments: Vec<String> = command.get_args().map(|word| word.display().to_string()).collect();
    let shown = format!("{program} {}", arguments.join(" "));
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(limit, command.output())
        .await
        .with_context(|| format!("{shown} did not end within {limit:?}"))?
        .with_context(|| format!("{program} cannot be started"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{shown} failed ({}):\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(text)
}

fn open_log(log: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(log);
    file.with_context(|| format!("{} cannot be written", log.display()))
}

/// The end of a log.
pub fn tail(log: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_else(|error| format!("({} cannot be read: {error})", log.display()))
}
