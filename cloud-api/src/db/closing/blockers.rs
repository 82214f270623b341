//! What stands in the way of a closing, in one statement.

use chrono::{DateTime, Utc};
use shared::id::{DayId, StoreId};
use sqlx::PgExecutor;
use uuid::Uuid;

/// Orders by what is not over about them.
#[derive(Debug, Clone, Default)]
pub struct Obstacles {
    pub open: Vec<Uuid>,
    /// A customer was sent to KakaoPay and may still come back, until then.
    pub at_kakaopay: Vec<Uuid>,
    pub at_kakaopay_until: Option<DateTime<Utc>>,
    pub under_way: Vec<Uuid>,
    pub unknown: Vec<Uuid>,
    pub needs_review: Vec<Uuid>,
    pub refund_pending: Vec<Uuid>,
    pub refund_needs_review: Vec<Uuid>,
}

/// Looks at the orders of a day, and at every payment and refund of the store: money that moves now is this day's business.
///
/// Orders that were handed over do not count: the cut completes them.
pub async fn obstacles(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
    now: DateTime<Utc>,
) -> Result<Obstacles, sqlx::Error> {
    let row = sqlx::query!(
        "select
            array(select order_id from orders where store_id = $1 and day_id = $2
                  and phase in ('reserved', 'placed', 'accepted', 'cooking', 'ready') order by number) as \"open!\",
            array(select order_id from payment_attempt where store_id = $1 and state in ('ready_sent', 'ready_ok')
                  and expires_at > $3) as \"at_kakaopay!\",
            (select max(expires_at) from payment_attempt where store_id = $1 and state in ('ready_sent', 'ready_ok')
                  and expires_at > $3) as at_kakaopay_until,
            array(select order_id from payment_attempt where store_id = $1
                  and state in ('approve_requested', 'approve_sent')) as \"under_way!\",
            array(select order_id from payment_attempt where store_id = $1 and state = 'approve_unknown') as \"unknown!\",
            array(select order_id from payment_attempt where store_id = $1 and state = 'needs_review') as \"needs_review!\",
            array(select order_id from refund where store_id = $1 and state in ('pending', 'sent', 'unknown')) as \"refund_pending!\",
            array(select order_id from refund where store_id = $1 and state = 'needs_review') as \"refund_needs_review!\"",
        store_id.0,
        day_id.0,
        now
    )
    .fetch_one(db)
    .await?;
    Ok(Obstacles {
        open: row.open,
        at_kakaopay: row.at_kakaopay,
        at_kakaopay_until: row.at_kakaopay_until,
        under_way: row.under_way,
        unknown: row.unknown,
        needs_review: row.needs_review,
        refund_pending: row.refund_pending,
        refund_needs_review: row.refund_needs_review,
    })
}
