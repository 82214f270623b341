//! The ledger's tables. Append-only: an entry is written once, with its lines, and the database refuses one that does not sum to zero.

use chrono::{DateTime, NaiveDate, Utc};
use shared::id::{AttemptId, OrderId, StoreId};
use shared::ledger::{Account, Line, Source, Standing};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// An entry about to be written.
#[derive(Debug)]
pub struct NewEntry<'a> {
    pub store_id: StoreId,
    pub source: Source,
    /// The attempt, refund or order that caused it; with the source, the entry's name.
    pub source_id: Uuid,
    pub order_id: OrderId,
    pub attempt_id: AttemptId,
    pub credited: Option<Credited>,
    /// KakaoPay's number of the movement.
    pub aid: Option<&'a str>,
    pub lines: &'a [Line],
    pub at: DateTime<Utc>,
}

/// How the store was credited for a completed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credited {
    pub fee_basis_points: i32,
    pub payout_date: NaiveDate,
}

/// Writes an entry with its lines. One that was written before stays as it is.
pub async fn write(tx: &mut PgConnection, new: &NewEntry<'_>) -> Result<(), sqlx::Error> {
    if new.lines.is_empty() {
        return Ok(());
    }
    let accounts: Vec<String> = new.lines.iter().map(|line| line.account.as_str().to_owned()).collect();
    let amounts: Vec<i64> = new.lines.iter().map(|line| line.amount).collect();
    sqlx::query!(
        "with entry as (
             insert into ledger_entry (store_id, source, source_id, order_id, attempt_id, fee_basis_points, payout_date, tid, aid, created_at)
             select $1, $2, $3, $4, $5, $6, $7, a.tid, $8, $9 from payment_attempt a where a.store_id = $1 and a.attempt_id = $5
             on conflict do nothing returning source_id)
         insert into ledger_line (store_id, source, source_id, account, amount)
         select $1, $2, entry.source_id, line.account, line.amount
         from entry, unnest($10::text[], $11::bigint[]) as line (account, amount)",
        new.store_id.0,
        new.source.as_str(),
        new.source_id,
        new.order_id.0,
        new.attempt_id.0,
        new.credited.map(|credited| credited.fee_basis_points),
        new.credited.map(|credited| credited.payout_date),
        new.aid,
        new.at,
        &accounts,
        &amounts
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A payment in the ledger.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stands {
    pub standing: Standing,
    /// The rate at which the store was credited.
    pub fee_basis_points: Option<i32>,
}

/// How a payment stands.
pub async fn standing(
    tx: &mut PgConnection,
    store_id: StoreId,
    attempt_id: AttemptId,
) -> Result<Stands, sqlx::Error> {
    let rows = sqlx::query!(
        "select l.account, sum(l.amount)::bigint as \"amount!\", max(e.fee_basis_points) as fee_basis_points
         from ledger_entry e
         join ledger_line l on l.store_id = e.store_id and l.source = e.source and l.source_id = e.source_id
         where e.store_id = $1 and e.attempt_id = $2 group by l.account",
        store_id.0,
        attempt_id.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().try_fold(Stands::default(), |stands, row| {
        let line = Line { account: account(&row.account)?, amount: row.amount };
        let fee_basis_points = row.fee_basis_points.or(stands.fee_basis_points);
        Ok(Stands { standing: stands.standing.and(line), fee_basis_points })
    })
}

/// The payment that a completed order keeps, and the store's rate.
pub async fn paid_by(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<(AttemptId, i32)>, sqlx::Error> {
    let row = sqlx::query!(
        "select a.attempt_id, s.fee_basis_points from payment_attempt a join store s on s.store_id = a.store_id
         where a.store_id = $1 and a.order_id = $2 and a.state = 'approved'",
        store_id.0,
        order_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (AttemptId(row.attempt_id), row.fee_basis_points)))
}

/// A captured payment, as its entry needs it.
#[derive(Debug, Clone)]
pub struct CapturedPayment {
    pub order_id: OrderId,
    /// Won.
    pub amount: i64,
    pub aid: Option<String>,
    pub approved_at: DateTime<Utc>,
}

/// A payment whose money was taken.
pub async fn captured_payment(
    tx: &mut PgConnection,
    store_id: StoreId,
    attempt_id: AttemptId,
) -> Result<Option<CapturedPayment>, sqlx::Error> {
    let row = sqlx::query!(
        "select order_id, amount, aid, approved_at as \"approved_at!\" from payment_attempt
         where store_id = $1 and attempt_id = $2 and approved_at is not null",
        store_id.0,
        attempt_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| CapturedPayment {
        order_id: OrderId(row.order_id),
        amount: row.amount,
        aid: row.aid,
        approved_at: row.approved_at,
    }))
}

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub source: Source,
    pub source_id: Uuid,
    pub order_id: OrderId,
    pub attempt_id: AttemptId,
    pub credited: Option<Credited>,
    pub tid: Option<String>,
    pub aid: Option<String>,
    pub at: DateTime<Utc>,
    pub lines: Vec<Line>,
}

