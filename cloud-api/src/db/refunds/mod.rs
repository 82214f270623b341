//! Refunds: a row is the work.

mod work;

use shared::id::{AttemptId, OrderId, RefundId, StoreId};
use shared::ledger::{Payment, refund_parts};
use shared::{TimeMs, Won};
use sqlx::PgConnection;

use crate::clock::to_utc;
use crate::ledger;

pub use work::{
    ClaimedRefund, RefundState, RefundView, ReviewedRefund, claim, due, find, finish, later, of_order, renew,
    reviewed, sending,
};

/// Asks for `amount` of an order's captured payment to go back. `false` when the order has no captured payment.
///
/// One refund per attempt and reason: asking twice is asking once.
pub async fn create_for_order(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    amount: Won,
    reason: &str,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    // [`create`] takes its lock: once is enough.
    let attempt = sqlx::query_scalar!(
        "select attempt_id from payment_attempt where store_id = $1 and order_id = $2 and state = 'approved'",
        store_id.0,
        order_id.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    match attempt {
        Some(attempt) => {
            create(tx, store_id, AttemptId(attempt), amount, reason, now).await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Asks for `amount` of one attempt to go back, to be sent at once.
///
/// Its parts are [`refund_parts`]; the ledger is told in the same transaction. Asking twice for the same reason is asking once.
pub async fn create(
    tx: &mut PgConnection,
    store_id: StoreId,
    attempt_id: AttemptId,
    amount: Won,
    reason: &str,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    // The lock is a statement of its own: the next one sees what whoever held it has written.
    sqlx::query!(
        "select from payment_attempt where store_id = $1 and attempt_id = $2 for update",
        store_id.0,
        attempt_id.0
    )
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query!(
        "select a.order_id, a.amount, a.tax_free, a.vat,
                exists (select from refund same where same.store_id = $1 and same.attempt_id = $2 and same.reason = $3) as \"asked!\",
                a.amount - coalesce(sum(r.amount), 0)::bigint as \"left_amount!\",
                a.tax_free - coalesce(sum(r.tax_free), 0)::bigint as \"left_tax_free!\",
                a.vat - coalesce(sum(r.vat), 0)::bigint as \"left_vat!\"
         from payment_attempt a left join refund r on r.store_id = a.store_id and r.attempt_id = a.attempt_id
         where a.store_id = $1 and a.attempt_id = $2 group by a.order_id, a.amount, a.tax_free, a.vat",
        store_id.0,
        attempt_id.0,
        reason
    )
    .fetch_one(&mut *tx)
    .await?;
    if row.asked {
        return Ok(());
    }
    let whole = Payment { amount: row.amount, tax_free: row.tax_free, vat: row.vat };
    let left = Payment { amount: row.left_amount, tax_free: row.left_tax_free, vat: row.left_vat };
    let parts = refund_parts(whole, left, amount.get());
    let (refund_id, order_id) = (RefundId::fresh(), OrderId(row.order_id));
    sqlx::query!(
        "insert into refund (store_id, refund_id, attempt_id, order_id, reason, amount, tax_free, vat, expected_remaining,
                             state, next_try_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $10, $10)",
        store_id.0,
        refund_id.0,
        attempt_id.0,
        order_id.0,
        reason,
        amount.get(),
        parts.tax_free,
        parts.vat,
        left.amount,
        to_utc(now)
    )
    .execute(&mut *tx)
    .await?;
    let refund = ledger::Refund { store_id, refund_id, order_id, attempt_id, amount: amount.get() };
    ledger::refund_requested(tx, refund, now).await
}
