//! What the bot asked for, so that the next typed text is understood. Kept in Redis beside the order session; when it is lost, the text is
//! searched for instead.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{AsyncCommands, Script};
use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::Won;
use shared::id::{CustomerId, LineId, OrderId, StoreId};
use shared::session::SessionVersion;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::app::App;
use crate::redis_link::RedisLink;

/// After this a typed text is a search again.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// How long an answer waits until the question before it is forgotten.
const FORGET_PATIENCE: Duration = Duration::from_millis(500);

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

/// Deletes only what is still as it was read: a question that was asked meanwhile stays.
static COMPARE_AND_DELETE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0",
    )
});

/// A question as it was read, to be forgotten when the turn has gone on to something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    raw: String,
    /// What it was, unless it is too old to be answered.
    pub expecting: Option<Expecting>,
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
pub async fn read(app: &App, customer: CustomerId) -> Option<Asked> {
    let raw: Option<String> = app.cache.clone().get(key(customer)).await.ok()?;
    let raw = raw?;
    let patience = i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX);
    let kept: Option<Kept> = serde_json::from_str(&raw).ok();
    let alive = kept.filter(|kept| app.clock.now_ms().ms_since(kept.asked_at) <= patience);
    Some(Asked { raw, expecting: alive.map(|kept| kept.expecting) })
}

/// Remembers what was asked, before the question is shown.
pub async fn remember(app: &App, customer: CustomerId, expecting: Expecting) -> anyhow::Result<()> {
    let kept = serde_json::to_string(&Kept { asked_at: app.clock.now_ms(), expecting })?;
    let () = app.cache.clone().set_ex(key(customer), kept, PATIENCE.as_secs()).await?;
    Ok(())
}

/// Forgets this question before the turn is answered, so that the next text does not answer it; when that takes long, behind the answer. One
/// that the next turn asks stays.
pub async fn forget(app: &App, customer: CustomerId, asked: Asked) {
    let mut cache = app.cache.clone();
    let (done, ended) = oneshot::channel::<()>();
    app.spawn(async move {
        if let Err(error) = forget_in(&mut cache, customer, &asked).await {
            tracing::debug!(%error, "a question could not be forgotten");
        }
        drop(done);
    });
    let _goes_on_behind = timeout(FORGET_PATIENCE, ended).await;
}

async fn forget_in(cache: &mut RedisLink, customer: CustomerId, asked: &Asked) -> redis::RedisResult<()> {
    crate::failpoint::reach("chat.before_forget").await?;
    COMPARE_AND_DELETE.key(key(customer)).arg(&asked.raw).invoke_async(cache).await
}
