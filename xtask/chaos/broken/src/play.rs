//! Plays a scene in a process of its own: its programs and its preloaded library are its own affair.

use std::fmt;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::build::Programs;
use crate::catalogue::{Broken, Scene};
use crate::tree;

/// Where the scene finds what a power cut would leave.
pub const SYNCED: &str = "DISK_FAULT_SYNCED";

/// The checker's report as it came from the other process.
pub struct Told {
    pub findings: Vec<Finding>,
}

pub struct Finding {
    pub invariant: String,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.invariant, self.what)
    }
}

pub fn play(broken: &Broken, programs: &Programs) -> Result<Told> {
    let mut scene = Command::new(std::env::current_exe()?);
    scene.args(["--play", broken.name]).arg("--bin-dir").arg(programs.folder());
    if broken.scene == Scene::PowerCut {
        let synced = tree::scratch()?.join("synced");
        // What the last cut left.
        let _ = std::fs::remove_dir_all(&synced);
        std::fs::create_dir_all(&synced)?;
        scene.env("LD_PRELOAD", programs.disk_fault());
        scene.env("DISK_FAULT_PATH", "journal.db").env(SYNCED, synced);
    }
    let output = scene.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let why = || format!("{text}\n{}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "the scene was not played to its end:\n{}", why());
    let report = text.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let report = report.with_context(|| format!("the scene printed no report:\n{}", why()))?;
    let findings = report["findings"].as_array().context("the report has no findings")?;
    Ok(Told { findings: findings.iter().map(finding).collect() })
}

fn finding(value: &Value) -> Finding {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Finding { invariant: text("invariant"), what: text("what") }
}
