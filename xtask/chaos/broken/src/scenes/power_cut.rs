//! The counter's power is cut. What its disk holds then is what was synced, and nothing of what it told anybody is missing there.

use std::path::PathBuf;

use anyhow::Context;
use checker::Sources;
use e2e::wait::wait_until;

use super::stage::{self, Stage};
use crate::Checked;
use crate::play::SYNCED;

const FILE: &str = "journal.db";

pub async fn play() -> Checked {
    let synced = PathBuf::from(std::env::var_os(SYNCED).context("the scene needs the preloaded library")?);
    let mut stage = Stage::set("power_cut").await?;
    let order = stage.order().await?;
    stage.accept(&order).await?;
    wait_until("the counter has acknowledged the whole log", async || {
        let behind: i64 = sqlx::query_scalar(
            "select c.last_seq - coalesce(max(d.ack_seq), 0) from store_cursor c left join device d using (store_id)
             where c.store_id = $1::uuid group by c.last_seq",
        )
        .bind(&stage.world.store.store_id)
        .fetch_one(&stage.world.database.pool)
        .await?;
        Ok(behind == 0)
    })
    .await?;
    stage.counter.kill();
    let disk = stage.world.folder("disk")?;
    std::fs::copy(stage.folder.join("device_id"), disk.join("device_id"))?;
    // A file that was never synced may be there with nothing in it.
    std::fs::write(disk.join(FILE), [])?;
    for name in [FILE.to_owned(), format!("{FILE}-wal")] {
        let left = synced.join(&name);
        if left.exists() {
            std::fs::copy(left, disk.join(name))?;
        }
    }
    let sources = Sources { journals: vec![disk], ..stage.sources() };
    stage::check(&sources).await
}