/// The entries about these orders, oldest first, in one query.
pub async fn of_orders(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    orders: &[Uuid],
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query!(
        "select e.source, e.source_id, e.order_id, e.attempt_id, e.fee_basis_points, e.payout_date, e.tid, e.aid, e.created_at,
                array_agg(l.account order by l.account) as \"accounts!\", array_agg(l.amount order by l.account) as \"amounts!\"
         from ledger_entry e
         join ledger_line l on l.store_id = e.store_id and l.source = e.source and l.source_id = e.source_id
         where e.store_id = $1 and e.order_id = any($2)
         group by e.store_id, e.source, e.source_id
         order by e.created_at, e.source_id",
        store_id.0,
        orders
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let lines = row.accounts.iter().zip(row.amounts);
            let lines = lines.map(|(name, amount)| Ok(Line { account: account(name)?, amount }));
            let credited = row.fee_basis_points.zip(row.payout_date);
            let source = Source::from_name(&row.source)
                .ok_or_else(|| sqlx::Error::Decode(format!("unknown source {:?}", row.source).into()))?;
            Ok(Entry {
                source,
                source_id: row.source_id,
                order_id: OrderId(row.order_id),
                attempt_id: AttemptId(row.attempt_id),
                credited: credited
                    .map(|(fee_basis_points, payout_date)| Credited { fee_basis_points, payout_date }),
                tid: row.tid,
                aid: row.aid,
                at: row.created_at,
                lines: lines.collect::<Result<_, sqlx::Error>>()?,
            })
        })
        .collect()
}

/// The rate of a store.
pub async fn rate(db: impl PgExecutor<'_>, store_id: StoreId) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!("select fee_basis_points from store where store_id = $1", store_id.0)
        .fetch_one(db)
        .await
}

/// An order whose books do not agree with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    pub order_id: OrderId,
    pub day_id: Option<Uuid>,
    /// Won that the attempts say was taken and the refunds say went back.
    pub attempts: (i64, i64),
    /// The same in the ledger.
    pub ledger: (i64, i64),
}

/// Every order of a store for which captured − refunded is not the same in the attempts and in the ledger. An empty answer is the proof
/// that they are one; an order without a day was never placed.
pub async fn disagreements(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    limit: i64,
) -> Result<Vec<Disagreement>, sqlx::Error> {
    let rows = sqlx::query!(
        "with taken as (
             select order_id, sum(amount)::bigint as amount from payment_attempt
             where store_id = $1 and approved_at is not null group by order_id),
         back as (
             select order_id, sum(amount)::bigint as amount from refund where store_id = $1 and state = 'done' group by order_id),
         booked as (
             select e.order_id, coalesce(sum(l.amount) filter (where e.source = 'capture'), 0)::bigint as taken,
                    coalesce(-sum(l.amount) filter (where e.source = 'refund_done'), 0)::bigint as back
             from ledger_entry e
             join ledger_line l on l.store_id = e.store_id and l.source = e.source and l.source_id = e.source_id
             where e.store_id = $1 and l.account = 'kakaopay' group by e.order_id)
         select o.order_id as \"order_id!\", o.day_id, coalesce(t.amount, 0) as \"taken!\", coalesce(r.amount, 0) as \"back!\",
                coalesce(b.taken, 0) as \"ledger_taken!\", coalesce(b.back, 0) as \"ledger_back!\"
         from orders o
         left join taken t on t.order_id = o.order_id
         left join back r on r.order_id = o.order_id
         left join booked b on b.order_id = o.order_id
         where o.store_id = $1
           and (coalesce(t.amount, 0), coalesce(r.amount, 0)) is distinct from (coalesce(b.taken, 0), coalesce(b.back, 0))
         order by o.order_id limit $2",
        store_id.0,
        limit
    )
    .fetch_all(db)
    .await?;
    let found = rows.into_iter().map(|row| Disagreement {
        order_id: OrderId(row.order_id),
        day_id: row.day_id,
        attempts: (row.taken, row.back),
        ledger: (row.ledger_taken, row.ledger_back),
    });
    Ok(found.collect())
}

fn account(name: &str) -> Result<Account, sqlx::Error> {
    Account::from_name(name).ok_or_else(|| sqlx::Error::Decode(format!("unknown account {name:?}").into()))
}
