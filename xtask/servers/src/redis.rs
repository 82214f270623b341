//! A Redis of our own: no port, one Unix socket, append-only file, never evicting (it holds streams).

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::Signal;
use nix::unistd::Pid;

use crate::copy::copy_folder;
use crate::process::{self, Background, POLL, Start};

/// Also covers loading a large append-only file.
const READY_LIMIT: Duration = Duration::from_secs(60);
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// Where one server lives.
#[derive(Debug, Clone)]
pub struct Files {
    pub data: PathBuf,
    /// A path of at most 107 bytes.
    pub socket: PathBuf,
    pub log: PathBuf,
}

pub struct Redis {
    server: Background,
    files: Files,
    durable: bool,
}

impl Redis {
    /// Returns when the server answers PING. A `durable` one writes to the disk every second.
    pub fn start(files: Files, durable: bool) -> Result<Self> {
        let server = spawn(&files, durable)?;
        let mut redis = Self { server, files, durable };
        redis.wait_until_ready()?;
        Ok(redis)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// SIGTERM: everything is written.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Starts it again on the same data, after it was stopped or killed; returns when it answers.
    pub fn restart(&mut self) -> Result<()> {
        self.respawn()?;
        self.wait_until_ready()
    }

    /// The same without waiting for its answer.
    pub fn respawn(&mut self) -> Result<()> {
        self.server = spawn(&self.files, self.durable)?;
        Ok(())
    }

    /// SIGSTOP and SIGCONT freeze and thaw it.
    pub fn signal(&mut self, signal: Signal) {
        self.server.signal(signal);
    }

    pub fn check_alive(&mut self) -> Result<()> {
        self.server.check_alive()
    }

    pub fn has_exited(&mut self) -> Result<bool> {
        Ok(self.server.exited()?.is_some())
    }

    pub fn pid(&self) -> Pid {
        self.server.pid()
    }

    pub fn socket(&self) -> &Path {
        &self.files.socket
    }

    /// Loses everything, as an operator's `FLUSHALL` or a lost disk would.
    pub fn empty(&self) -> Result<()> {
        let answer = self.ask("FLUSHALL")?;
        ensure!(answer == "+OK", "Redis answered FLUSHALL with {answer}");
        Ok(())
    }

    /// A copy of the append-only file in `to`, which must not exist. From a running server its end may be torn, as after a crash.
    pub fn copy(&self, to: &Path) -> Result<()> {
        copy_folder(&self.files.data, to)
    }

    /// Kills the server and puts an older copy in the place of its data; it is not started yet.
    pub fn replace_data(&mut self, copy: &Path) -> Result<()> {
        self.kill();
        fs::remove_dir_all(&self.files.data)?;
        copy_folder(copy, &self.files.data)
    }

    /// [`Redis::replace_data`], and starts it again.
    pub fn restore(&mut self, copy: &Path) -> Result<()> {
        self.replace_data(copy)?;
        self.restart()
    }

    /// While it loads its file it answers `-LOADING`, which is not ready.
    pub fn is_ready(&self) -> bool {
        self.ask("PING").is_ok_and(|answer| answer == "+PONG")
    }

    /// One command, the first line of the answer.
    fn ask(&self, command: &str) -> Result<String> {
        let mut stream = UnixStream::connect(&self.files.socket).context("Redis does not listen")?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        stream.set_write_timeout(Some(ANSWER_LIMIT))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = Vec::new();
        let mut byte = [0];
        while !answer.ends_with(b"\r\n") {
            stream.read_exact(&mut byte)?;
            answer.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&answer).trim_end().to_owned())
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.files.socket.display())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while !self.is_ready() {
            self.server.check_alive()?;
            if started.elapsed() > READY_LIMIT {
                bail!("Redis was not ready within {READY_LIMIT:?}; see {}", self.server.log.display());
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

fn spawn(files: &Files, durable: bool) -> Result<Background> {
    let program = process::on_path("redis-server").context(
        "redis-server is not installed (looked on PATH); `cargo xtask test --only tools` installs it",
    )?;
    let mut command = Command::new(program);
    // Port 0 means no TCP at all.
    command.args(["--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "yes"]);
    command.args(["--maxmemory-policy", "noeviction", "--appendfsync"]);
    command.arg(if durable { "everysec" } else { "no" });
    command.arg("--unixsocket").arg(&files.socket).arg("--dir").arg(&files.data);
    Background::start(Start::new("Redis", command, &files.log))
}
