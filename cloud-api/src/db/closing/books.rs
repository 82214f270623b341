//! Everything of a day that is compared, read as it stands in the tables: a handful of statements, whatever the day's size. Nothing is
//! believed here; what cannot be read is a difference, not an error.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::id::{DayId, StoreId};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// The day's row, with the end of the store's log.
#[derive(Debug, Clone)]
pub struct DayRow {
    pub state: String,
    /// As the domain writes it; absent in days of before.
    pub day: Option<Value>,
    pub first_seq: i64,
    pub stream_gen: i32,
    pub next_number: i32,
    pub epoch: i32,
    pub last_seq: i64,
    pub last_hash: Vec<u8>,
    /// The last event before a later day began; absent for the latest day.
    pub last_of_day: Option<i64>,
    pub began_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    /// Its stream was removed for good.
    pub is_archived: bool,
}

/// An event.
#[derive(Debug, Clone)]
pub struct EventRow {
    pub seq: i64,
    pub epoch: i32,
    pub day_id: Uuid,
    pub kind: String,
    pub v: i16,
    pub order_id: Option<Uuid>,
    pub body: Vec<u8>,
    pub hash: Vec<u8>,
}

/// An order with its lines as the log writes them.
#[derive(Debug, Clone)]
pub struct OrderRow {
    pub order_id: Uuid,
    pub customer_id: Uuid,
    /// Whether the customer's own list has it.
    pub in_directory: bool,
    pub day_id: Option<Uuid>,
    pub version: i32,
    pub phase: String,
    pub state: Value,
    pub number: Option<i32>,
    pub call_name: Option<String>,
    pub mode: String,
    pub total: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub points: i64,
    pub refunded: i64,
    pub refund_promised: i64,
    pub conflict: Option<String>,
    pub has_request: bool,
    pub placed_at: Option<DateTime<Utc>>,
    pub pick_up_at: Option<DateTime<Utc>>,
    pub lines: Value,
}

/// A payment attempt.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    pub attempt_id: Uuid,
    pub order_id: Uuid,
    pub state: String,
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub tid: Option<String>,
    pub aid: Option<String>,
    pub method: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    pub failure_code: Option<String>,
    pub refunds: Vec<RefundRow>,
}

/// A refund.
#[derive(Debug, Clone)]
pub struct RefundRow {
    pub refund_id: Uuid,
    pub order_id: Uuid,
    pub reason: String,
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub expected_remaining: i64,
    pub state: String,
    pub aid: Option<String>,
}

/// What [`events`] read: those of the books, the one before them, the day's after them, and those of the day's orders that stand
/// elsewhere in the log.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pub before: Option<EventRow>,
    pub books: Vec<EventRow>,
    pub after: Vec<EventRow>,
    pub elsewhere: Vec<EventRow>,
}

/// The day and the end of the log.
pub async fn read_day(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
) -> Result<Option<DayRow>, sqlx::Error> {
    sqlx::query_as!(
        DayRow,
        "select d.state, d.day, d.first_seq, d.stream_gen, d.next_number, c.epoch, c.last_seq, c.last_hash, d.closed_at,
                (select min(n.first_seq) - 1 from business_day n where n.store_id = d.store_id and n.first_seq > d.first_seq)
                    as last_of_day,
                (select e.created_at from store_event e where e.store_id = d.store_id and e.seq = d.first_seq) as began_at,
                exists (select 1 from day_close x where x.store_id = d.store_id and x.day_id = d.day_id and x.archived_at is not null)
                    as \"is_archived!\"
         from business_day d join store_cursor c on c.store_id = d.store_id where d.store_id = $1 and d.day_id = $2",
        store_id.0,
        day_id.0
    )
    .fetch_optional(db)
    .await
}

macro_rules! events {
    ($condition:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            EventRow,
            "select seq, epoch, day_id, kind, v, order_id, body, hash from store_event where store_id = $1 and " + $condition
                + " order by seq",
            $($argument),+
        )
    };
}

/// The events from `first` to `upto` and on to `end`, with everything else that happened to their orders and to `orders`.
pub async fn events(
    tx: &mut PgConnection,
    store_id: StoreId,
    (first, upto, end): (i64, i64, i64),
    orders: &[Uuid],
) -> Result<Rows, sqlx::Error> {
    let mut books =
        events!("seq >= $2 and seq <= $3", store_id.0, first - 1, end).fetch_all(&mut *tx).await?;
    let before = books.first().is_some_and(|event| event.seq < first).then(|| books.remove(0));
    let cut = books.partition_point(|event| event.seq <= upto);
    let after = books.split_off(cut);
    let mentioned: BTreeSet<Uuid> =
        books.iter().chain(&after).filter_map(|event| event.order_id).chain(orders.iter().copied()).collect();
    let mentioned: Vec<Uuid> = mentioned.into_iter().collect();
    let elsewhere =
        events!("order_id = any($2) and (seq < $3 or seq > $4)", store_id.0, &mentioned, first, end)
            .fetch_all(&mut *tx)
            .await?;
    Ok(Rows { before, books, after, elsewhere })
}

