//! After the storm: everything works again; how long until nothing is left to do?

use std::time::Duration;

use anyhow::Result;
use sqlx::PgPool;
use tokio::time::Instant;

use crate::world::World;

const LOOK: Duration = Duration::from_millis(100);
/// How long all counters may take to have what was in the log when the network came back.
pub const CONVERGED_LIMIT: Duration = Duration::from_secs(5);
/// How long they may take at most, before the rest is not worth waiting for.
const CONVERGING: Duration = Duration::from_secs(90);

/// Work that somebody still has to do: what it is, and how to find it.
const WORK: [(&str, &str); 5] = [
    (
        "payments",
        "select attempt_id::text || ' ' || state || coalesce(', look at ' || next_check_at::text, '')
         from payment_attempt
         where state in ('ready_sent', 'approve_requested', 'approve_sent') or (state = 'approve_unknown'
             and not attempt_id::text = any($1))",
    ),
    (
        "refunds",
        "select refund_id::text || ' ' || state || coalesce(', try at ' || next_try_at::text, '') from refund
         where state not in ('done', 'needs_review') and cardinality($1::text[]) >= 0",
    ),
    (
        "messages",
        "select template || ' ' || state || coalesce(', try at ' || next_try_at::text, '') from notification
         where state in ('pending', 'sending') and cardinality($1::text[]) >= 0",
    ),
    (
        "timers",
        "select kind || ' of ' || order_id::text from timer
         where done_at is null and due_at < now() - interval '3 seconds' and cardinality($1::text[]) >= 0",
    ),
    (
        "orders",
        "select order_id::text || ' ' || phase from orders
         where phase in ('placed', 'accepted', 'cooking', 'ready') and cardinality($1::text[]) >= 0",
    ),
];

/// Payments of which KakaoPay said nothing that would end the doubt: for two minutes nobody may believe that no money will move. None of
/// them is looked at while the check reads: with a longer pause, a handful that is looked at each ten seconds leaves no moment for it.
const IN_DOUBT: &str = "select attempt_id::text, coalesce(tid, '') from payment_attempt
    where state = 'approve_unknown' and next_check_at > now() + interval '600 milliseconds'";

/// Stores whose counter's disk is behind these positions.
const BEHIND: &str =
    "select s.store_id || ' has ' || coalesce(d.ack_seq::text, 'nothing') || ' of ' || s.head
    from unnest($1::text[], $2::bigint[]) as s(store_id, head)
    left join lateral (select max(ack_seq) as ack_seq from device where store_id = s.store_id::uuid) d on true
    where coalesce(d.ack_seq, 0) < s.head";

/// How the world came to rest.
#[derive(Debug, Default)]
pub struct Rest {
    /// Until every counter had what the log held when the network came back.
    pub converged: Option<Duration>,
    /// Until no work was left.
    pub quiet: Option<Duration>,
    /// What is left, or who is behind.
    pub left: Vec<String>,
    /// Attempts that may still be in doubt.
    pub doubted: Vec<String>,
}

/// The heads of all logs, by store.
pub async fn heads(db: &PgPool) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as("select store_id::text, last_seq from store_cursor").fetch_all(db).await?)
}

/// Who has not journaled this much.
pub async fn behind(db: &PgPool, heads: &[(String, i64)]) -> Result<Vec<String>> {
    let (stores, heads): (Vec<&str>, Vec<i64>) =
        heads.iter().map(|(store, head)| (store.as_str(), *head)).unzip();
    Ok(sqlx::query_scalar(BEHIND).bind(stores).bind(heads).fetch_all(db).await?)
}

/// The first look that finds nothing; what the last one found when the time is over.
async fn nothing(
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<Vec<String>>,
) -> (Option<Duration>, Vec<String>) {
    let started = Instant::now();
    loop {
        let found = look().await.unwrap_or_else(|error| vec![format!("{error:#}")]);
        if found.is_empty() {
            return (Some(started.elapsed()), found);
        }
        if started.elapsed() > limit {
            return (None, found);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until every counter has what the log holds now.
pub async fn converge(world: &World) -> (Option<Duration>, Vec<String>) {
    let started = Instant::now();
    let mut at_healing = None;
    let (done, left) = nothing(CONVERGING, async || {
        if at_healing.is_none() {
            at_healing = Some(heads(&world.db).await?);
        }
        behind(&world.db, at_healing.as_deref().unwrap_or_default()).await
    })
    .await;
    (done.map(|_| started.elapsed()), left)
}

/// Waits until no work is left and every journal is whole. `patient` waits for payments in doubt too; else those of which KakaoPay's
/// books say that nothing was taken are given back, as the attempts that may still be in doubt.
pub async fn quiesce(world: &World, limit: Duration, patient: bool) -> Quiet {
    let mut doubted = Vec::new();
    let (after, left) = nothing(limit, async || {
        doubted = if patient { Vec::new() } else { in_doubt(world).await? };
        let mut left = Vec::new();
        for (what, query) in WORK {
            let found: Vec<String> = sqlx::query_scalar(query).bind(&doubted).fetch_all(&world.db).await?;
            left.extend(found.into_iter().map(|one| format!("{what}: {one}")));
        }
        if left.is_empty() {
            left = behind(&world.db, &heads(&world.db).await?).await?;
        }
        Ok(left)
    })
    .await;
    Quiet { after, left, doubted }
}

/// How work came to its end.
pub struct Quiet {
    pub after: Option<Duration>,
    pub left: Vec<String>,
    pub doubted: Vec<String>,
}

async fn in_doubt(world: &World) -> Result<Vec<String>> {
    let waiting: Vec<(String, String)> = sqlx::query_as(IN_DOUBT).fetch_all(&world.db).await?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let payments = world.sandbox.payments().await?;
    let untouched = |tid: &str| payments.iter().any(|payment| payment.tid == tid && payment.captured == 0);
    Ok(waiting.into_iter().filter(|(_, tid)| untouched(tid)).map(|(attempt, _)| attempt).collect())
}
