//! Two stores with menus, and a login for the first one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::services::Programs;
use super::{Folder, Options};
use crate::process;

const LOGIN: &str = "demo";
/// Simple to type; the demo listens on this machine only.
const PASSWORD: &str = "demo-order-2026";
const DEVICE: &str = "demo";

pub struct Login {
    /// Its name and branch.
    pub store: String,
    pub id: String,
    pub password: String,
}

/// Imports every store (again, with what changed in its file). The first is claimed unless that happened at an earlier start;
/// the window then opens signed in, while a script finds the counter free and signs in itself.
pub fn open(programs: &Programs<'_>, folder: &Folder, options: &Options) -> Result<Login> {
    let mut first: Option<Imported> = None;
    for file in files(&programs.repository.root.join("cloud-api/fixtures/stores"))? {
        let imported = import(programs, &file)?;
        println!("store {} is ready", imported.name);
        first.get_or_insert(imported);
    }
    let store = first.context("there is no store to import")?;
    let data = if options.script { folder.path.join("first-sign-in") } else { folder.counter() };
    for stale in [&data, &folder.counter()] {
        // A journal belongs to one store; that of a database which is gone would stop the counter.
        if store.created && stale.exists() {
            fs::remove_dir_all(stale)?;
        }
    }
    sign_in(programs, &data, store.claim_code.as_deref())?;
    if options.script {
        process::run_quietly(counter(programs, &data).arg("logout"))?;
    }
    Ok(Login { store: store.name, id: LOGIN.to_owned(), password: PASSWORD.to_owned() })
}

fn sign_in(programs: &Programs<'_>, data: &Path, claim_code: Option<&str>) -> Result<()> {
    let mut command = counter(programs, data);
    match claim_code {
        Some(code) => command.args(["claim", "--claim-code", code]),
        None => command.args(["login", "--take-over"]),
    };
    command.args(["--login-id", LOGIN, "--device-name", DEVICE]);
    command.env("COUNTER_SERVER", &programs.addresses.api).env("COUNTER_PASSWORD", PASSWORD);
    process::run_quietly(&mut command).map(drop)
}

fn counter(programs: &Programs<'_>, data: &Path) -> Command {
    let mut command = Command::new(programs.repository.program("counter"));
    command.arg("--data").arg(data);
    command
}

struct Imported {
    name: String,
    /// `None` once somebody has claimed the store.
    claim_code: Option<String>,
    /// The database did not know it yet.
    created: bool,
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    found.sort();
    Ok(found)
}

fn import(programs: &Programs<'_>, file: &Path) -> Result<Imported> {
    let printed = process::run_quietly(programs.cloud_api().args(["store", "import"]).arg(file))?;
    let answer: Value = serde_json::from_str(printed.trim())
        .with_context(|| format!("`cloud-api store import` printed something else than JSON: {printed}"))?;
    ensure!(answer["store_id"].is_string(), "`cloud-api store import` named no store_id: {printed}");
    Ok(Imported {
        name: name(file)?,
        claim_code: answer["claim_code"].as_str().map(str::to_owned),
        created: answer["created"].as_bool().unwrap_or(false),
    })
}

/// As a customer reads it: name and branch.
fn name(file: &Path) -> Result<String> {
    let store: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
    let part = |key: &str| store["store"][key].as_str().unwrap_or_default().to_owned();
    Ok(format!("{} {}", part("name"), part("branch")).trim().to_owned())
}
