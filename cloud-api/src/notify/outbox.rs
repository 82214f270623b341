//! The sender: takes a due message, asks whether it still says the truth, sends it, and writes down what came of it.

use std::time::Duration;

use anyhow::Context;
use futures_util::StreamExt;
use serde_json::Value;
use shared::order::Order;
use shared::phone::PhoneNumber;

use super::alimtalk::{AlimTalk, Sent};
use crate::app::{App, AppState};
use crate::db::in_time;
use crate::db::notifications::{self, Claimed, Fate};
use crate::db::personal::{self, OrderPrivate, Subject};
use crate::orders::Template;
use crate::{lease, token};

/// How often the table is looked at when nobody wakes us.
const POLL: Duration = Duration::from_millis(500);
/// Messages of one round.
const BATCH: i64 = 20;
/// Messages under way at the same time.
const AT_ONCE: usize = 8;
/// Seconds before a message is looked at again whose order could not be read.
const UNSETTLED_RETRY_S: i64 = 30;
/// Tries of one message; four to five minutes with the delays below.
const MAX_TRIES: i32 = 8;
/// Seconds before the second try; doubled for each one after it.
const FIRST_RETRY_S: i64 = 2;

/// Sends until the process stops.
pub async fn run(app: App) {
    let client = match AlimTalk::new(app.config.alimtalk.clone()) {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "AlimTalk cannot be used; messages stay in the outbox"),
    };
    while !app.shutdown.is_cancelled() {
        match send_due(&app, &client).await {
            Ok(sent) if sent > 0 => {}
            outcome => {
                if let Err(error) = outcome {
                    tracing::warn!(error = format!("{error:#}"), "messages could not be sent");
                }
                tokio::select! {
                    () = app.wake.notifications.notified() => {}
                    () = tokio::time::sleep(POLL) => {}
                    () = app.shutdown.cancelled() => {}
                }
            }
        }
    }
}

/// One round; says how many messages it settled or tried.
pub async fn run_once(app: &App) -> anyhow::Result<usize> {
    send_due(app, &AlimTalk::new(app.config.alimtalk.clone())?).await
}

async fn send_due(app: &AppState, client: &AlimTalk) -> anyhow::Result<usize> {
    let claimed = notifications::claim(&app.db, app.clock.now(), BATCH).await?;
    let count = claimed.len();
    // Side by side: a message that cannot be settled holds up no other.
    let round = futures_util::stream::iter(&claimed).for_each_concurrent(AT_ONCE, async |message| {
        if let Err(error) = settle_one(app, client, message).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "a message's fate could not be written; its lease will end"
            );
        }
    });
    lease::held(round, || notifications::renew(&app.db, &claimed, app.clock.now())).await;
    Ok(count)
}

async fn settle_one(app: &AppState, client: &AlimTalk, message: &Claimed) -> anyhow::Result<()> {
    let fate = settle(app, client, message).await.unwrap_or_else(|error| {
        let why = format!("{error:#}");
        if message.tries >= MAX_TRIES {
            Fate::Failed(why)
        } else {
            Fate::Later { seconds: UNSETTLED_RETRY_S, why }
        }
    });
    metrics::counter!("notifications", "template" => message.template.clone(), "fate" => fate.name())
        .increment(1);
    notifications::finish(&app.db, message, &fate, app.clock.now()).await?;
    Ok(())
}

/// What the message is about and for whom.
async fn read(app: &AppState, message: &Claimed) -> anyhow::Result<(Order, OrderPrivate)> {
    let mut connection = app.db.acquire().await?;
    let order = crate::db::orders::read(&mut connection, message.store_id, message.order_id)
        .await?
        .context("a message belongs to an order")?;
    let subject = Subject::Order(message.store_id, message.order_id);
    let private = personal::get::<OrderPrivate>(&mut *connection, &app.vault, subject).await?;
    Ok((order.order, private.unwrap_or_default()))
}

/// Decides and sends; every outcome is a fate that the log keeps.
async fn settle(app: &AppState, client: &AlimTalk, message: &Claimed) -> anyhow::Result<Fate> {
    let Some(template) = Template::from_code(&message.template) else {
        return Ok(Fate::Failed("the template is not known to this version".to_owned()));
    };
    let (order, private) = in_time(read(app, message)).await?;
    let phase = order.phase.name();
    if !template.describes(phase) {
        return Ok(Fate::Dropped(format!("the order is {} by now", phase.as_str())));
    }
    let Some(phone) = private.phone.as_deref().and_then(PhoneNumber::parse) else {
        return Ok(Fate::Failed("the customer left no phone number, or it was erased".to_owned()));
    };
    let link = token::link(&app.config.signing_key, "order", message.order_id.0);
    let mut variables = message.variables.as_object().cloned().unwrap_or_default();
    variables.insert("주문주소".to_owned(), Value::String(format!("{}/o/{link}", app.config.public_url)));
    let key = message.notification_id.0;
    match client.send(key, template.code(), &phone, &variables, message.order_id.0).await {
        Sent::Accepted { request_id } => Ok(Fate::Sent { request_id }),
        Sent::Refused(why) => Ok(Fate::Failed(why)),
        Sent::TryAgain(why) if message.tries >= MAX_TRIES => Ok(Fate::Failed(format!("given up: {why}"))),
        Sent::TryAgain(why) => {
            Ok(Fate::Later { seconds: FIRST_RETRY_S << (message.tries - 1).clamp(0, 8), why })
        }
    }
}
