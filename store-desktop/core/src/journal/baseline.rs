//! Starting a branch of the journal from the server's snapshot.

use rusqlite::{Connection, TransactionBehavior, params};
use shared::TimeMs;
use shared::log::ChainHash;
use shared::wire::Snapshot;

use super::append::{keep_private, settle};
use super::{Branch, JournalError, current_branch};

/// Begins a new branch at the snapshot's position and marks the old one orphaned; its rows stay. `reason` is for the
/// person who looks at the journal later. Returns how many events the old branch had.
pub(super) fn rebase(
    connection: &mut Connection,
    snapshot: &Snapshot,
    reason: &str,
    now: TimeMs,
) -> Result<i64, JournalError> {
    let hash = ChainHash::from_hex(&snapshot.head_hash)
        .filter(|hash| hash.hash8() == snapshot.position.hash8)
        .ok_or_else(|| {
            JournalError::File(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                "the server's snapshot names a hash that is not its position's",
            ))
        })?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut orphaned = 0;
    if let Some(old) = current_branch(&transaction)? {
        transaction.execute("UPDATE branch SET orphaned_at = ? WHERE id = ?", params![now.0, old.id])?;
        orphaned = old.head_seq - old.start_seq;
    }
    let (epoch, seq) = (snapshot.position.epoch, snapshot.position.seq);
    transaction.execute(
        "INSERT INTO branch (epoch, seq, hash, snapshot, reason, started_at) VALUES (?, ?, ?, ?, ?, ?)",
        params![epoch, seq, hash.0, without_private(snapshot), reason, now.0],
    )?;
    let id = transaction.last_insert_rowid();
    for order in &snapshot.orders {
        if let Some(private) = &order.private {
            keep_private(&transaction, order.order.id, private)?;
        }
    }
    settle(&transaction, &Branch { id, epoch, start_seq: seq, head_seq: seq, head_hash: hash })?;
    transaction.commit()?;
    Ok(orphaned)
}

fn without_private(snapshot: &Snapshot) -> String {
    let mut snapshot = snapshot.clone();
    for order in &mut snapshot.orders {
        order.private = None;
    }
    serde_json::to_string(&snapshot).expect("a snapshot came from JSON")
}
