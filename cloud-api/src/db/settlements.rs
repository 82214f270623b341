//! KakaoPay's own list of what it took, against our attempts; and what persons decided about single payments.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::{AttemptId, RefundId, StoreId};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::dead_letters;
use crate::clock::to_utc;

/// The source of dead letters about money that no attempt explains.
pub const SOURCE: &str = "unknown_payment";

/// What our attempts say about one payment of KakaoPay's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub tid: String,
    /// Won that KakaoPay took.
    pub amount: i64,
    /// Won of our attempt with this tid.
    pub attempted: Option<i64>,
    /// Our attempt says that money was taken.
    pub taken: bool,
}

/// The payments that our attempts do not explain: no attempt, one without money, or one of another amount.
pub async fn unexplained(
    db: impl PgExecutor<'_>,
    tids: &[String],
    amounts: &[i64],
) -> Result<Vec<Compared>, sqlx::Error> {
    let rows = sqlx::query!(
        "select q.tid as \"tid!\", q.amount as \"amount!\", a.amount as \"attempted?\",
                coalesce(a.approved_at is not null, false) as \"taken!\"
         from unnest($1::text[], $2::bigint[]) as q (tid, amount)
         left join payment_attempt a on a.tid = q.tid
         where a.approved_at is null or a.amount <> q.amount
         order by q.tid",
        tids,
        amounts
    )
    .fetch_all(db)
    .await?;
    let compared = rows.into_iter().map(|row| Compared {
        tid: row.tid,
        amount: row.amount,
        attempted: row.attempted,
        taken: row.taken,
    });
    Ok(compared.collect())
}

/// Puts one of them aside for a person, once; `reference` stands for its tid. `false` when it waits there already, or was settled.
pub async fn put_aside(
    tx: &mut PgConnection,
    reference: Uuid,
    error: &str,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let known = sqlx::query_scalar!(
        "select exists (select 1 from dead_letter where source = $1 and reference = $2) as \"known!\"",
        SOURCE,
        reference
    );
    if known.fetch_one(&mut *tx).await? {
        return Ok(false);
    }
    dead_letters::insert(tx, None, SOURCE, reference, error, now).await?;
    Ok(true)
}

/// What a person decided about a payment or a refund.
#[derive(Debug)]
pub struct NewSettlement<'a> {
    pub store_id: StoreId,
    pub attempt_id: AttemptId,
    pub refund_id: Option<RefundId>,
    pub decision: &'static str,
    /// Won that KakaoPay said it took and gave back.
    pub kakaopay: Option<(i64, i64)>,
    pub forced: bool,
    pub by: &'a str,
    pub reason: &'a str,
}

/// A decision by which money moved in our books against KakaoPay's word, or without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forced {
    pub attempt_id: Uuid,
    /// Absent when it is about the capture.
    pub refund_id: Option<Uuid>,
    /// Who decided.
    pub by: String,
}

/// Those about these payments. One that says "not captured" is none: what KakaoPay took all the same goes back.
pub async fn forced(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    attempts: &[Uuid],
) -> Result<Vec<Forced>, sqlx::Error> {
    sqlx::query_as!(
        Forced,
        "select attempt_id, refund_id, settled_by as by from settlement
         where store_id = $1 and attempt_id = any($2) and forced and decision in ('captured', 'refunded')
         order by settled_at, settlement_id",
        store_id.0,
        attempts
    )
    .fetch_all(db)
    .await
}

/// Keeps the decision, and takes the dead letter about it off the list.
pub async fn insert(tx: &mut PgConnection, new: &NewSettlement<'_>, now: TimeMs) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into settlement (settlement_id, store_id, attempt_id, refund_id, decision, captured, refunded, forced, settled_by,
                                 reason, settled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        Uuid::now_v7(),
        new.store_id.0,
        new.attempt_id.0,
        new.refund_id.map(|id| id.0),
        new.decision,
        new.kakaopay.map(|(captured, _)| captured),
        new.kakaopay.map(|(_, refunded)| refunded),
        new.forced,
        new.by,
        new.reason,
        to_utc(now)
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update dead_letter set settled_at = $2 where reference = $1 and settled_at is null",
        new.refund_id.map_or(new.attempt_id.0, |id| id.0),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}
