//! Messages to customers and owners: outbox and log in one table.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::TimeMs;
use shared::id::{DayId, NotificationId, OrderId, StoreId};
use shared::order::Order;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::clock::{to_ms, to_utc};
use crate::db::pay_wishes::PayWish;
use crate::lease;
use crate::orders::{OrderContext, Template};

/// Seconds after which the provider is asked first what became of a message; a short message goes out tens of seconds after Kakao failed.
const FIRST_ASK_S: i64 = 90;

/// Queues a message about what `order` is now. One per template and version.
pub async fn create(
    tx: &mut PgConnection,
    context: &OrderContext,
    order: &Order,
    template: Template,
    variables: &Value,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (store_id, notification_id, order_id, customer_id, template, order_version, variables,
                                   state, next_try_at, created_at, recipient, importance)
         values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $8, $9, $10)
         on conflict (store_id, order_id, template, order_version) do nothing",
        context.store_id.0,
        NotificationId::fresh().0,
        order.id.0,
        context.customer_id.0,
        template.code(),
        i32::try_from(order.version).expect("an order has few events"),
        variables,
        to_utc(now),
        template.recipient().as_str(),
        template.importance().number()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Queues a message to the owner about a day. One per template; `false` when it was queued before.
pub async fn create_for_owner(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    day_id: DayId,
    template: Template,
    variables: &Value,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let queued = sqlx::query!(
        "insert into notification (store_id, notification_id, day_id, template, order_version, variables, state, next_try_at,
                                   created_at, recipient, importance)
         values ($1, $2, $3, $4, 0, $5, 'pending', $6, $6, 'owner', $7)
         on conflict (store_id, day_id, template) where order_id is null do nothing",
        store_id.0,
        NotificationId::fresh().0,
        day_id.0,
        template.code(),
        variables,
        to_utc(now),
        template.importance().number()
    )
    .execute(db)
    .await?;
    Ok(queued.rows_affected() > 0)
}

/// Queues a message to the customer about a wish. One per template.
pub async fn create_for_wish(
    tx: &mut PgConnection,
    wish: &PayWish,
    template: Template,
    variables: &Value,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (store_id, notification_id, wish_id, customer_id, template, order_version, variables, state,
                                   next_try_at, created_at, recipient, importance)
         values ($1, $2, $3, $4, $5, 0, $6, 'pending', $7, $7, 'customer', $8)
         on conflict (wish_id, template) where wish_id is not null do nothing",
        wish.store_id.0,
        NotificationId::fresh().0,
        wish.wish_id,
        wish.customer_id.0,
        template.code(),
        variables,
        to_utc(now),
        template.importance().number()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Order(OrderId),
    Day(DayId),
    /// A customer wants to hear when KakaoPay works again.
    Wish(Uuid),
}

/// A message that this sender holds.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub store_id: StoreId,
    pub notification_id: NotificationId,
    pub about: About,
    pub template: String,
    pub variables: Value,
    /// Including this one.
    pub tries: i32,
    fence: i64,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Sent {
        request_id: Option<String>,
    },
    /// It no longer said the truth.
    Dropped(String),
    Failed(String),
    Later {
        seconds: i64,
        why: String,
    },
}

impl Fate {
    /// The name in the database and in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Dropped(_) => "dropped",
            Self::Failed(_) => "failed",
            Self::Later { .. } => "pending",
        }
    }
}

/// Takes due messages, the most important first and of them the oldest, for the length of a [`lease`].
pub async fn claim(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let rows = sqlx::query!(
        "update notification n set state = 'sending', tries = n.tries + 1, fence = n.fence + 1, lease_until = $2, next_try_at = $2
         from (select store_id, notification_id from notification
               where next_try_at <= $1 and state in ('pending', 'sending')
               order by importance, created_at limit $3 for update skip locked) due
         where n.store_id = due.store_id and n.notification_id = due.notification_id
         returning n.store_id, n.notification_id, n.order_id, n.day_id, n.wish_id, n.template, n.variables, n.tries, n.fence, n.created_at,
                   n.importance",
        now,
        to_utc(lease::until(to_ms(now))),
        limit
    )
    .fetch_all(db)
    .await?;
    let mut claimed: Vec<((i16, DateTime<Utc>), Claimed)> = rows
        .into_iter()
        .filter_map(|row| {
            let about = match (row.order_id, row.day_id, row.wish_id) {
                (Some(order_id), _, _) => About::Order(OrderId(order_id)),
                (None, Some(day_id), _) => About::Day(DayId(day_id)),
                (None, None, Some(wish_id)) => About::Wish(wish_id),
                // The database refuses a message about nothing.
                (None, None, None) => return None,
            };
            let message = Claimed {
                store_id: StoreId(row.store_id),
                notification_id: NotificationId(row.notification_id),
                about,
                template: row.template,
                variables: row.variables,
                tries: row.tries,
                fence: row.fence,
            };
            Some(((row.importance, row.created_at), message))
        })
        .collect();
    claimed.sort_by_key(|(turn, message)| (*turn, message.notification_id));
    Ok(claimed.into_iter().map(|(_, message)| message).collect())
}

/// Their sender is still there. `false` when none of them is its own any more.
pub async fn renew(
    db: impl PgExecutor<'_>,
    messages: &[Claimed],
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let stores: Vec<uuid::Uuid> = messages.iter().map(|message| message.store_id.0).collect();
    let ids: Vec<uuid::Uuid> = messages.iter().map(|message| message.notification_id.0).collect();
    let fences: Vec<i64> = messages.iter().map(|message| message.fence).collect();
    let renewed = sqlx::query!(
        "update notification n set lease_until = $4, next_try_at = $4
         from unnest($1::uuid[], $2::uuid[], $3::bigint[]) held (store_id, notification_id, fence)
         where n.store_id = held.store_id and n.notification_id = held.notification_id and n.fence = held.fence and n.state = 'sending'",
        &stores,
        &ids,
        &fences,
        to_utc(lease::until(to_ms(now)))
    );
    Ok(renewed.execute(db).await?.rows_affected() > 0)
}

/// Writes what became of a message, unless another sender took it meanwhile.
pub async fn finish(
    db: impl PgExecutor<'_>,
    message: &Claimed,
    fate: &Fate,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (request_id, result, next_try) = match fate {
        Fate::Sent { request_id } => (request_id.clone(), None, None),
        Fate::Dropped(why) | Fate::Failed(why) => (None, Some(why.clone()), None),
        Fate::Later { seconds, why } => {
            (None, Some(why.clone()), Some(now + chrono::Duration::seconds(*seconds)))
        }
    };
    let ask_at = request_id.is_some().then(|| now + chrono::Duration::seconds(FIRST_ASK_S));
    sqlx::query!(
        "update notification set state = $4, request_id = $5, result = $6, next_try_at = $7, lease_until = null, ask_at = $9,
                finished_at = case when $7::timestamptz is null then $8::timestamptz end
         where store_id = $1 and notification_id = $2 and fence = $3",
        message.store_id.0,
        message.notification_id.0,
        message.fence,
        fate.name(),
        request_id,
        result,
        next_try,
        now,
        ask_at
    )
    .execute(db)
    .await?;
    Ok(())
}
