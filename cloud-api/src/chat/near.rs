//! Where the customer said they are, for the rest of the conversation. Rounded to about a hundred metres, sealed, in Redis alone, and
//! forgotten after half an hour; nothing else keeps it.

use std::time::Duration;

use redis::AsyncCommands;
use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::id::CustomerId;

use super::action::Place;
use super::turn::Turn;

/// After this a place is forgotten.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How long a search waits for the place.
const PATIENCE: Duration = Duration::from_millis(200);

#[derive(Serialize, Deserialize)]
struct Kept {
    said_at: TimeMs,
    place: Place,
}

fn key(customer: CustomerId) -> String {
    format!("{{{customer}}}:near")
}

fn context(customer: CustomerId) -> String {
    format!("near:{customer}")
}

/// Remembers a place. Nobody waits for it; without it the next search measures from somewhere else.
pub fn remember(turn: &Turn<'_>, place: Place) {
    let (app, customer) = (turn.app, turn.customer.id);
    let kept = Kept { said_at: app.clock.now_ms(), place };
    let Ok(plain) = serde_json::to_vec(&kept) else { return };
    let sealed = app.vault.seal_short(&context(customer), &plain);
    let mut cache = app.cache.clone();
    app.spawn(async move {
        if let Err(error) = cache.set_ex::<_, _, ()>(key(customer), sealed, LIFETIME.as_secs()).await {
            tracing::debug!(%error, "a place could not be remembered");
        }
    });
}

/// The place of this conversation, if there is one.
pub async fn recall(turn: &Turn<'_>) -> Option<Place> {
    let (app, customer) = (turn.app, turn.customer.id);
    let mut cache = app.cache.clone();
    let read = cache.get::<_, Option<Vec<u8>>>(key(customer));
    let sealed = tokio::time::timeout(PATIENCE, read).await.ok()?.ok()??;
    let plain = app.vault.open_short(&context(customer), &sealed).ok()?;
    let kept: Kept = serde_json::from_slice(&plain).ok()?;
    let lifetime = i64::try_from(LIFETIME.as_millis()).unwrap_or(i64::MAX);
    (app.clock.now_ms().ms_since(kept.said_at) <= lifetime).then_some(kept.place)
}
