//! Appending to a store's log. Nothing else writes `store_event`.

use shared::TimeMs;
use shared::id::StoreId;
use shared::log::{ChainHash, LogBody, Position, chain};
use sqlx::PgConnection;

use crate::db::events::NewEvent;
use crate::{db, failpoint};

/// Appends `bodies` in order and returns the position of the last.
///
/// Takes the store's cursor row, so call it last in a transaction and commit at once: `seq` is gapless in commit order because of
/// this lock alone.
pub async fn append(
    tx: &mut PgConnection,
    store_id: StoreId,
    bodies: &[LogBody],
    now: TimeMs,
) -> Result<Position, sqlx::Error> {
    failpoint::reach("order.before_cursor").await?;
    let cursor = db::events::lock_cursor(tx, store_id).await?;
    let (mut seq, mut hash) = (cursor.seq, cursor.hash);
    let mut events = Vec::with_capacity(bodies.len());
    for body in bodies {
        let bytes = body.to_bytes();
        seq += 1;
        hash = chain(hash, seq, &bytes);
        events.push(NewEvent {
            seq,
            epoch: cursor.epoch,
            day_id: body.day_id,
            kind: body.kind(),
            v: body.v,
            order_id: body.order_id(),
            body: bytes,
            hash,
        });
    }
    db::events::insert(tx, store_id, &events, now).await?;
    failpoint::reach("order.after_cursor").await?;
    Ok(Position::new(cursor.epoch, seq, &hash))
}

/// Where a store's log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub epoch: i32,
    pub seq: i64,
    pub hash: ChainHash,
}

impl Cursor {
    /// As a position.
    pub fn position(&self) -> Position {
        Position::new(self.epoch, self.seq, &self.hash)
    }
}
