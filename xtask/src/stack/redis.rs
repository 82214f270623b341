//! A Redis of our own: no port, one Unix socket, append-only file, never evicting (it holds streams).

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::place::Place;
use crate::process::{self, Background, POLL, Start};

/// Also covers loading a large append-only file.
const READY_LIMIT: Duration = Duration::from_secs(60);
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

pub struct Redis {
    pub server: Background,
    socket: PathBuf,
}

impl Redis {
    /// Returns when the server answers PING.
    pub fn start(place: &Place, durable: bool) -> Result<Self> {
        let program = process::on_path("redis-server").context(
            "redis-server is not installed (looked on PATH); `cargo xtask test --only tools` installs it",
        )?;
        let socket = place.sockets.join("redis.sock");
        let mut command = Command::new(program);
        // Port 0 means no TCP at all.
        command.args(["--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "yes"]);
        command.args(["--maxmemory-policy", "noeviction", "--appendfsync"]);
        command.arg(if durable { "everysec" } else { "no" });
        command.arg("--unixsocket").arg(&socket).arg("--dir").arg(&place.redis);
        let log = place.logs.join("redis.log");
        let server = Background::start(Start::new("Redis", command, &log))?;
        let mut redis = Self { server, socket };
        redis.wait_until_ready()?;
        Ok(redis)
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while !self.answers() {
            self.server.check_alive()?;
            if started.elapsed() > READY_LIMIT {
                bail!("Redis was not ready within {READY_LIMIT:?}; see {}", self.server.log.display());
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// While it loads its file it answers `-LOADING`, which is not ready.
    fn answers(&self) -> bool {
        let ping = || -> std::io::Result<bool> {
            let mut stream = UnixStream::connect(&self.socket)?;
            stream.set_read_timeout(Some(ANSWER_LIMIT))?;
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 7];
            stream.read_exact(&mut answer)?;
            Ok(&answer == b"+PONG\r\n")
        };
        ping().unwrap_or(false)
    }
}
