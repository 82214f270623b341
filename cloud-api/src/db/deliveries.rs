//! What became of messages that the provider took.

use chrono::{DateTime, Utc};
use shared::id::{NotificationId, StoreId};
use sqlx::PgExecutor;

/// Seconds until the provider is asked again; also until another process asks when this one died.
const ASK_AGAIN_S: i64 = 120;

/// A message whose delivery is not known yet.
#[derive(Debug, Clone)]
pub struct Undecided {
    pub store_id: StoreId,
    pub notification_id: NotificationId,
    pub template: String,
    pub request_id: String,
    /// Including this one.
    pub asks: i32,
}

/// How a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Kakao showed it.
    Kakao,
    /// Kakao failed with this code, the short message went out.
    Sms(String),
    /// Nobody got it.
    Undelivered(String),
    /// It was sent, and nobody can say more.
    Unknown(String),
}

impl Delivery {
    /// The name in the database and in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kakao => "kakao",
            Self::Sms(_) => "sms",
            Self::Undelivered(_) => "undelivered",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Kakao's code, where it says more.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Kakao => None,
            Self::Sms(code) | Self::Undelivered(code) | Self::Unknown(code) => Some(code),
        }
    }
}

/// Messages to ask about now. Asking twice does no harm, so they are only put off, not held.
pub async fn to_ask(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Undecided>, sqlx::Error> {
    let rows = sqlx::query!(
        "update notification n set ask_at = $2, asks = n.asks + 1
         from (select store_id, notification_id from notification where ask_at <= $1
               order by ask_at limit $3 for update skip locked) due
         where n.store_id = due.store_id and n.notification_id = due.notification_id
         returning n.store_id, n.notification_id, n.template, n.request_id, n.asks",
        now,
        now + chrono::Duration::seconds(ASK_AGAIN_S),
        limit
    )
    .fetch_all(db)
    .await?;
    let undecided = rows.into_iter().map(|row| Undecided {
        store_id: StoreId(row.store_id),
        notification_id: NotificationId(row.notification_id),
        template: row.template,
        request_id: row.request_id.unwrap_or_default(),
        asks: row.asks,
    });
    Ok(undecided.collect())
}

/// Writes what became of a message; nothing is asked any more.
pub async fn decide(
    db: impl PgExecutor<'_>,
    message: &Undecided,
    delivery: &Delivery,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update notification set delivery = $3, delivery_code = $4, ask_at = null
         where store_id = $1 and notification_id = $2 and ask_at is not null",
        message.store_id.0,
        message.notification_id.0,
        delivery.name(),
        delivery.code()
    )
    .execute(db)
    .await?;
    Ok(())
}
