//! KakaoPay's own list of what it took, against our attempts.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::dead_letters;

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
