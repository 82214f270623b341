//! The counter's disk is put back to an older copy of itself, which has forgotten its last command.

use std::path::Path;

use anyhow::Result;
use e2e::counter::Counter;
use serde_json::json;

use super::stage::Stage;
use crate::Checked;

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
    stage.counter.start().await?;
    // Whether it goes on by itself or asks to sign in again, it has to find its way back.
    if stage.counter.wait_until_connected().await.is_err() {
        stage.counter.kill();
        let log = stage.world.log("counter");
        stage.counter = Counter::sign_in(&stage.world.api.url, &stage.folder, &log).await?;
    }
    stage.counter.act(&first, json!({"kind": "ready"})).await?;
    stage.counter.wait_for_state(&first, "ready").await?;
    stage.counter.wait_until_all_sent().await?;
    stage.check().await
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
