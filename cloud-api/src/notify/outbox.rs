//! The sender: takes a due message, asks whether it still says the truth, sends it, and writes down what came of it.

use std::time::Duration;

use anyhow::Context;
use futures_util::StreamExt;
use serde_json::Value;
use shared::id::{DayId, OrderId, StoreId};
use shared::order::{Order, Phase};
use shared::phone::PhoneNumber;
use uuid::Uuid;

use super::alimtalk::{AlimTalk, Letter, Sent};
use super::shed;
use super::short::short_message;
use crate::app::{App, AppState};
use crate::db::notifications::{self, About, Claimed, Fate};
use crate::db::personal::{self, OrderPrivate, Subject};
use crate::db::{days, in_time, outbox_load, owner_numbers, pay_wishes};
use crate::orders::{Importance, Recipient, Template};
use crate::pay::again;
use crate::{lease, token};

/// How often the table is looked at when nobody wakes us.
const POLL: Duration = Duration::from_millis(500);
/// Messages of one round.
const BATCH: usize = 20;
/// Messages under way at the same time.
const AT_ONCE: usize = 8;
/// Seconds before a message is looked at again whose order could not be read.
const UNSETTLED_RETRY_S: i64 = 30;
/// Tries of one message; four to five minutes with the delays below.
const MAX_TRIES: i32 = 8;
/// Seconds before the second try; doubled for each one after it.
const FIRST_RETRY_S: i64 = 2;
const NO_NUMBER: &str = "the customer left no phone number, or it was erased";
const NO_MOBILE: &str = "the store has no mobile number to call its owner at";

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
    let claimed = notifications::claim(&app.db, app.clock.now(), BATCH as i64).await?;
    let count = claimed.len();
    if count == BATCH {
        // There may be more than can be sent in time. What is claimed already is sent in any case.
        if let Err(error) = in_time(shed_load(app)).await {
            tracing::warn!(%error, "how many messages wait could not be asked");
        }
    } else {
        Importance::ALL.into_iter().for_each(|importance| gauge(importance, 0));
    }
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

/// Gives up the least important messages when too many are due.
async fn shed_load(app: &AppState) -> Result<(), sqlx::Error> {
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    if !outbox_load::may_give_up(&mut tx).await? {
        return Ok(());
    }
    let due = outbox_load::due(&mut tx, now).await?;
    for importance in Importance::ALL {
        gauge(importance, due.iter().filter(|due| due.importance == importance).map(|due| due.count).sum());
    }
    let total: u64 = due.iter().map(|due| due.count).sum();
    let why = format!("{total} messages were due, this one was among the least important");
    let mut given_up = Vec::new();
    for (importance, count) in shed::to_give_up(&due) {
        given_up.extend(outbox_load::give_up(&mut tx, importance, count, &why, now).await?);
    }
    tx.commit().await?;
    if !given_up.is_empty() {
        tracing::warn!(
            due = total,
            given_up = given_up.len(),
            "too many messages are due; the least important were given up"
        );
    }
    for template in given_up {
        metrics::counter!("notifications", "template" => template, "fate" => "shed").increment(1);
    }
    Ok(())
}

