//! A key that the counter has made reaches the server with another command first.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow, ensure};
use e2e::World;
use e2e::http;
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};
use shared::TimeMs;
use shared::wire::{PROOF_HEADER, Proof, proof_text};

use super::stage::Stage;
use crate::Checked;

pub async fn play() -> Checked {
    let world = World::start("broken_key_used_twice").await?;
    let wire = world.wire()?;
    let server = format!("http://{}", wire.address());
    let mut stage = Stage::with_server(world, &server).await?;
    let order = stage.order().await?;
    wire.cut();
    stage.counter.wait_until_offline().await?;
    stage.counter.act(&order, json!({"kind": "accept", "prep_minutes": 15})).await?;
    stage.counter.kill();
    let mut command = waiting(&stage)?;
    command["prep_minutes"] = json!(40);
    let session: Value = serde_json::from_slice(&std::fs::read(stage.folder.join("session.json"))?)?;
    let token = session["token"].as_str().context("the counter is not signed in")?;
    let request =
        http::client().post(format!("{}/v1/store/commands", stage.world.api.url)).bearer_auth(token);
    let request = request.header(PROOF_HEADER, proof(&stage, token)?.to_string());
    let answers = http::json(request.json(&json!({ "commands": [command] }))).await?;
    ensure!(answers["answers"][0]["outcome"] == "applied", "the other command was answered with {answers}");
    wire.mend();
    stage.counter.start().await?;
    stage.counter.wait_until_connected().await?;
    stage.counter.wait_until_all_sent().await?;
    stage.check().await
}

/// What the counter's device would say about this request, by the key in its folder.
fn proof(stage: &Stage, token: &str) -> anyhow::Result<Proof> {
    let seed = std::fs::read(stage.folder.join("device_key"))?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| anyhow!("the folder holds no key"))?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let at = TimeMs(i64::try_from(since.as_millis())?);
    let text = proof_text("POST", "/v1/store/commands", at, token);
    Ok(Proof { at, signature: pair.sign(text.as_bytes()).as_ref().try_into()? })
}

/// The one command that waits in the journal.
fn waiting(stage: &Stage) -> anyhow::Result<Value> {
    let connection = rusqlite::Connection::open(stage.folder.join("journal.db"))?;
    let sql = "SELECT json FROM command WHERE state IN ('queued', 'sent')";
    let text: String = connection.query_row(sql, [], |row| row.get(0)).context("no command waits")?;
    Ok(serde_json::from_str(&text)?)
}
