//! What became of messages that the provider took: Kakao showed it, a short message stood in, or nobody got it. The short message is the
//! provider's doing; here it is only asked for and written down.

use std::time::Duration;

use futures_util::StreamExt;

use super::alimtalk::{AlimTalk, Asked};
use crate::app::{App, AppState};
use crate::db::deliveries::{self, Delivery, Undecided};

/// Messages of one round, and how many are asked about at the same time.
const BATCH: i64 = 20;
const AT_ONCE: usize = 4;
/// Inquiries about one message; about a quarter of an hour.
const MAX_ASKS: i32 = 8;

/// How often it is looked who has to be asked about.
const POLL: Duration = Duration::from_secs(5);

/// Asks until the process stops; beside the sender, which waits for no answer of these.
pub(super) async fn run(app: App) {
    let client = match AlimTalk::new(app.config.alimtalk.clone()) {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "AlimTalk cannot be asked what became of messages"),
    };
    while !app.shutdown.is_cancelled() {
        match ask_due(&app, &client).await {
            Ok(asked) if asked > 0 => {}
            outcome => {
                if let Err(error) = outcome {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "what became of messages could not be asked"
                    );
                }
                tokio::select! {
                    () = tokio::time::sleep(POLL) => {}
                    () = app.shutdown.cancelled() => {}
                }
            }
        }
    }
}

/// One round; says how many messages it asked about.
pub async fn run_once(app: &AppState) -> anyhow::Result<usize> {
    ask_due(app, &AlimTalk::new(app.config.alimtalk.clone())?).await
}

async fn ask_due(app: &AppState, client: &AlimTalk) -> anyhow::Result<usize> {
    let undecided = deliveries::to_ask(&app.db, app.clock.now(), BATCH).await?;
    futures_util::stream::iter(&undecided)
        .for_each_concurrent(AT_ONCE, async |message| {
            if let Err(error) = ask(app, client, message).await {
                tracing::warn!(%error, "what became of a message could not be written; it is asked again");
            }
        })
        .await;
    Ok(undecided.len())
}

async fn ask(app: &AppState, client: &AlimTalk, message: &Undecided) -> Result<(), sqlx::Error> {
    let delivery = match client.ask(&message.request_id).await {
        Asked::Ended(delivery) => delivery,
        Asked::NotYet if message.asks >= MAX_ASKS => Delivery::Unknown("no answer".to_owned()),
        Asked::NotYet => return Ok(()),
    };
    metrics::counter!("notification_deliveries", "template" => message.template.clone(), "by" => delivery.name())
        .increment(1);
    if let Delivery::Undelivered(code) = &delivery {
        tracing::info!(notification_id = %message.notification_id, template = message.template, code, "a message reached nobody");
    }
    deliveries::decide(&app.db, message, &delivery).await
}