/// The ids of a day's orders.
async fn order_ids(
    tx: &mut PgConnection,
    store_id: StoreId,
    day_id: DayId,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select order_id from orders where store_id = $1 and day_id = $2 order by number",
        store_id.0,
        day_id.0
    )
    .fetch_all(tx)
    .await
}

/// The orders of a day and those that its events are about, with the events of `span`: the first, the last of the books, the last.
pub async fn read_orders(
    tx: &mut PgConnection,
    store_id: StoreId,
    day_id: DayId,
    span: (i64, i64, i64),
) -> Result<(Rows, Vec<OrderRow>), sqlx::Error> {
    let mut ids = order_ids(tx, store_id, day_id).await?;
    let rows = events(tx, store_id, span, &ids).await?;
    ids.extend(rows.books.iter().chain(&rows.after).filter_map(|event| event.order_id));
    ids.sort_unstable();
    ids.dedup();
    let orders = sqlx::query_as!(
        OrderRow,
        "with line as (
             select order_id, json_agg(json_build_object('item', item_key, 'name', name, 'quantity', quantity, 'unit_price', unit_price,
                    'amount', amount, 'tax_free', tax_free, 'options', options) order by line_no) as lines
             from order_item where store_id = $1 and order_id = any($2) group by order_id)
         select o.order_id, o.customer_id, o.day_id, o.version, o.phase, o.state, o.number, o.call_name, o.mode, o.total, o.tax_free,
                o.vat, o.points, o.refunded, o.refund_promised, o.conflict, o.has_request, o.placed_at, o.pick_up_at,
                exists (select 1 from customer_order c where c.customer_id = o.customer_id and c.order_id = o.order_id
                        and c.store_id = o.store_id) as \"in_directory!\",
                coalesce(line.lines, '[]') as \"lines!\"
         from orders o left join line on line.order_id = o.order_id
         where o.store_id = $1 and o.order_id = any($2) order by o.number, o.order_id",
        store_id.0,
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    Ok((rows, orders))
}

/// The payments of these orders and all that were begun between two moments, with their refunds. An order that was never placed has no
/// day, but its money is somebody's; one that was paid for on another day has all its payments there.
pub async fn payments(
    tx: &mut PgConnection,
    (store_id, day_id): (StoreId, DayId),
    orders: &[Uuid],
    from: DateTime<Utc>,
    to: Option<DateTime<Utc>>,
) -> Result<Vec<AttemptRow>, sqlx::Error> {
    let attempts = sqlx::query!(
        "select attempt_id, order_id, state, amount, tax_free, vat, tid, aid, method, approved_at, failure_code from payment_attempt a
         where store_id = $1 and (order_id = any($2) or (created_at between $3 and coalesce($4, 'infinity'::timestamptz)
             and not exists (select 1 from orders o where o.store_id = $1 and o.order_id = a.order_id and o.day_id <> $5)))
         order by created_at, attempt_id",
        store_id.0,
        orders,
        from,
        to,
        day_id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<Uuid> = attempts.iter().map(|attempt| attempt.attempt_id).collect();
    let refunds = sqlx::query!(
        "select attempt_id, refund_id, order_id, reason, amount, tax_free, vat, expected_remaining, state, aid from refund
         where store_id = $1 and attempt_id = any($2) order by created_at, refund_id",
        store_id.0,
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut by_attempt = std::collections::HashMap::<Uuid, Vec<RefundRow>>::new();
    for row in refunds {
        by_attempt.entry(row.attempt_id).or_default().push(RefundRow {
            refund_id: row.refund_id,
            order_id: row.order_id,
            reason: row.reason,
            amount: row.amount,
            tax_free: row.tax_free,
            vat: row.vat,
            expected_remaining: row.expected_remaining,
            state: row.state,
            aid: row.aid,
        });
    }
    let attempts = attempts.into_iter().map(|row| AttemptRow {
        refunds: by_attempt.remove(&row.attempt_id).unwrap_or_default(),
        attempt_id: row.attempt_id,
        order_id: row.order_id,
        state: row.state,
        amount: row.amount,
        tax_free: row.tax_free,
        vat: row.vat,
        tid: row.tid,
        aid: row.aid,
        method: row.method,
        approved_at: row.approved_at,
        failure_code: row.failure_code,
    });
    Ok(attempts.collect())
}

/// The orders that ledger entries of these attempts name, whatever the attempts say themselves.
pub async fn ledger_orders(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    attempts: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct order_id from ledger_entry where store_id = $1 and attempt_id = any($2)",
        store_id.0,
        attempts
    )
    .fetch_all(db)
    .await
}
