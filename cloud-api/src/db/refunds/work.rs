//! Working through refunds: leases, and how each sending ended. One refund of an attempt at a time, in the order they were asked for, since
//! each one's `expected_remaining` builds on the one before.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::{AttemptId, OrderId, RefundId, StoreId};
use sqlx::PgConnection;

use crate::clock::to_utc;

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    Pending,
    /// `cancel` is on its way.
    Sent,
    /// Whether the money went back has to be asked.
    Unknown,
    Done,
    /// A person has to look at it.
    NeedsReview,
}

impl RefundState {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::NeedsReview => "needs_review",
        }
    }
}

impl std::str::FromStr for RefundState {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::Pending, Self::Sent, Self::Unknown, Self::Done, Self::NeedsReview];
        let known = all.into_iter().find(|state| state.as_str() == name);
        known.ok_or_else(|| format!("unknown refund state {name:?}"))
    }
}

/// A refund whose lease we hold.
#[derive(Debug, Clone)]
pub struct ClaimedRefund {
    pub store_id: StoreId,
    pub refund_id: RefundId,
    pub attempt_id: AttemptId,
    pub order_id: OrderId,
    /// Before it was claimed.
    pub state: RefundState,
    /// Won.
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub expected_remaining: i64,
    pub tid: String,
    pub fence: i64,
    /// How often `cancel` was sent.
    pub tries: i32,
    pub created_at: DateTime<Utc>,
}

/// Refunds that are due, oldest first; none whose attempt has an earlier one that is not done.
pub async fn due(
    db: impl sqlx::PgExecutor<'_>,
    now: TimeMs,
    limit: i64,
) -> Result<Vec<(StoreId, RefundId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select r.store_id, r.refund_id from refund r
         where r.next_try_at <= $1 and (r.lease_until is null or r.lease_until <= $1)
           and not exists (select 1 from refund e where e.store_id = r.store_id and e.attempt_id = r.attempt_id
                           and e.state <> 'done' and (e.created_at, e.refund_id) < (r.created_at, r.refund_id))
         order by r.next_try_at limit $2",
        to_utc(now),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (StoreId(row.store_id), RefundId(row.refund_id))).collect())
}

/// Takes a due refund for a look at KakaoPay. A `sent` one whose sender is gone is unknown. `None` when somebody else has it.
pub async fn claim(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    refund_id: RefundId,
    lease_until: TimeMs,
    now: TimeMs,
) -> Result<Option<ClaimedRefund>, sqlx::Error> {
    let row = sqlx::query!(
        "update refund r set lease_until = $3, fence = r.fence + 1, updated_at = $4,
                state = case when r.state = 'sent' then 'unknown' else r.state end
         from payment_attempt a
         where r.store_id = $1 and r.refund_id = $2 and r.next_try_at <= $4 and (r.lease_until is null or r.lease_until <= $4)
           and r.state in ('pending', 'sent', 'unknown') and a.store_id = r.store_id and a.attempt_id = r.attempt_id
         returning r.attempt_id, r.order_id, r.state, r.amount, r.tax_free, r.vat, r.expected_remaining, a.tid, r.fence, r.tries,
                   r.created_at",
        store_id.0,
        refund_id.0,
        to_utc(lease_until),
        to_utc(now)
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let state = row.state.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?;
        let tid = row.tid.ok_or_else(|| sqlx::Error::Decode("money was taken without a tid".into()))?;
        Ok(ClaimedRefund {
            store_id,
            refund_id,
            attempt_id: AttemptId(row.attempt_id),
            order_id: OrderId(row.order_id),
            state,
            amount: row.amount,
            tax_free: row.tax_free,
            vat: row.vat,
            expected_remaining: row.expected_remaining,
            tid,
            fence: row.fence,
            tries: row.tries,
            created_at: row.created_at,
        })
    })
    .transpose()
}

