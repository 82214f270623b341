//! Order sessions in Redis, sealed, because what a customer asks of the store is personal. A change is a compare-and-set on the exact
//! bytes that were read, so that two phones of one customer never overwrite each other.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{AsyncCommands, Script};
use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::id::{CustomerId, OrderId, StoreId};
use shared::session::{OrderSession, SessionVersion};

use crate::app::{App, AppState};
use crate::db;

/// A session that nobody changed for this long is gone.
const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// Attempts of one change when others change the session at the same time.
const MAX_TRIES: usize = 8;

/// Writes (or with an empty text deletes) only when the value is still what was read; an empty text stands for no value.
static COMPARE_AND_SET: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now = redis.call('GET', KEYS[1]) or ''
         if now ~= ARGV[1] then return 0 end
         if ARGV[2] == '' then redis.call('DEL', KEYS[1])
         else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
         return 1",
    )
});

/// A session with what is known beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub session: OrderSession,
    /// The order that was made of it last, if any. Once that is paid, the session has done its work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<(StoreId, OrderId)>,
    changed_at: TimeMs,
}

impl Kept {
    /// A session that was not kept yet.
    pub fn new(session: OrderSession) -> Self {
        Self { session, order: None, changed_at: TimeMs(0) }
    }
}

/// How a session stands to the version that a button names.
#[derive(Debug)]
pub enum Found {
    Current(Kept),
    /// The same session, changed since.
    Stale(Kept),
    /// That session ended; there may be a newer one.
    Gone(Option<Kept>),
}

/// The version of a customer's order session, if there is one.
pub async fn current_version(app: &App, customer: CustomerId) -> anyhow::Result<Option<SessionVersion>> {
    Ok(read(app, customer).await?.map(|kept| kept.session.version))
}

/// The customer's session; `None` when there is none, it expired, or it was paid.
pub async fn read(app: &AppState, customer: CustomerId) -> anyhow::Result<Option<Kept>> {
    Ok(read_raw(app, customer).await?.1)
}

/// A session that waits to be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingSession {
    /// The customer wants to come at a later time.
    pub for_later: bool,
}

/// The customer's session that was begun at `created`; `None` when it is gone, empty, or was paid.
pub async fn waiting(
    app: &AppState,
    customer: CustomerId,
    created: TimeMs,
) -> anyhow::Result<Option<WaitingSession>> {
    let kept = read(app, customer).await?.map(|kept| kept.session);
    let kept = kept.filter(|session| session.version.created == created && !session.lines.is_empty());
    Ok(kept.map(|session| WaitingSession { for_later: session.pick_up_at.is_some() }))
}

/// The session, compared with the version that a button names.
pub async fn find(app: &App, customer: CustomerId, version: SessionVersion) -> anyhow::Result<Found> {
    Ok(match read(app, customer).await? {
        Some(kept) => compare(kept, version),
        None => Found::Gone(None),
    })
}

fn compare(kept: Kept, version: SessionVersion) -> Found {
    let now = kept.session.version;
    if now == version {
        Found::Current(kept)
    } else if now.created == version.created {
        Found::Stale(kept)
    } else {
        Found::Gone(Some(kept))
    }
}

/// Changes the session by a function that sees what is there and says what shall be there, with a value of its own. It may run several
/// times; `None` in its first place leaves everything as it is.
pub async fn change<T>(
    app: &App,
    customer: CustomerId,
    mut decide: impl FnMut(Option<Kept>) -> (Option<Change>, T),
) -> anyhow::Result<T> {
    for _ in 0..MAX_TRIES {
        let (raw, kept) = read_raw(app, customer).await?;
        let (change, value) = decide(kept);
        let Some(change) = change else { return Ok(value) };
        if compare_and_set(app, customer, &raw, change).await? {
            return Ok(value);
        }
    }
    anyhow::bail!("the order session changed {MAX_TRIES} times while it was being changed")
}

/// What a change leaves behind.
#[derive(Debug)]
pub enum Change {
    Keep(Kept),
    Drop,
}

/// Changes the session that a button names; another version is left alone and handed back.
pub async fn change_version<T>(
    app: &App,
    customer: CustomerId,
    version: SessionVersion,
    mut decide: impl FnMut(&mut OrderSession) -> T,
) -> anyhow::Result<(Found, Option<T>)> {
    change(app, customer, |kept| {
        let found = kept.map_or(Found::Gone(None), |kept| compare(kept, version));
        match found {
            Found::Current(mut kept) => {
                let value = decide(&mut kept.session);
                (Some(Change::Keep(kept.clone())), (Found::Current(kept), Some(value)))
            }
            Found::Stale(_) | Found::Gone(_) => (None, (found, None)),
        }
    })
    .await
}

fn key(customer: CustomerId) -> String {
    format!("{{{customer}}}:session")
}

async fn read_raw(app: &AppState, customer: CustomerId) -> anyhow::Result<(Vec<u8>, Option<Kept>)> {
    let raw: Option<Vec<u8>> = app.cache.clone().get(key(customer)).await?;
    let raw = raw.unwrap_or_default();
    let Some(kept) = open(app, customer, &raw).filter(|kept| is_alive(app, kept)) else {
        return Ok((raw, None));
    };
    let paid = match kept.order {
        Some((store, order)) => db::customer_orders::was_placed(&app.db, store, order).await?,
        None => false,
    };
    Ok((raw, (!paid).then_some(kept)))
}

/// Ties the sealed bytes to the customer whose key they lie under.
fn context(customer: CustomerId) -> String {
    format!("session:{customer}")
}

/// What cannot be opened or read counts as lost, which costs the customer a tap.
fn open(app: &AppState, customer: CustomerId, raw: &[u8]) -> Option<Kept> {
    let plain = app.vault.open_short(&context(customer), raw).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// Until when a session lives that was changed then.
pub fn expires_at(changed_at: TimeMs) -> TimeMs {
    changed_at.plus_ms(i64::try_from(LIFETIME.as_millis()).unwrap_or(i64::MAX))
}

fn is_alive(app: &AppState, kept: &Kept) -> bool {
    app.clock.now_ms() <= expires_at(kept.changed_at)
}

async fn compare_and_set(
    app: &App,
    customer: CustomerId,
    raw: &[u8],
    change: Change,
) -> anyhow::Result<bool> {
    let next = match change {
        Change::Keep(mut kept) => {
            kept.changed_at = app.clock.now_ms();
            app.vault.seal_short(&context(customer), &serde_json::to_vec(&kept)?)
        }
        Change::Drop => Vec::new(),
    };
    let lifetime = u64::try_from(LIFETIME.as_millis()).unwrap_or(u64::MAX);
    let mut cache = app.cache.clone();
    let set: i32 =
        COMPARE_AND_SET.key(key(customer)).arg(raw).arg(next).arg(lifetime).invoke_async(&mut cache).await?;
    Ok(set == 1)
}
