//! Payment attempts: one KakaoPay `ready … approve` life each.
//!
//! Every change is a compare-and-swap on the state, and on the fence where a worker holds a lease: a worker that was paused past its
//! lease writes nothing.

mod claim;
mod settle;

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::{AttemptId, CustomerId, OrderId, StoreId};
use sqlx::PgConnection;

use crate::clock::to_utc;

pub use claim::{claim_approval, claim_look, oldest_unknown_seconds, renew, to_approve, to_look_at};
pub use settle::{
    Taken, another_captures, approve_again, ended, look_again, look_at_late, look_now, reviewed, taken,
    unknown,
};

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptState {
    /// `ready` is on its way; no tid yet.
    ReadySent,
    /// The answer to `ready` was lost. Its tid, if there is one, can never be approved.
    ReadyUnknown,
    /// The payer can authenticate.
    ReadyOk,
    /// The payer came back; a worker shall take the money.
    ApproveRequested,
    /// `approve` is on its way.
    ApproveSent,
    /// Whether the money was taken has to be asked.
    ApproveUnknown,
    /// The money is ours.
    Approved,
    /// KakaoPay said no, or the payer stopped.
    Failed,
    /// We decided not to take the money.
    Abandoned,
    /// The payer did not come back in time.
    Expired,
    /// A person has to look at it.
    NeedsReview,
}

impl AttemptState {
    /// Every state.
    pub const ALL: [Self; 11] = [
        Self::ReadySent,
        Self::ReadyUnknown,
        Self::ReadyOk,
        Self::ApproveRequested,
        Self::ApproveSent,
        Self::ApproveUnknown,
        Self::Approved,
        Self::Failed,
        Self::Abandoned,
        Self::Expired,
        Self::NeedsReview,
    ];

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadySent => "ready_sent",
            Self::ReadyUnknown => "ready_unknown",
            Self::ReadyOk => "ready_ok",
            Self::ApproveRequested => "approve_requested",
            Self::ApproveSent => "approve_sent",
            Self::ApproveUnknown => "approve_unknown",
            Self::Approved => "approved",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
            Self::NeedsReview => "needs_review",
        }
    }

    /// Whether money may be moving: nobody may pay the order a second time now.
    pub fn is_in_flight(self) -> bool {
        match self {
            Self::ApproveRequested | Self::ApproveSent | Self::ApproveUnknown | Self::NeedsReview => true,
            Self::ReadySent
            | Self::ReadyUnknown
            | Self::ReadyOk
            | Self::Approved
            | Self::Failed
            | Self::Abandoned
            | Self::Expired => false,
        }
    }
}

impl std::str::FromStr for AttemptState {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == name);
        known.ok_or_else(|| format!("unknown attempt state {name:?}"))
    }
}

/// An attempt, with the columns' own types.
#[derive(Clone)]
pub struct Attempt {
    pub store_id: StoreId,
    pub attempt_id: AttemptId,
    pub order_id: OrderId,
    pub state: AttemptState,
    /// Won.
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub tid: Option<String>,
    /// Secrets of the payer.
    pub redirects: Option<Redirects>,
    pub pg_token_sealed: Option<Vec<u8>>,
    pub aid: Option<String>,
    /// Present exactly when we know that money was taken.
    pub approved_at: Option<DateTime<Utc>>,
    /// Our own clock's 15 minutes.
    pub expires_at: DateTime<Utc>,
    pub requested_at: Option<DateTime<Utc>>,
    pub fence: i64,
    /// How often `approve` was sent.
    pub tries: i32,
    pub failure_code: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// KakaoPay's pages for one payment.
#[derive(Clone)]
pub struct Redirects {
    pub pc: String,
    pub mobile: String,
    pub app: String,
}

struct Row {
    store_id: uuid::Uuid,
    attempt_id: uuid::Uuid,
    order_id: uuid::Uuid,
    state: String,
    amount: i64,
    tax_free: i64,
    vat: i64,
    tid: Option<String>,
    redirect_pc: Option<String>,
    redirect_mobile: Option<String>,
    redirect_app: Option<String>,
    pg_token_sealed: Option<Vec<u8>>,
    aid: Option<String>,
    approved_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    requested_at: Option<DateTime<Utc>>,
    fence: i64,
    tries: i32,
    failure_code: Option<String>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Attempt {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let redirects = match (row.redirect_pc, row.redirect_mobile, row.redirect_app) {
            (Some(pc), Some(mobile), Some(app)) => Some(Redirects { pc, mobile, app }),
            _ => None,
        };
        Ok(Self {
            store_id: StoreId(row.store_id),
            attempt_id: AttemptId(row.attempt_id),
            order_id: OrderId(row.order_id),
            state: row.state.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?,
            amount: row.amount,
            tax_free: row.tax_free,
            vat: row.vat,
            tid: row.tid,
            redirects,
            pg_token_sealed: row.pg_token_sealed,
            aid: row.aid,
            approved_at: row.approved_at,
            expires_at: row.expires_at,
            requested_at: row.requested_at,
            fence: row.fence,
            tries: row.tries,
            failure_code: row.failure_code,
            created_at: row.created_at,
        })
    }
}

/// The columns of [`Row`].
macro_rules! attempts {
    ($query:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select store_id, attempt_id, order_id, state, amount, tax_free, vat, tid, redirect_pc, redirect_mobile, redirect_app,
                    pg_token_sealed, aid, approved_at, expires_at, requested_at, fence, tries, failure_code, created_at
             from payment_attempt " + $query
            $(, $argument)*
        )
    };
}

