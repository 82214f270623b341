//! What the numbers were measured on.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use crate::measure::{Unit, median};
use crate::table::shown;

/// Durable writes that are timed.
const SYNCS: usize = 200;
const BLOCK: usize = 4_096;

/// The machine, its disk and the servers' versions.
#[derive(Debug, Clone)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory: u64,
    pub kernel: String,
    /// Median and 99th percentile in seconds of writing a block durably in the scratch folder.
    pub sync: (f64, f64),
    pub versions: Vec<(&'static str, String)>,
}

impl Machine {
    pub fn look(scratch: &Path) -> Result<Self> {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let kilobytes: u64 = memory.split(' ').next().and_then(|kb| kb.parse().ok()).unwrap_or(0);
        Ok(Self {
            processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism()?.get(),
            memory: kilobytes * 1_024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            sync: sync_times(scratch)?,
            versions: [
                ("PostgreSQL", version("postgres", "--version")),
                ("Redis", version("redis-server", "--version")),
                ("nginx", version("nginx", "-v")),
                ("SQLite", rusqlite::version().to_owned()),
            ]
            .into(),
        })
    }

    pub fn json(&self) -> Value {
        let versions: serde_json::Map<String, Value> =
            self.versions.iter().map(|(name, version)| ((*name).to_owned(), json!(version))).collect();
        json!({ "machine": {
            "processor": self.processor, "cores": self.cores, "memory": self.memory, "kernel": self.kernel,
            "fdatasync_p50": self.sync.0, "fdatasync_p99": self.sync.1, "versions": versions,
        }})
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let memory = shown(self.memory as f64, Unit::Bytes);
        writeln!(f, "{} × {}, {memory}, Linux {}", self.cores, self.processor, self.kernel)?;
        let (p50, p99) = (shown(self.sync.0, Unit::Seconds), shown(self.sync.1, Unit::Seconds));
        write!(f, "disk: 4 KB and fdatasync {p50} (p99 {p99})")?;
        for (name, version) in &self.versions {
            write!(f, "; {name} {version}")?;
        }
        Ok(())
    }
}

/// The first word of what the program says that looks like a number.
fn version(program: &str, flag: &str) -> String {
    let said = Command::new(program).arg(flag).output();
    let Ok(said) = said else { return "missing".to_owned() };
    let text = [said.stdout, said.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let words = text.split([' ', '/', '=', '\n']);
    let number = words
        .into_iter()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.'));
    number.unwrap_or("unknown").to_owned()
}

fn sync_times(folder: &Path) -> Result<(f64, f64)> {
    let path = folder.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let started = Instant::now();
        file.write_all(&[7; BLOCK])?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64());
    }
    std::fs::remove_file(&path)?;
    let p50 = median(&times);
    times.sort_by(f64::total_cmp);
    Ok((p50, times[SYNCS * 99 / 100]))
}
