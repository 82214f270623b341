//! A newer server writes an event that this counter does not know.

use anyhow::{Context, ensure};
use e2e::wait::wait_until;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::stage::Stage;
use crate::Checked;

pub async fn play() -> Checked {
    let mut stage = Stage::set("newer_server").await?;
    let first = stage.order().await?;
    stage.accept(&first).await?;
    append(&stage).await?;
    let second = stage.order().await?;
    wait_until("the counter shows the order after it", async || {
        let view = stage.counter.view().await?;
        Ok(view["lanes"]["fresh"][0]["order"]["id"] == json!(second))
    })
    .await?;
    // Before the program examines its journal by itself and begins a new one.
    stage.counter.kill();
    stage.check().await
}

/// What a newer server would do: an event of a kind and a version that nobody here knows, chained as it has to be.
async fn append(stage: &Stage) -> anyhow::Result<()> {
    let mut tx = stage.world.database.pool.begin().await?;
    let (epoch, last, hash, day): (i32, i64, Vec<u8>, Uuid) = sqlx::query_as(
        "select c.epoch, c.last_seq, c.last_hash, d.day_id from store_cursor c
         join business_day d on d.store_id = c.store_id and d.state <> 'closed' where c.store_id = $1::uuid for update of c",
    )
    .bind(&stage.world.store.store_id)
    .fetch_one(&mut *tx)
    .await?;
    let at: i64 =
        sqlx::query_scalar("select (extract(epoch from now()) * 1000)::bigint").fetch_one(&mut *tx).await?;
    let body = json!({"v": 9, "at": at, "day_id": day, "by": {"who": "operator"}, "kind": "kitchen_cleaned"})
        .to_string();
    let seq = last + 1;
    let hash = Sha256::new()
        .chain_update(&hash)
        .chain_update(seq.to_be_bytes())
        .chain_update(&body)
        .finalize()
        .to_vec();
    sqlx::query(
        "insert into store_event (store_id, seq, epoch, day_id, kind, v, body, hash, created_at)
         values ($1::uuid, $2, $3, $4, 'kitchen_cleaned', 9, $5, $6, timestamptz 'epoch' + $7 * interval '1 millisecond')",
    )
    .bind(&stage.world.store.store_id)
    .bind(seq)
    .bind(epoch)
    .bind(day)
    .bind(body.as_bytes())
    .bind(&hash)
    .bind(at)
    .execute(&mut *tx)
    .await
    .context("the event cannot be written")?;
    let moved =
        sqlx::query("update store_cursor set last_seq = $2, last_hash = $3 where store_id = $1::uuid");
    let moved = moved.bind(&stage.world.store.store_id).bind(seq).bind(&hash).execute(&mut *tx).await?;
    ensure!(moved.rows_affected() == 1, "the cursor did not move");
    Ok(tx.commit().await?)
}
