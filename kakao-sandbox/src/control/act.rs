//! Being a customer without a browser; the chat page uses the same.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chat::{self, Event, NewCustomer, Pick, Sent, Tapped};
use crate::lock;
use crate::pay;
use crate::problem::{Input, Problem};
use crate::skill::Outcome;
use crate::world::World;

/// `POST /control/chat/{customer}/send`.
pub async fn send(
    State(world): State<Arc<World>>,
    Path(customer): Path<String>,
    Input(sent): Input<Sent>,
) -> Result<Json<Outcome>, Problem> {
    chat::send_text(&world, &customer, sent).await.map(Json)
}

/// `POST /control/chat/{customer}/tap`.
pub async fn tap(
    State(world): State<Arc<World>>,
    Path(customer): Path<String>,
    Input(pick): Input<Pick>,
) -> Result<Json<Tapped>, Problem> {
    chat::tap(&world, &customer, pick).await.map(Json)
}

/// `POST /control/chat/{customer}/start`: the first entry.
pub async fn control_start(
    State(world): State<Arc<World>>,
    Path(customer): Path<String>,
) -> Result<Json<Outcome>, Problem> {
    chat::start(&world, &customer).await.map(Json)
}

/// `POST /chat/{customer}/start`: the page hears the answer through its events.
pub async fn browser_start(
    State(world): State<Arc<World>>,
    Path(customer): Path<String>,
) -> Result<Json<Value>, Problem> {
    chat::start(&world, &customer).await.map(|_| Json(json!({"ok": true})))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    blocked: bool,
}

/// `POST /control/chat/{customer}/block`: the customer blocks the channel, or takes it back.
pub async fn block(
    State(world): State<Arc<World>>,
    Path(customer): Path<String>,
    Input(block): Input<Block>,
) -> Result<Json<Value>, Problem> {
    let mut chat = lock(&world.chat);
    let room = chat.room_mut(&customer);
    let room = room.ok_or_else(|| Problem::not_found("customer_unknown", "there is no such customer"))?;
    room.blocked = block.blocked;
    let _ = world.events.send(Event::Customers);
    Ok(Json(json!({"blocked": block.blocked})))
}

/// `POST /chat/customers`: the page's "add a customer".
pub async fn customers(State(world): State<Arc<World>>) -> Result<Json<Value>, Problem> {
    super::set::add_customer(State(world), Input(NewCustomer::default())).await
}

/// `POST /control/authenticate`: what the payer would do on the payment page.
pub async fn authenticate(
    State(world): State<Arc<World>>,
    Input(request): Input<pay::Authenticate>,
) -> Result<Json<Value>, Problem> {
    pay::headless(&world, &request).map(|url| Json(json!({"redirect_url": url})))
}
