//! The transcript as JSON, and its live stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_stream::wrappers::BroadcastStream;

use super::tap::no_customer;
use super::{Chat, Event, Message};
use crate::lock;
use crate::problem::Problem;
use crate::world::World;

const BEAT: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize)]
pub struct After {
    #[serde(default)]
    after: u64,
}

/// `GET /chat/{customer}/messages?after=` and `GET /control/chat/{customer}`.
pub async fn transcript(
    State(world): State<Arc<World>>,
    Path(customer): Path<String>,
    Query(query): Query<After>,
) -> Result<Json<Value>, Problem> {
    let chat = lock(&world.chat);
    let room = chat.room(&customer).ok_or_else(|| no_customer(&customer))?;
    let messages: Vec<&Message> = room.messages.iter().filter(|message| message.seq > query.after).collect();
    let quick_replies = room
        .messages
        .iter()
        .rev()
        .find(|message| !message.quick_replies.is_empty())
        .filter(|message| room.quick_replies_live(message))
        .map(|message| message.quick_replies.clone())
        .unwrap_or_default();
    Ok(Json(json!({
        "customer": room.summary(),
        "messages": messages,
        "quick_replies": quick_replies,
        "typing": room.waiting > 0,
    })))
}

/// `GET /chat/{customer}/events`: messages after `?after=` or `Last-Event-ID`, then live.
pub async fn events(
    State(world): State<Arc<World>>,
    Path(customer): Path<String>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Problem> {
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let after = resumed.unwrap_or(query.after);
    let (past, live) = {
        let chat = lock(&world.chat);
        let room = chat.room(&customer).ok_or_else(|| no_customer(&customer))?;
        let past: Vec<sse::Event> = room
            .messages
            .iter()
            .filter(|message| message.seq > after)
            .map(message_event)
            .chain([rooms_event(&chat), typing_event(room.waiting > 0)])
            .collect();
        // Subscribed under the same lock, so nothing falls between past and live.
        (past, BroadcastStream::new(world.events.subscribe()))
    };
    let stop = world.stop.clone();
    let live = live.flat_map(move |event| {
        let events = match event {
            Ok(event) => to_sse(&world, &customer, event),
            Err(_lagged) => vec![named("reset", &json!({}))],
        };
        stream::iter(events)
    });
    let all = stream::iter(past).chain(live).map(Ok).take_until(stop.cancelled_owned());
    Ok(Sse::new(all).keep_alive(KeepAlive::new().interval(BEAT)))
}

fn to_sse(world: &World, customer: &str, event: Event) -> Vec<sse::Event> {
    let rooms = || rooms_event(&lock(&world.chat));
    match event {
        Event::Message { customer: whose, message } if whose == customer => {
            vec![message_event(&message), rooms()]
        }
        Event::Typing { customer: whose, on } if whose == customer => vec![typing_event(on)],
        Event::Typing { .. } => Vec::new(),
        Event::Message { .. } | Event::Customers => vec![rooms()],
        Event::Reset => vec![named("reset", &json!({}))],
    }
}

fn message_event(message: &Message) -> sse::Event {
    named("message", &json!(message)).id(message.seq.to_string())
}

fn typing_event(on: bool) -> sse::Event {
    named("typing", &json!({"on": on}))
}

/// More rooms than anyone looks at are not sent to the page.
const MAX_LISTED: usize = 200;

fn rooms_event(chat: &Chat) -> sse::Event {
    let rooms: Vec<Value> = chat.rooms().take(MAX_LISTED).map(super::Room::summary).collect();
    named("rooms", &Value::Array(rooms))
}

fn named(name: &str, data: &Value) -> sse::Event {
    sse::Event::default().event(name).data(data.to_string())
}
