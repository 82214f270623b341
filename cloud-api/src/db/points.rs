//! Points: entries are written once and move the customer's account by a trigger; an account never falls below zero.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::{CustomerId, OrderId, StoreId};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::clock::to_utc;

/// Why points moved. With the order and its version, the entry's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointsKind {
    /// Set aside for an order that waits for its payment.
    Held,
    /// Free again: it was never paid.
    Released,
    /// Paid a part of the order.
    Used,
    /// Came back with a refund.
    Returned,
    /// By a completed order.
    Earned,
    /// Given up with the money that they were earned by.
    Reversed,
}

impl PointsKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Held, Self::Released, Self::Used, Self::Returned, Self::Earned, Self::Reversed];

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Released => "released",
            Self::Used => "used",
            Self::Returned => "returned",
            Self::Earned => "earned",
            Self::Reversed => "reversed",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// An entry about to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewPoints {
    pub store_id: StoreId,
    pub order_id: OrderId,
    pub customer_id: CustomerId,
    pub kind: PointsKind,
    pub order_version: u32,
    pub amount: i64,
    /// With [`PointsKind::Earned`].
    pub permille: Option<i64>,
}

/// Writes an entry, which moves the account. An error where the account does not have the points; the transaction is over then.
pub async fn write(tx: &mut PgConnection, new: &NewPoints, now: TimeMs) -> Result<Uuid, sqlx::Error> {
    let entry_id = Uuid::now_v7();
    sqlx::query!(
        "insert into points_entry (store_id, entry_id, order_id, customer_id, kind, order_version, amount, permille, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.store_id.0,
        entry_id,
        new.order_id.0,
        new.customer_id.0,
        new.kind.as_str(),
        i32::try_from(new.order_version).unwrap_or(i32::MAX),
        new.amount,
        new.permille.map(|permille| i32::try_from(permille).unwrap_or(0)),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(entry_id)
}

/// Points that a customer can use now.
pub async fn available(db: impl PgExecutor<'_>, customer: CustomerId) -> Result<i64, sqlx::Error> {
    let found =
        sqlx::query_scalar!("select available from points_account where customer_id = $1", customer.0);
    Ok(found.fetch_optional(db).await?.unwrap_or(0))
}

/// The same, held for the rest of the transaction.
pub async fn hold_account(tx: &mut PgConnection, customer: CustomerId) -> Result<i64, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select available from points_account where customer_id = $1 for update",
        customer.0
    );
    Ok(found.fetch_optional(tx).await?.unwrap_or(0))
}

/// What an order earned and still has of it, with its rate in permille; `None` before it is completed.
pub async fn earned_by(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<(i64, i64)>, sqlx::Error> {
    let row = sqlx::query!(
        "select coalesce(sum(case kind when 'earned' then amount else -amount end), 0)::bigint as \"has!\",
                max(permille) as permille
         from points_entry where store_id = $1 and order_id = $2 and kind in ('earned', 'reversed')",
        store_id.0,
        order_id.0
    )
    .fetch_one(tx)
    .await?;
    Ok(row.permille.map(|permille| (row.has, i64::from(permille))))
}

/// Orders of a customer that were completed since a moment, over all stores.
pub async fn completed_since(
    db: impl PgExecutor<'_>,
    customer: CustomerId,
    since: TimeMs,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "select count(*) as \"count!\" from customer_order c join orders o on o.store_id = c.store_id and o.order_id = c.order_id
         where c.customer_id = $1 and o.phase = 'completed' and (o.state ->> 'at')::bigint >= $2",
        customer.0,
        since.0
    )
    .fetch_one(db)
    .await
}

/// A movement as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsRow {
    pub entry_id: Uuid,
    pub order_id: Uuid,
    pub customer_id: Uuid,
    pub kind: String,
    pub amount: i64,
    pub permille: Option<i32>,
    pub created_at: DateTime<Utc>,
}

/// The movements of these orders, oldest first.
pub async fn of_orders(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    orders: &[Uuid],
) -> Result<Vec<PointsRow>, sqlx::Error> {
    sqlx::query_as!(
        PointsRow,
        "select entry_id, order_id, customer_id, kind, amount, permille, created_at from points_entry
         where store_id = $1 and order_id = any($2) order by created_at, entry_id",
        store_id.0,
        orders
    )
    .fetch_all(db)
    .await
}

/// The newest movements of a customer, as (kind, points, when).
pub async fn newest(
    db: impl PgExecutor<'_>,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<(PointsKind, i64, DateTime<Utc>)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select kind, amount, created_at from points_entry
         where customer_id = $1 and amount > 0 and kind in ('used', 'returned', 'earned', 'reversed')
         order by created_at desc, entry_id desc limit $2",
        customer.0,
        limit
    )
    .fetch_all(db)
    .await?;
    let known = rows
        .into_iter()
        .filter_map(|row| Some((PointsKind::from_name(&row.kind)?, row.amount, row.created_at)));
    Ok(known.collect())
}
