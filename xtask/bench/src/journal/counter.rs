//! The counter's process, asked through the calls that its window makes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use e2e::http;
use e2e::port::free_port;
use e2e::process::Process;
use e2e::programs::program;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use store_desktop_core::journal::FILE_NAME;
use tokio::time::Instant;

/// Finer than what is measured.
const POLL: Duration = Duration::from_millis(5);

pub struct Counter {
    url: String,
    process: Process,
}

impl Counter {
    /// Returns as soon as the process is started.
    pub fn start(data: &Path, log: &Path) -> Result<Self> {
        let bind = format!("127.0.0.1:{}", free_port()?);
        let mut command = Command::new(program("counter")?);
        command.arg("--data").arg(data).args(["ui", "--silent", "--bind", &bind]);
        Ok(Self { url: format!("http://{bind}"), process: Process::start("counter", command, log)? })
    }

    /// Looks into the journal, not at the view, which would be work for the counter: until event `seq` is on the disk.
    pub async fn wait_for_disk(&mut self, limit: Duration, data: &Path, seq: i64) -> Result<Duration> {
        let started = Instant::now();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let journal = Connection::open_with_flags(data.join(FILE_NAME), flags)?;
        journal.busy_timeout(POLL)?;
        while started.elapsed() < limit {
            self.process.check_alive()?;
            // An error: the counter is opening the file.
            let last: Option<i64> =
                journal.query_row("SELECT max(seq) FROM event", [], |row| row.get(0)).unwrap_or(None);
            if last >= Some(seq) {
                return Ok(started.elapsed());
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("event {seq} was not on the disk after {limit:?}")
    }

    /// One of the window's calls.
    pub async fn call(&mut self, name: &str, arguments: Value) -> Result<Value> {
        self.process.check_alive()?;
        http::post(&format!("{}/host/{name}", self.url), &arguments).await
    }

    /// Looks until what the window would show is as wanted; how long that took.
    pub async fn wait(&mut self, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Result<Duration> {
        let started = Instant::now();
        let mut last = Value::Null;
        while started.elapsed() < limit {
            self.process.check_alive()?;
            if let Ok(view) = http::post(&format!("{}/host/view", self.url), &json!({})).await {
                if wanted(&view) {
                    return Ok(started.elapsed());
                }
                last = view;
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("the counter was not ready after {limit:?}; it shows {last}")
    }
}
