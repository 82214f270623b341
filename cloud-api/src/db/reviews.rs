//! Reviews and their trail. What people typed is not here but in `personal_data`.

use shared::TimeMs;
use shared::id::{CustomerId, OrderId, StaffId, StoreId};
use shared::review::{HideReason, Rating, ReviewStepKind, Reviewed, Stars};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::ratings;
use crate::clock::{to_ms, to_utc};

/// A review without its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    pub stars: Stars,
    pub written_at: TimeMs,
    /// When its author changed it last.
    pub changed_at: Option<TimeMs>,
    /// When its author took it back.
    pub removed_at: Option<TimeMs>,
    pub replied_at: Option<TimeMs>,
    pub hidden: Option<(HideReason, TimeMs)>,
}

impl Review {
    /// A review of this moment.
    pub fn new(stars: Stars, now: TimeMs) -> Self {
        Self { stars, written_at: now, changed_at: None, removed_at: None, replied_at: None, hidden: None }
    }

    /// What decides about what may become of it.
    pub fn reviewed(&self) -> Reviewed {
        Reviewed { stars: self.stars, written_at: self.written_at, removed: self.removed_at.is_some() }
    }

    fn counted(&self) -> Rating {
        match self.removed_at {
            Some(_) => Rating::default(),
            None => Rating { ratings: 1, stars: i64::from(self.stars.get()) },
        }
    }
}

/// A review with what was bought.
#[derive(Debug, Clone)]
pub struct ListedReview {
    pub order_id: OrderId,
    pub review: Review,
    /// Names of what was bought, as the order called it.
    pub items: Vec<String>,
}

/// What happened to a review, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub kind: ReviewStepKind,
    /// Of the store; `None` for the author.
    pub by: Option<StaffId>,
}

/// An entry of the trail.
#[derive(Debug, Clone, Copy)]
pub struct KeptStep {
    pub order_id: OrderId,
    pub step: Step,
    pub stars: Stars,
    pub reason: Option<HideReason>,
    pub at: TimeMs,
}

/// Row of a review.
struct Row {
    order_id: Uuid,
    stars: i16,
    created_at: chrono::DateTime<chrono::Utc>,
    changed_at: Option<chrono::DateTime<chrono::Utc>>,
    removed_at: Option<chrono::DateTime<chrono::Utc>>,
    replied_at: Option<chrono::DateTime<chrono::Utc>>,
    hidden_at: Option<chrono::DateTime<chrono::Utc>>,
    hidden_reason: Option<String>,
    items: Vec<String>,
}

impl Row {
    fn read(self) -> Result<ListedReview, sqlx::Error> {
        let reason = self.hidden_reason.as_deref().and_then(HideReason::from_name);
        let review = Review {
            stars: stars(self.stars)?,
            written_at: to_ms(self.created_at),
            changed_at: self.changed_at.map(to_ms),
            removed_at: self.removed_at.map(to_ms),
            replied_at: self.replied_at.map(to_ms),
            hidden: reason.zip(self.hidden_at.map(to_ms)),
        };
        Ok(ListedReview { order_id: OrderId(self.order_id), review, items: self.items })
    }
}

fn stars(stored: i16) -> Result<Stars, sqlx::Error> {
    Stars::try_from(stored).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// The review of an order, taken back or not.
pub async fn find(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<ListedReview>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select r.order_id, r.stars, r.created_at, r.changed_at, r.removed_at, r.replied_at, r.hidden_at, r.hidden_reason,
                array(select i.name from order_item i where i.store_id = r.store_id and i.order_id = r.order_id
                      group by i.name order by min(i.line_no)) as \"items!\"
         from review r where r.store_id = $1 and r.order_id = $2",
        store_id.0,
        order_id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::read).transpose()
}

/// Reviews of a store that were not taken back, newest first, at most `limit`; `before` continues after that one.
pub async fn newest(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<ListedReview>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select r.order_id, r.stars, r.created_at, r.changed_at, r.removed_at, r.replied_at, r.hidden_at, r.hidden_reason,
                array(select i.name from order_item i where i.store_id = r.store_id and i.order_id = r.order_id
                      group by i.name order by min(i.line_no)) as \"items!\"
         from review r where r.store_id = $1 and r.removed_at is null
             and ($2::uuid is null or (r.created_at, r.order_id)
                 < (select b.created_at, b.order_id from review b where b.store_id = $1 and b.order_id = $2))
         order by r.created_at desc, r.order_id desc limit $3",
        store_id.0,
        before.map(|order| order.0),
        limit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Writes what a review has become and how, and what its store and its items are rated now. The transaction holds the order.
pub async fn save(
    tx: &mut PgConnection,
    (store_id, order_id): (StoreId, OrderId),
    customer: CustomerId,
    (old, new): (Option<&Review>, &Review),
    step: Step,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let number = sqlx::query_scalar!(
        "insert into review (store_id, order_id, customer_id, stars, created_at, changed_at, removed_at, replied_at,
                             hidden_at, hidden_reason, step)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
         on conflict (store_id, order_id) do update
             set stars = excluded.stars, changed_at = excluded.changed_at, removed_at = excluded.removed_at,
                 replied_at = excluded.replied_at, hidden_at = excluded.hidden_at, hidden_reason = excluded.hidden_reason,
                 step = review.step + 1
         returning step",
        store_id.0,
        order_id.0,
        customer.0,
        i16::from(new.stars.get()),
        to_utc(new.written_at),
        new.changed_at.map(to_utc),
        new.removed_at.map(to_utc),
        new.replied_at.map(to_utc),
        new.hidden.map(|(_, at)| to_utc(at)),
        new.hidden.map(|(reason, _)| reason.as_str())
    )
    .fetch_one(&mut *tx)
    .await?;
    let reason = new.hidden.filter(|_| step.kind == ReviewStepKind::Hidden);
    sqlx::query!(
        "insert into review_step (store_id, order_id, step, kind, stars, reason, staff_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        store_id.0,
        order_id.0,
        number,
        step.kind.as_str(),
        i16::from(new.stars.get()),
        reason.map(|(reason, _)| reason.as_str()),
        step.by.map(|staff| staff.0),
        to_utc(now)
    )
    .execute(&mut *tx)
    .await?;
    let (before, after) = (old.map_or_else(Rating::default, Review::counted), new.counted());
    let by = Rating { ratings: after.ratings - before.ratings, stars: after.stars - before.stars };
    if by == Rating::default() {
        return Ok(());
    }
    ratings::add(tx, store_id, order_id, by).await
}

/// The trails of these reviews, each oldest first.
pub async fn steps(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    orders: &[OrderId],
) -> Result<Vec<KeptStep>, sqlx::Error> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let rows = sqlx::query!(
        "select order_id, kind, stars, reason, staff_id, created_at from review_step
         where store_id = $1 and order_id = any($2) order by order_id, step",
        store_id.0,
        &ids
    )
    .fetch_all(db)
    .await?;
    let kept = rows.into_iter().filter_map(|row| {
        let kind = ReviewStepKind::from_name(&row.kind)?;
        Some(stars(row.stars).map(|stars| KeptStep {
            order_id: OrderId(row.order_id),
            step: Step { kind, by: row.staff_id.map(StaffId) },
            stars,
            reason: row.reason.as_deref().and_then(HideReason::from_name),
            at: to_ms(row.created_at),
        }))
    });
    kept.collect()
}
