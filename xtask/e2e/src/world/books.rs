//! Nothing lost, nothing doubled, nothing left undone.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use shared::log::{ChainHash, GENESIS, chain};
use sqlx::postgres::PgPool;

use super::World;

/// For messages, refunds and inquiries that are still on their way.
pub const SETTLE_LIMIT: Duration = Duration::from_secs(60);

/// Work that nobody has finished: what it is, and how to find it.
const UNFINISHED: [(&str, &str); 5] = [
    (
        "payments under way or unknown",
        "select attempt_id::text || ' ' || state from payment_attempt where state in
         ('ready_sent', 'approve_requested', 'approve_sent', 'approve_unknown', 'needs_review')",
    ),
    ("refunds not done", "select refund_id::text || ' ' || state from refund where state <> 'done'"),
    (
        "messages not sent",
        "select template || ' ' || state || coalesce(' ' || result, '') from notification where state in ('pending', 'sending', 'failed')",
    ),
    (
        "timers overdue",
        "select kind from timer where done_at is null and due_at < now() - interval '5 seconds'",
    ),
    ("dead letters", "select source || ' ' || error from dead_letter where settled_at is null"),
];

/// False with nothing to say is never the answer: an error names what is left.
pub async fn nothing_is_left_undone(db: &PgPool) -> Result<bool> {
    for (what, query) in UNFINISHED {
        let left: Vec<String> = sqlx::query_scalar(query).fetch_all(db).await?;
        ensure!(left.is_empty(), "{what}: {}", left.join(", "));
    }
    Ok(true)
}

/// Kakao's books and ours, per payment: captured and refunded are the same, nobody paid twice, and an order that ended without
/// food costs nothing.
pub async fn money_is_where_it_belongs(world: &World) -> Result<()> {
    let ours = our_payments(&world.database.pool).await?;
    let mut theirs = BTreeMap::new();
    for payment in world.sandbox.payments().await? {
        if payment.captured != 0 || payment.refunded != 0 {
            theirs.insert(payment.tid, (payment.captured, payment.refunded));
        }
    }
    ensure!(ours == theirs, "our books (tid: captured, refunded) are {ours:?}, Kakao's are {theirs:?}");
    let doubled = world.sandbox.read("ledger").await?["double_captures"].clone();
    ensure!(doubled.as_array().is_some_and(Vec::is_empty), "somebody paid twice: {doubled}");
    orders_agree_with_payments(&world.database.pool).await
}

/// Captured and refunded won of every payment that moved money.
async fn our_payments(db: &PgPool) -> Result<BTreeMap<String, (i64, i64)>> {
    let rows: Vec<(Option<String>, i64, i64)> = sqlx::query_as(
        "select tid, amount, (select coalesce(sum(r.amount), 0)::bigint from refund r
             where r.store_id = a.store_id and r.attempt_id = a.attempt_id and r.state = 'done')
         from payment_attempt a where state = 'approved'",
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|(tid, captured, refunded)| {
            Ok((tid.context("an approved attempt has no tid")?, (captured, refunded)))
        })
        .collect()
}

async fn orders_agree_with_payments(db: &PgPool) -> Result<()> {
    let rows: Vec<(String, String, i64, i64, i64, i64)> = sqlx::query_as(
        "select order_id::text, phase, total, refunded,
             (select coalesce(sum(amount), 0)::bigint from payment_attempt a
                 where a.store_id = o.store_id and a.order_id = o.order_id and a.state = 'approved'),
             (select coalesce(sum(amount), 0)::bigint from refund r
                 where r.store_id = o.store_id and r.order_id = o.order_id and r.state = 'done')
         from orders o",
    )
    .fetch_all(db)
    .await?;
    for (order, phase, total, refunded, captured, given_back) in rows {
        ensure!(
            refunded == given_back,
            "order {order} says {refunded} won refunded, the refunds say {given_back}"
        );
        let kept = captured - given_back;
        let due = match phase.as_str() {
            "pending_payment" | "cancelled" | "rejected" => 0,
            // A part may have gone back, never everything.
            "reserved" | "placed" | "accepted" | "cooking" | "ready" | "handed_over" | "completed" => {
                if refunded < total {
                    total - refunded
                } else {
                    total
                }
            }
            other => bail!("order {order} is in the unknown phase {other}"),
        };
        ensure!(kept == due, "order {order} is {phase}: we keep {kept} won and should keep {due}");
    }
    Ok(())
}

/// Every store's log is gapless and its chain holds.
pub async fn log_is_whole(db: &PgPool) -> Result<()> {
    let rows: Vec<(String, i64, Vec<u8>, Vec<u8>)> =
        sqlx::query_as("select store_id::text, seq, body, hash from store_event order by store_id, seq")
            .fetch_all(db)
            .await?;
    let mut heads: BTreeMap<String, (i64, ChainHash)> = BTreeMap::new();
    for (store, seq, body, hash) in rows {
        let (last, previous) = heads.get(&store).copied().unwrap_or((0, GENESIS));
        ensure!(seq == last + 1, "the log of {store} jumps from {last} to {seq}");
        let expected = chain(previous, seq, &body);
        ensure!(hash == expected.0, "the chain of {store} breaks at {seq}");
        heads.insert(store, (seq, expected));
    }
    Ok(())
}
