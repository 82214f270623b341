//! What one customer did in a while, and from when it counts.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::CustomerId;
use sqlx::{PgConnection, PgExecutor};

use crate::clock::{to_ms, to_utc};

/// A customer who is at a limit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AtLimit {
    pub customer_id: CustomerId,
    /// Orders since the given time that were never paid.
    pub unpaid_orders: i64,
    /// Mobile numbers given since the given time.
    pub numbers: i32,
}

/// The orders that a customer made since `from` and never paid, with the time of the oldest that counts. Nothing from before the limits
/// were lifted counts.
pub async fn unpaid_orders(
    db: impl PgExecutor<'_>,
    customer: CustomerId,
    from: TimeMs,
) -> Result<(i64, Option<TimeMs>), sqlx::Error> {
    let row = sqlx::query!(
        "select count(*) as \"count!\", min(c.created_at) as oldest
         from customer_order c join orders o on o.store_id = c.store_id and o.order_id = c.order_id
         where c.customer_id = $1 and o.placed_at is null and c.created_at >= $2
             and c.created_at >= coalesce((select lifted_at from customer_limit where customer_id = $1), $2)",
        customer.0,
        to_utc(from)
    )
    .fetch_one(db)
    .await?;
    Ok((row.count, row.oldest.map(to_ms)))
}

/// Payments that a customer opened since `from` and that came to nothing, with the time of the oldest.
pub async fn unpaid_attempts(
    db: impl PgExecutor<'_>,
    customer: CustomerId,
    from: TimeMs,
) -> Result<(i64, Option<TimeMs>), sqlx::Error> {
    let row = sqlx::query!(
        "select count(*) as \"count!\", min(a.created_at) as oldest
         from customer_order c join payment_attempt a on a.store_id = c.store_id and a.order_id = c.order_id
         where c.customer_id = $1 and c.created_at >= $3 and a.created_at >= $2 and a.state <> 'approved'
             and a.created_at >= coalesce((select lifted_at from customer_limit where customer_id = $1), $2)",
        customer.0,
        to_utc(from),
        // An unpaid order ends after half an hour, so older ones have no attempts of late.
        to_utc(from.plus_ms(-UNPAID_FOR_MS))
    )
    .fetch_one(db)
    .await?;
    Ok((row.count, row.oldest.map(to_ms)))
}

const UNPAID_FOR_MS: i64 = 60 * 60 * 1000;

/// Counts another mobile number of the customer; `false` when there were as many as allowed since `from`, and nothing is counted.
pub async fn count_number(
    tx: &mut PgConnection,
    customer: CustomerId,
    most: i32,
    from: TimeMs,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let counted = sqlx::query!(
        "insert into customer_limit (customer_id, numbers_given, numbers_from) values ($1, 1, $4)
         on conflict (customer_id) do update
         set numbers_given = case when customer_limit.numbers_from < $3 then 1 else customer_limit.numbers_given + 1 end,
             numbers_from = case when customer_limit.numbers_from < $3 then $4 else customer_limit.numbers_from end
         where customer_limit.numbers_from < $3 or customer_limit.numbers_given < $2",
        customer.0,
        most,
        to_utc(from),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(counted.rows_affected() > 0)
}

/// Lifts a customer's limits: nothing from before counts. `false` when there is no such customer.
pub async fn lift(
    db: impl PgExecutor<'_>,
    customer: CustomerId,
    by: &str,
    why: &str,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let lifted = sqlx::query!(
        "insert into customer_limit (customer_id, numbers_given, numbers_from, lifted_at, lifted_by, lifted_why)
         select customer_id, 0, $4, $4, $2, $3 from customer where customer_id = $1
         on conflict (customer_id) do update
         set numbers_given = 0, numbers_from = $4, lifted_at = $4, lifted_by = $2, lifted_why = $3",
        customer.0,
        by,
        why,
        now
    )
    .execute(db)
    .await?;
    Ok(lifted.rows_affected() > 0)
}

/// Customers who made as many unpaid orders since `from`, or gave as many numbers since `numbers_from`, as is allowed; the busiest first.
pub async fn at_limit(
    db: impl PgExecutor<'_>,
    orders: (i64, DateTime<Utc>),
    numbers: (i32, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<AtLimit>, sqlx::Error> {
    let rows = sqlx::query!(
        "select customer_id as \"customer_id!\", max(unpaid)::bigint as \"unpaid!\", max(numbers) as \"numbers!\"
         from (select c.customer_id, count(*) as unpaid, 0 as numbers
               from customer_order c
               join orders o on o.store_id = c.store_id and o.order_id = c.order_id
               left join customer_limit l on l.customer_id = c.customer_id
               where o.placed_at is null and c.created_at >= greatest($2, coalesce(l.lifted_at, $2))
               group by c.customer_id having count(*) >= $1
               union all
               select customer_id, 0, numbers_given from customer_limit where numbers_given >= $3 and numbers_from >= $4) q
         group by customer_id order by 2 desc, 3 desc limit $5",
        orders.0,
        orders.1,
        numbers.0,
        numbers.1,
        limit
    )
    .fetch_all(db)
    .await?;
    let found = rows.into_iter().map(|row| AtLimit {
        customer_id: CustomerId(row.customer_id),
        unpaid_orders: row.unpaid,
        numbers: row.numbers,
    });
    Ok(found.collect())
}
