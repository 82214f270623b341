//! Two stores with menus, and a login for the first one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::http;
use super::secrets::random;
use super::services::Programs;
use crate::process;

const LOGIN: &str = "demo";
/// Simple to type; the demo listens on this machine only.
const PASSWORD: &str = "demo-order-2026";
/// What the counter shows as the holder when the claim's session is not closed.
const DEVICE: &str = "demo";

pub struct Login {
    /// Its name and branch.
    pub store: String,
    pub id: String,
    pub password: String,
}

/// Imports every store (again, with what changed in its file) and claims the first unless that happened at an earlier start.
pub fn open(programs: &Programs<'_>) -> Result<Login> {
    let mut first: Option<Imported> = None;
    for file in files(&programs.repository.root.join("cloud-api/fixtures/stores"))? {
        let imported = import(programs, &file)?;
        println!("store {} is open", imported.name);
        first.get_or_insert(imported);
    }
    let store = first.context("there is no store to import")?;
    if let Some(code) = &store.claim_code {
        claim(programs.addresses.api_port, code)?;
    }
    Ok(Login { store: store.name, id: LOGIN.to_owned(), password: PASSWORD.to_owned() })
}

struct Imported {
    name: String,
    /// `None` once somebody has claimed the store.
    claim_code: Option<String>,
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
    Ok(Imported { name: name(file)?, claim_code: answer["claim_code"].as_str().map(str::to_owned) })
}

/// As a customer reads it: name and branch.
fn name(file: &Path) -> Result<String> {
    let store: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
    let part = |key: &str| store["store"][key].as_str().unwrap_or_default().to_owned();
    Ok(format!("{} {}", part("name"), part("branch")).trim().to_owned())
}

/// Makes the login. Claiming signs in too; that session is closed, so that the window can sign in as the only counter.
fn claim(port: u16, code: &str) -> Result<()> {
    let request = json!({
        "claim_code": code,
        "login_id": LOGIN,
        "password": PASSWORD,
        "device_id": device_id()?,
        "device_name": DEVICE,
    });
    let answer = http::post(port, "/v1/store/claim", &request)?;
    if answer.status >= 300 {
        bail!("the store could not be claimed ({}): {}", answer.status, answer.body);
    }
    let token = answer.json()?["token"].as_str().context("claiming the store gave no token")?.to_owned();
    let closed = http::delete(port, "/v1/store/sessions", &token)?;
    ensure!(
        closed.status < 300,
        "the claim's session could not be closed ({}): {}",
        closed.status,
        closed.body
    );
    Ok(())
}

/// A random UUID, version 4.
fn device_id() -> Result<String> {
    let mut bytes = random::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

#[cfg(test)]
mod tests {
    use super::device_id;

    #[test]
    fn a_device_id_is_a_random_uuid() {
        let id = device_id().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"));
        assert_ne!(id, device_id().unwrap());
    }
}
