//! Whether the server can go on where a counter says that it is.

use shared::id::{DeviceId, StoreId};
use shared::log::Position;
use shared::wire::ResetReason;

use super::append::Cursor;
use crate::app::App;
use crate::db;
use crate::db::feeds::Head;

/// How a connection begins.
#[derive(Debug, Clone)]
pub enum Start {
    /// It goes on after `from`.
    After { from: Cursor, head: Head },
    /// The counter has to begin again from a snapshot.
    Reset { asked: Position, reason: ResetReason },
}

/// Compares the counter's position with the log. Without a position a counter begins before the first event of the current epoch.
pub async fn resume(
    app: &App,
    store_id: StoreId,
    device_id: DeviceId,
    asked: Option<Position>,
) -> Result<Start, sqlx::Error> {
    let heads = db::feeds::of(&app.db, &[store_id], app.clock.now_ms()).await?;
    let head = *heads.first().ok_or(sqlx::Error::RowNotFound)?;
    let end = head.cursor;
    let asked = asked.unwrap_or_else(|| Position::start(end.epoch));
    let reset = |reason| Ok(Start::Reset { asked: asked.clone(), reason });
    if asked.epoch != end.epoch {
        return reset(ResetReason::Epoch);
    }
    if asked.seq > end.seq {
        return reset(ResetReason::Rewound);
    }
    let Some(hash) = db::events::hash_at(&app.db, store_id, asked.seq).await? else {
        return reset(ResetReason::TooOld);
    };
    if hash.hash8() != asked.hash8 {
        return reset(ResetReason::Fork);
    }
    // What it said is on its disk is not: an older copy of the disk came back.
    if asked.seq < db::devices::acknowledged(&app.db, store_id, device_id, end.epoch).await? {
        return reset(ResetReason::Rewound);
    }
    Ok(Start::After { from: Cursor { epoch: end.epoch, seq: asked.seq, hash }, head })
}
