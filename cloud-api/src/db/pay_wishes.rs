//! Customers who want to hear when KakaoPay works again, and when it last did not.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::id::{CustomerId, StoreId};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::clock::{to_ms, to_utc};

/// Only one process at a time tells customers, so that together they keep the pace.
const TELLING_LOCK: i64 = 0x7061_795f_7769_7368;

/// A customer's wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayWish {
    pub wish_id: Uuid,
    pub customer_id: CustomerId,
    pub store_id: StoreId,
    /// When the order session that waits to be paid was begun.
    pub session_created: TimeMs,
    pub asked_at: TimeMs,
    pub expires_at: TimeMs,
}

/// How a wish ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WishFate {
    Told,
    Paid,
    StoreClosed,
    SessionGone,
    NoPhone,
    Expired,
}

impl WishFate {
    /// The name in the database and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Paid => "paid",
            Self::StoreClosed => "store_closed",
            Self::SessionGone => "session_gone",
            Self::NoPhone => "no_phone",
            Self::Expired => "expired",
        }
    }
}

struct Row {
    wish_id: Uuid,
    customer_id: Uuid,
    store_id: Uuid,
    session_created: DateTime<Utc>,
    asked_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<Row> for PayWish {
    fn from(row: Row) -> Self {
        Self {
            wish_id: row.wish_id,
            customer_id: CustomerId(row.customer_id),
            store_id: StoreId(row.store_id),
            session_created: to_ms(row.session_created),
            asked_at: to_ms(row.asked_at),
            expires_at: to_ms(row.expires_at),
        }
    }
}

/// Keeps a customer's wish in place of the one before; the same one again only lives longer.
pub async fn put(db: impl PgExecutor<'_>, wish: &PayWish) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into pay_wish (customer_id, wish_id, store_id, session_created, asked_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (customer_id) do update
         set wish_id = excluded.wish_id, store_id = excluded.store_id, session_created = excluded.session_created,
             asked_at = excluded.asked_at, expires_at = excluded.expires_at, ended_at = null, fate = null",
        wish.customer_id.0,
        wish.wish_id,
        wish.store_id.0,
        to_utc(wish.session_created),
        to_utc(wish.asked_at),
        to_utc(wish.expires_at)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// KakaoPay's circuit breaker was seen open.
pub async fn saw_trouble(db: impl PgExecutor<'_>, now: TimeMs) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into kakaopay_trouble (seen_at) values ($1)
         on conflict (the_only) do update set seen_at = greatest(kakaopay_trouble.seen_at, excluded.seen_at)",
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends wishes that are too old; how many.
pub async fn expire(db: impl PgExecutor<'_>, now: TimeMs) -> Result<u64, sqlx::Error> {
    let ended = sqlx::query!(
        "update pay_wish set ended_at = $1, fate = 'expired' where ended_at is null and expires_at <= $1",
        to_utc(now)
    );
    Ok(ended.execute(db).await?.rows_affected())
}

/// Wishes that wait, the oldest first.
pub async fn waiting(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<PayWish>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select wish_id, customer_id, store_id, session_created, asked_at, expires_at
         from pay_wish where ended_at is null order by asked_at limit $1",
        limit
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(PayWish::from).collect())
}

/// The wish with this id, whether it waits or not; `None` when the customer has a newer one.
pub async fn find(db: impl PgExecutor<'_>, wish_id: Uuid) -> Result<Option<PayWish>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select wish_id, customer_id, store_id, session_created, asked_at, expires_at from pay_wish where wish_id = $1",
        wish_id
    );
    Ok(row.fetch_optional(db).await?.map(PayWish::from))
}

/// When KakaoPay was last seen in trouble, and when customers were last told that it works.
pub async fn history(db: impl PgExecutor<'_>) -> Result<(Option<TimeMs>, Option<TimeMs>), sqlx::Error> {
    let row = sqlx::query!(
        "select (select seen_at from kakaopay_trouble) as trouble,
                (select max(ended_at) from pay_wish where fate = 'told') as told"
    )
    .fetch_one(db)
    .await?;
    Ok((row.trouble.map(to_ms), row.told.map(to_ms)))
}

/// Whether this transaction is the one that tells customers now.
pub async fn may_tell(tx: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!("select pg_try_advisory_xact_lock($1) as \"mine!\"", TELLING_LOCK).fetch_one(tx).await
}

/// Ends a wish; `false` when it ended, or was replaced, meanwhile.
pub async fn end(
    tx: &mut PgConnection,
    wish: &PayWish,
    fate: WishFate,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        "update pay_wish set ended_at = $3, fate = $4 where customer_id = $1 and wish_id = $2 and ended_at is null",
        wish.customer_id.0,
        wish.wish_id,
        to_utc(now),
        fate.as_str()
    );
    Ok(ended.execute(tx).await?.rows_affected() > 0)
}

/// Whether the customer paid any order since they asked.
pub async fn was_paid_since(db: impl PgExecutor<'_>, wish: &PayWish) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (select 1 from customer_order c join orders o on o.store_id = c.store_id and o.order_id = c.order_id
                        where c.customer_id = $1 and o.placed_at >= $2) as \"paid!\"",
        wish.customer_id.0,
        to_utc(wish.asked_at)
    )
    .fetch_one(db)
    .await
}

/// KakaoPay's number of a store's newest payment: something to ask KakaoPay about.
pub async fn newest_tid(db: impl PgExecutor<'_>, store_id: StoreId) -> Result<Option<String>, sqlx::Error> {
    let tid = sqlx::query_scalar!(
        "select tid as \"tid!\" from payment_attempt where store_id = $1 and tid is not null
         order by attempt_id desc limit 1",
        store_id.0
    );
    tid.fetch_optional(db).await
}