fn gauge(importance: Importance, due: u64) {
    let due = u32::try_from(due).unwrap_or(u32::MAX);
    metrics::gauge!("notifications_due", "importance" => importance.as_str()).set(f64::from(due));
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

/// Decides and sends; every outcome is a fate that the log keeps.
async fn settle(app: &AppState, client: &AlimTalk, message: &Claimed) -> anyhow::Result<Fate> {
    let Some(template) = Template::from_code(&message.template) else {
        return Ok(Fate::Failed("the template is not known to this version".to_owned()));
    };
    let letter = match message.about {
        About::Order(order_id) => about_order(app, message, template, order_id).await?,
        About::Day(day_id) => about_day(app, message, template, day_id).await?,
        About::Wish(wish_id) => about_wish(app, message, template, wish_id).await?,
    };
    let letter = match letter {
        Ok(letter) => letter,
        Err(fate) => return Ok(fate),
    };
    match client.send(message.notification_id.0, &letter).await {
        Sent::Accepted { request_id } => Ok(Fate::Sent { request_id }),
        Sent::Refused(why) => Ok(Fate::Failed(why)),
        Sent::TryAgain(why) if message.tries >= MAX_TRIES => Ok(Fate::Failed(format!("given up: {why}"))),
        Sent::TryAgain(why) => {
            Ok(Fate::Later { seconds: FIRST_RETRY_S << (message.tries - 1).clamp(0, 8), why })
        }
    }
}

/// What the message is about and for whom.
async fn read(app: &AppState, store_id: StoreId, order_id: OrderId) -> anyhow::Result<(Order, OrderPrivate)> {
    let mut connection = app.db.acquire().await?;
    let order = crate::db::orders::read(&mut connection, store_id, order_id)
        .await?
        .context("a message belongs to an order")?;
    let subject = Subject::Order(store_id, order_id);
    let private = personal::get::<OrderPrivate>(&mut *connection, &app.vault, subject).await?;
    Ok((order.order, private.unwrap_or_default()))
}

async fn about_order(
    app: &AppState,
    message: &Claimed,
    template: Template,
    order_id: OrderId,
) -> anyhow::Result<Result<Letter, Fate>> {
    let (order, private) = in_time(read(app, message.store_id, order_id)).await?;
    let phase = order.phase.name();
    if !template.describes(phase) {
        return Ok(Err(Fate::Dropped(format!("the order is {} by now", phase.as_str()))));
    }
    // Every message about a placed order names the time at which it is cancelled.
    if matches!(order.phase, Phase::Placed { accept_by } if accept_by <= app.clock.now_ms()) {
        return Ok(Err(Fate::Dropped("the order's deadline has passed".to_owned())));
    }
    let mut variables = message.variables.as_object().cloned().unwrap_or_default();
    let fallback = short_message(template, &variables);
    let (phone, nobody) = match template.recipient() {
        Recipient::Customer => {
            let link = token::link(&app.config.signing_key, "order", order_id.0);
            let page = format!("{}/o/{link}", app.config.public_url);
            variables.insert("주문주소".to_owned(), Value::String(page));
            (private.phone, NO_NUMBER)
        }
        Recipient::Owner => {
            let callee = owner_numbers::callee(&app.db, &app.vault, message.store_id).await?;
            (Some(callee.phone), NO_MOBILE)
        }
    };
    let Some(phone) = phone.as_deref().and_then(PhoneNumber::parse) else {
        return Ok(Err(Fate::Failed(nobody.to_owned())));
    };
    Ok(Ok(Letter { template, phone, variables, about: order_id.0, fallback }))
}

/// Asked again at the last moment: paid meanwhile, closed, gone, or KakaoPay is in trouble again.
async fn about_wish(
    app: &AppState,
    message: &Claimed,
    template: Template,
    wish_id: Uuid,
) -> anyhow::Result<Result<Letter, Fate>> {
    let Some(wish) = pay_wishes::find(&app.db, wish_id).await? else {
        return Ok(Err(Fate::Dropped("the customer asked anew".to_owned())));
    };
    let phone = match again::number_to_tell(app, &wish, app.clock.now_ms()).await? {
        Ok(phone) => phone,
        Err(why) => return Ok(Err(Fate::Dropped(format!("the wish is over: {}", why.as_str())))),
    };
    if !app.kakaopay.is_available() {
        let why = "KakaoPay is in trouble again".to_owned();
        return Ok(Err(Fate::Later { seconds: UNSETTLED_RETRY_S, why }));
    }
    let variables = message.variables.as_object().cloned().unwrap_or_default();
    let fallback = short_message(template, &variables);
    Ok(Ok(Letter { template, phone, variables, about: wish_id, fallback }))
}

async fn about_day(
    app: &AppState,
    message: &Claimed,
    template: Template,
    day_id: DayId,
) -> anyhow::Result<Result<Letter, Fate>> {
    let state = in_time(days::state(&app.db, message.store_id, day_id)).await?;
    if !state.is_some_and(|state| template.describes_day(state)) {
        return Ok(Err(Fate::Dropped("the day went on meanwhile".to_owned())));
    }
    let callee = owner_numbers::callee(&app.db, &app.vault, message.store_id).await?;
    let Some(phone) = PhoneNumber::parse(&callee.phone) else {
        return Ok(Err(Fate::Failed(NO_MOBILE.to_owned())));
    };
    let variables = message.variables.as_object().cloned().unwrap_or_default();
    Ok(Ok(Letter { template, phone, variables, about: day_id.0, fallback: None }))
}
