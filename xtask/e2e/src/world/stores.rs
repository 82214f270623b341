//! The repository's own stores, imported into a world, and the login of the first.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Options;
use crate::api::{Api, Imported};
use crate::{http, programs};

pub const LOGIN: &str = "counter";
pub const PASSWORD: &str = "counter-of-a-test";
/// Seconds.
const KOREA_AHEAD: u64 = 9 * 60 * 60;
const NOON: u64 = 12 * 60 * 60;
const DAY: u64 = 2 * NOON;
const FIXTURES: &str = "cloud-api/fixtures/stores";
/// The first is the one that tests order from.
const STORES: [&str; 2] = ["mangwon-bunsik.json", "hongdae-coffee.json"];

pub async fn import(api: &Api, folder: &Path, options: Options) -> Result<Imported> {
    let mut imported = Vec::new();
    for name in STORES {
        let file = programs::repository().join(FIXTURES).join(name);
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let mut store: Value = serde_json::from_str(&text)?;
        if let Some(minutes) = options.accept_deadline_minutes {
            store["store"]["accept_deadline_minutes"] = json!(minutes);
        }
        if options.long_hours {
            store["store"]["schedule"] = long_hours()?;
        }
        let own = folder.join(name);
        std::fs::write(&own, store.to_string())?;
        imported.push(api.import(&own).await?);
    }
    imported.into_iter().next().context("there is no store to import")
}

/// Every day's hours, so that half a day is left of those that run now: from midnight or from noon, whichever was last.
fn long_hours() -> Result<Value> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() + KOREA_AHEAD;
    let (open, close) = if seconds % DAY < NOON { ("00:00", "24:00") } else { ("12:00", "36:00") };
    let hours = json!({ "open": open, "close": close });
    Ok(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .into_iter()
        .map(|day| (day, hours.clone()))
        .collect())
}

/// Makes the login. Claiming signs in too; that session is closed, so that a counter can sign in.
pub async fn claim(api: &Api, store: &Imported) -> Result<()> {
    let request = json!({
        "claim_code": store.claim_code,
        "login_id": LOGIN,
        "password": PASSWORD,
        "device_id": Uuid::now_v7(),
        "device_name": "the owner's phone",
    });
    let signed_in = http::post(&format!("{}/v1/store/claim", api.url), &request).await?;
    let token = signed_in["token"].as_str().context("claiming gave no token")?;
    let closing = http::client().delete(format!("{}/v1/store/sessions/current", api.url)).bearer_auth(token);
    let closed = http::success(closing).await?;
    ensure!(closed.status().is_success(), "the claim's session was not closed");
    Ok(())
}

/// Every text of the first store's file, longest first: its menu, its name, its options.
pub fn own_words() -> Result<Vec<String>> {
    let file = programs::repository().join(FIXTURES).join(STORES[0]);
    let store: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let mut words = Vec::new();
    collect(&store, &mut words);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    Ok(words)
}

fn collect(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(text) => words.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|part| collect(part, words)),
        Value::Object(fields) => fields.values().for_each(|part| collect(part, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
