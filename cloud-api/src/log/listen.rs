//! What feeds the hub: one subscription per process, and a poll that finds whatever a lost message would have said.

use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::PubSub;
use shared::TimeMs;
use shared::id::StoreId;
use shared::wire::Canary;
use tokio::time::{Instant, sleep, timeout};

use super::stream::{CANARY_KEY, WAKE_CHANNEL};
use super::wakeup::WakeUp;
use crate::app::App;
use crate::db;

/// Time between two polls.
const POLL: Duration = Duration::from_secs(1);
/// Stores of one query.
const POLL_CHUNK: usize = 1_000;
/// How long Postgres may take before the beats say so.
const POSTGRES_PATIENCE: Duration = Duration::from_secs(3);
/// Time between two notes of which devices are connected.
const SEEN_EVERY: Duration = Duration::from_secs(30);
/// Wait before the subscription is made again.
const RESUBSCRIBE: Duration = Duration::from_secs(1);
/// How long making it may take.
const SUBSCRIBE_PATIENCE: Duration = Duration::from_secs(2);
/// The relay says something every second; a connection that is silent for this long is dead.
const MAX_SILENCE: Duration = Duration::from_secs(20);

/// Holds the subscription until shutdown.
pub(super) async fn subscribe(app: App) {
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = listen(&app) => {}
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = sleep(RESUBSCRIBE) => {}
        }
    }
}

async fn listen(app: &App) {
    let mut subscription = match timeout(SUBSCRIBE_PATIENCE, connect(app)).await {
        Ok(Ok(subscription)) => subscription,
        Ok(Err(error)) => return tracing::debug!(%error, "no subscription; the poll goes on"),
        Err(_) => return tracing::debug!("no subscription in time; the poll goes on"),
    };
    let mut messages = subscription.on_message();
    while let Ok(Some(message)) = timeout(MAX_SILENCE, messages.next()).await {
        let text: String = message.get_payload().unwrap_or_default();
        match text.parse() {
            Ok(WakeUp::Moved { store_id, cursor, stream }) => {
                app.hub.moved(store_id, cursor, stream);
                app.pages.moved(store_id);
            }
            Ok(WakeUp::Session { store_id }) => {
                refresh(app, &[store_id]).await;
                app.hub.desk_changed(store_id);
            }
            Ok(WakeUp::Pulse) => {}
            Err(error) => tracing::warn!(%error, "a message on the wake-up channel was not understood"),
        }
    }
}

/// Lets every connection say good-bye when the process is asked to stop.
pub(super) async fn close(app: App) {
    app.shutdown.cancelled().await;
    app.hub.close();
}

async fn connect(app: &App) -> redis::RedisResult<PubSub> {
    let client = redis::Client::open(app.config.redis_url.expose())?;
    let mut subscription = client.get_async_pubsub().await?;
    subscription.subscribe(WAKE_CHANNEL).await?;
    Ok(subscription)
}

/// Asks Postgres each second where the logs of connected counters end.
pub(super) async fn poll(app: App) {
    let mut seen_at = Instant::now();
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = sleep(POLL) => {}
        }
        let stores = app.hub.followed();
        for chunk in stores.chunks(POLL_CHUNK) {
            refresh(&app, chunk).await;
        }
        if let Some(canary) = read_canary(&app).await {
            app.hub.set_canary(canary);
        }
        if seen_at.elapsed() >= SEEN_EVERY {
            seen_at = Instant::now();
            let devices = app.hub.devices();
            if let Err(error) = db::devices::seen(&app.db, &devices, app.clock.now_ms()).await {
                tracing::warn!(%error, "which devices are connected could not be noted");
            }
        }
    }
}

/// Tells the hub what Postgres says of these stores.
async fn refresh(app: &App, stores: &[StoreId]) {
    let known = app.hub.known(stores);
    let asked = timeout(POSTGRES_PATIENCE, db::feeds::of(&app.db, stores, app.clock.now_ms())).await;
    app.hub.set_degraded(!matches!(asked, Ok(Ok(_))));
    let Ok(Ok(heads)) = asked else { return };
    for head in heads {
        if let Some(known) = known.get(&head.store_id) {
            app.hub.refreshed(&head, *known);
        }
    }
}

/// A session, a device, a person or a request of the store changed: connections are told at once, everywhere, and end when they have to.
pub async fn session_changed(app: &App, store_id: StoreId) {
    refresh(app, &[store_id]).await;
    app.hub.desk_changed(store_id);
    let wake_up = WakeUp::Session { store_id }.to_string();
    let mut redis = app.redis.clone();
    // Nobody waits for it: the poll of other processes finds it within a second.
    app.spawn(async move {
        let sent: redis::RedisResult<()> =
            redis::cmd("PUBLISH").arg(WAKE_CHANNEL).arg(wake_up).query_async(&mut redis).await;
        if let Err(error) = sent {
            tracing::debug!(%error, "a wake-up was not sent");
        }
    });
}

async fn read_canary(app: &App) -> Option<Canary> {
    let text: redis::RedisResult<Option<String>> =
        redis::cmd("GET").arg(CANARY_KEY).query_async(&mut app.redis.clone()).await;
    let text = text.ok()??;
    let (number, written_at) = text.split_once(' ')?;
    Some(Canary { number: number.parse().ok()?, written_at: TimeMs(written_at.parse().ok()?) })
}
