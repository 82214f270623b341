//! What the bot asked for, so that the next typed text is understood. Kept in Redis beside the order session; when it is lost, the text is
//! searched for instead.

use std::time::Duration;

use redis::AsyncCommands;
use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::Won;
use shared::id::{CustomerId, LineId, OrderId, StoreId};
use shared::session::SessionVersion;

use crate::app::App;

/// After this a typed text is a search again.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// What the next typed text answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Expecting {
    /// A mobile number; afterwards the order is made, if one was about to be.
    Phone { then: Option<(SessionVersion, Won)> },
    /// What the store should know.
    Request { version: SessionVersion },
    /// When the customer wants to come.
    PickUp { version: SessionVersion },
    /// Where the customer is.
    Place,
    /// A line about an order.
    Review { store: StoreId, order: OrderId },
    /// How many pieces of a line.
    Quantity { version: SessionVersion, line: LineId },
}

#[derive(Serialize, Deserialize)]
struct Kept {
    asked_at: TimeMs,
    expecting: Expecting,
}

fn key(customer: CustomerId) -> String {
    format!("{{{customer}}}:expecting")
}

/// What this customer was asked last; nothing when Redis does not answer.
pub async fn read(app: &App, customer: CustomerId) -> Option<Expecting> {
    let text: Option<String> = app.cache.clone().get(key(customer)).await.ok()?;
    let kept: Kept = serde_json::from_str(&text?).ok()?;
    let patience = i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX);
    (app.clock.now_ms().ms_since(kept.asked_at) <= patience).then_some(kept.expecting)
}

/// Remembers what was asked, before the question is shown.
pub async fn remember(app: &App, customer: CustomerId, expecting: Expecting) -> anyhow::Result<()> {
    let kept = serde_json::to_string(&Kept { asked_at: app.clock.now_ms(), expecting })?;
    let () = app.cache.clone().set_ex(key(customer), kept, PATIENCE.as_secs()).await?;
    Ok(())
}

/// Forgets the question. Nobody waits for it, and a question that stays does little harm.
pub fn forget(app: &App, customer: CustomerId) {
    let mut cache = app.cache.clone();
    app.spawn(async move {
        if let Err(error) = cache.del::<_, ()>(key(customer)).await {
            tracing::debug!(%error, "a question could not be forgotten");
        }
    });
}
