//! A private Redis: no port, one Unix socket, append-only file.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::Process;
use crate::wait::wait_until;

const ANSWER_LIMIT: Duration = Duration::from_secs(5);

pub struct Redis {
    pub process: Process,
    pub url: String,
    socket: PathBuf,
}

impl Redis {
    /// Keeps socket and data in `folder`, whose path must be short (107 bytes with the socket's name).
    pub async fn start(folder: &Path, log: &Path) -> Result<Self> {
        let socket = folder.join("redis.sock");
        let mut command = Command::new("redis-server");
        // Port 0 means no TCP at all.
        command.args(["--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "yes"]);
        command.args([
            "--appendfsync",
            "everysec",
            "--maxmemory-policy",
            "noeviction",
            "--loglevel",
            "warning",
        ]);
        command.arg("--unixsocket").arg(&socket).arg("--dir").arg(folder);
        let process = Process::start("redis-server", command, log)?;
        let mut redis = Self { process, url: format!("redis+unix://{}", socket.display()), socket };
        wait_until("Redis answers", async || {
            redis.process.check_alive()?;
            Ok(redis.ask("PING").is_ok_and(|answer| answer == "+PONG"))
        })
        .await?;
        Ok(redis)
    }

    /// Loses everything, as an operator's `FLUSHALL` or a lost disk would.
    pub fn empty(&self) -> Result<()> {
        let answer = self.ask("FLUSHALL")?;
        ensure!(answer == "+OK", "Redis answered FLUSHALL with {answer}");
        Ok(())
    }

    /// One command, the first line of the answer.
    fn ask(&self, command: &str) -> Result<String> {
        let mut stream = UnixStream::connect(&self.socket).context("Redis does not listen")?;
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
}