/// Whether money of an order may be moving right now: then the order must neither be replaced nor cancelled as unpaid.
pub async fn in_flight(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (select 1 from payment_attempt where store_id = $1 and order_id = $2
             and state in ('approve_requested', 'approve_sent', 'approve_unknown', 'needs_review')) as \"moving!\"",
        store_id.0,
        order_id.0
    )
    .fetch_one(db)
    .await
}

/// All attempts of an order, newest first, at most `limit`.
pub async fn of_order(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
    limit: i64,
) -> Result<Vec<Attempt>, sqlx::Error> {
    let rows = attempts!(
        "where store_id = $1 and order_id = $2 order by created_at desc, attempt_id desc limit $3",
        store_id.0,
        order_id.0,
        limit
    );
    rows.fetch_all(db).await?.into_iter().map(Attempt::try_from).collect()
}

/// One attempt.
pub async fn find(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    attempt_id: AttemptId,
) -> Result<Option<Attempt>, sqlx::Error> {
    let row = attempts!("where store_id = $1 and attempt_id = $2", store_id.0, attempt_id.0);
    row.fetch_optional(db).await?.map(Attempt::try_from).transpose()
}

/// One attempt, held for the rest of the transaction. The order's row is held before it.
pub async fn lock(
    tx: &mut PgConnection,
    store_id: StoreId,
    attempt_id: AttemptId,
) -> Result<Option<Attempt>, sqlx::Error> {
    let row = attempts!("where store_id = $1 and attempt_id = $2 for update", store_id.0, attempt_id.0);
    row.fetch_optional(tx).await?.map(Attempt::try_from).transpose()
}

/// Who pays an order.
pub async fn payer(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<CustomerId, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select customer_id from orders where store_id = $1 and order_id = $2",
        store_id.0,
        order_id.0
    );
    Ok(CustomerId(id.fetch_one(db).await?))
}

/// A new attempt, before `ready` is sent.
pub struct NewAttempt {
    pub store_id: StoreId,
    pub attempt_id: AttemptId,
    pub order_id: OrderId,
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub expires: TimeMs,
    /// When its answer counts as lost.
    pub ready_lost: TimeMs,
}

/// Writes an attempt as `ready_sent`.
pub async fn insert(tx: &mut PgConnection, new: &NewAttempt, now: TimeMs) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payment_attempt (store_id, attempt_id, order_id, state, amount, tax_free, vat, ready_at, expires_at,
                                      next_check_at, created_at, updated_at)
         values ($1, $2, $3, 'ready_sent', $4, $5, $6, $7, $8, $9, $7, $7)",
        new.store_id.0,
        new.attempt_id.0,
        new.order_id.0,
        new.amount,
        new.tax_free,
        new.vat,
        to_utc(now),
        to_utc(new.expires),
        to_utc(new.ready_lost)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The payer can authenticate. `false` when the attempt is no longer `ready_sent`.
pub async fn ready_ok(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    attempt_id: AttemptId,
    tid: &str,
    redirects: &Redirects,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payment_attempt set state = 'ready_ok', tid = $3, redirect_pc = $4, redirect_mobile = $5, redirect_app = $6,
                next_check_at = expires_at, updated_at = $7
         where store_id = $1 and attempt_id = $2 and state = 'ready_sent'",
        store_id.0,
        attempt_id.0,
        tid,
        redirects.pc,
        redirects.mobile,
        redirects.app,
        to_utc(now)
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// `ready` did not work out.
pub async fn ready_ended(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    attempt_id: AttemptId,
    state: AttemptState,
    failure: &str,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payment_attempt set state = $3, failure_code = $4, lease_until = null, next_check_at = null, updated_at = $5
         where store_id = $1 and attempt_id = $2 and state = 'ready_sent'",
        store_id.0,
        attempt_id.0,
        state.as_str(),
        failure,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The payer came back: a worker shall take the money. `false` when the attempt is not `ready_ok`.
pub async fn request_approval(
    tx: &mut PgConnection,
    store_id: StoreId,
    attempt_id: AttemptId,
    pg_token_sealed: &[u8],
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payment_attempt set state = 'approve_requested', pg_token_sealed = $3, requested_at = $4, next_check_at = $4,
                failure_code = null, updated_at = $4
         where store_id = $1 and attempt_id = $2 and state = 'ready_ok'",
        store_id.0,
        attempt_id.0,
        pg_token_sealed,
        to_utc(now)
    );
    Ok(done.execute(tx).await?.rows_affected() == 1)
}