/// `cancel` leaves now: committed before a byte does. `false` when the lease was lost.
pub async fn sending(
    db: impl sqlx::PgExecutor<'_>,
    refund: &ClaimedRefund,
    lease_until: TimeMs,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update refund set state = 'sent', tries = tries + 1, lease_until = $4, next_try_at = $4, updated_at = $5
         where store_id = $1 and refund_id = $2 and fence = $3 and state in ('pending', 'unknown')",
        refund.store_id.0,
        refund.refund_id.0,
        refund.fence,
        to_utc(lease_until),
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Its worker is still there. `false` when the lease was lost.
pub async fn renew(
    db: impl sqlx::PgExecutor<'_>,
    refund: &ClaimedRefund,
    lease_until: TimeMs,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "update refund set lease_until = $4, updated_at = $5,
                next_try_at = case when state = 'sent' then $4 else next_try_at end
         where store_id = $1 and refund_id = $2 and fence = $3 and lease_until is not null",
        refund.store_id.0,
        refund.refund_id.0,
        refund.fence,
        to_utc(lease_until),
        to_utc(now)
    );
    Ok(renewed.execute(db).await?.rows_affected() == 1)
}

/// Not done: `state` it is in and when to try or ask again.
pub async fn later(
    db: impl sqlx::PgExecutor<'_>,
    refund: &ClaimedRefund,
    state: RefundState,
    failure: Option<&str>,
    next_try: TimeMs,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update refund set state = $4, failure_code = coalesce($5, failure_code), lease_until = null, next_try_at = $6,
                updated_at = $7
         where store_id = $1 and refund_id = $2 and fence = $3 and state in ('pending', 'sent', 'unknown')",
        refund.store_id.0,
        refund.refund_id.0,
        refund.fence,
        state.as_str(),
        failure,
        to_utc(next_try),
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// It is over: `done` with its number, or `needs_review`. `false` when the lease was lost.
pub async fn finish(
    tx: &mut PgConnection,
    refund: &ClaimedRefund,
    state: RefundState,
    aid: Option<&str>,
    failure: Option<&str>,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update refund set state = $4, aid = $5, failure_code = $6, lease_until = null, next_try_at = null, updated_at = $7
         where store_id = $1 and refund_id = $2 and fence = $3 and state in ('pending', 'sent', 'unknown')",
        refund.store_id.0,
        refund.refund_id.0,
        refund.fence,
        state.as_str(),
        aid,
        failure,
        to_utc(now)
    );
    Ok(done.execute(tx).await?.rows_affected() == 1)
}

/// What a customer is told about the refunds of an order.
#[derive(Debug, Clone, Copy)]
pub struct RefundView {
    /// Won.
    pub amount: i64,
    pub state: RefundState,
}

/// The refunds of an order, oldest first, at most `limit`.
pub async fn of_order(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
    limit: i64,
) -> Result<Vec<RefundView>, sqlx::Error> {
    let rows = sqlx::query!(
        "select amount, state from refund where store_id = $1 and order_id = $2 order by created_at, refund_id limit $3",
        store_id.0,
        order_id.0,
        limit
    )
    .fetch_all(db)
    .await?;
    let view = rows.into_iter().map(|row| {
        let state = row.state.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?;
        Ok(RefundView { amount: row.amount, state })
    });
    view.collect()
}

/// A refund as a person looks at it.
#[derive(Debug, Clone, Copy)]
pub struct ReviewedRefund {
    pub attempt_id: AttemptId,
    pub order_id: OrderId,
    /// Won.
    pub amount: i64,
    pub expected_remaining: i64,
}

/// One refund.
pub async fn find(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    refund_id: RefundId,
) -> Result<Option<ReviewedRefund>, sqlx::Error> {
    let row = sqlx::query!(
        "select attempt_id, order_id, amount, expected_remaining from refund where store_id = $1 and refund_id = $2",
        store_id.0,
        refund_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ReviewedRefund {
        attempt_id: AttemptId(row.attempt_id),
        order_id: OrderId(row.order_id),
        amount: row.amount,
        expected_remaining: row.expected_remaining,
    }))
}

/// A person looked at it: it is done, as `aid`, or is sent once more. `false` when it does not wait for one.
pub async fn reviewed(
    tx: &mut PgConnection,
    store_id: StoreId,
    refund_id: RefundId,
    done: Option<&str>,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let written = sqlx::query!(
        "update refund set state = case when $3::text is null then 'pending' else 'done' end, aid = $3, tries = 0, lease_until = null,
                next_try_at = case when $3::text is null then $4::timestamptz end, updated_at = $4
         where store_id = $1 and refund_id = $2 and state = 'needs_review'",
        store_id.0,
        refund_id.0,
        done,
        to_utc(now)
    );
    Ok(written.execute(tx).await?.rows_affected() == 1)
}
