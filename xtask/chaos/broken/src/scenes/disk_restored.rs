//! The counter's disk is put back to an older copy of itself, which has forgotten its last command.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use e2e::world::{LOGIN, PASSWORD};
use e2e::{process, programs};
use serde_json::json;

use super::stage::Stage;
use crate::Checked;

const LIMIT: Duration = Duration::from_secs(30);

pub async fn play() -> Checked {
    let mut stage = Stage::set("disk_restored").await?;
    let first = stage.order().await?;
    stage.accept(&first).await?;
    stage.counter.kill();
    let copy = stage.world.folder("copy")?;
    put(&stage.folder, &copy)?;
    stage.counter.start().await?;
    stage.counter.wait_until_connected().await?;
    stage.counter.act(&first, json!({"kind": "cooking"})).await?;
    stage.counter.wait_for_state(&first, "cooking").await?;
    stage.counter.kill();
    put(&copy, &stage.folder)?;
    // Somebody signs in again, as the program asks for when it notices.
    sign_in(&stage).await?;
    stage.counter.start().await?;
    stage.counter.wait_until_connected().await?;
    stage.counter.act(&first, json!({"kind": "ready"})).await?;
    stage.counter.wait_for_state(&first, "ready").await?;
    stage.counter.wait_until_all_sent().await?;
    stage.check().await
}

/// In the place of whatever session is open: a person decides that this disk goes on.
async fn sign_in(stage: &Stage) -> Result<()> {
    let mut login = Command::new(programs::program("counter")?);
    login.arg("--data").arg(&stage.folder).args(["login", "--server", &stage.world.api.url, "--take-over"]);
    login.args(["--login-id", LOGIN, "--device-name", "counter of a test"]).env("COUNTER_PASSWORD", PASSWORD);
    process::run(login, LIMIT).await.map(drop)
}

/// Makes `to` hold what `from` holds.
fn put(from: &Path, to: &Path) -> Result<()> {
    std::fs::remove_dir_all(to)?;
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
