//! What happened.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chat::Room;
use crate::lock;
use crate::pay;
use crate::world::World;

/// `GET /control/ledger?partner_order_id=&totals_only=true`.
pub async fn ledger(State(world): State<Arc<World>>, Query(part): Query<pay::Part>) -> Json<Value> {
    Json(pay::ledger(&world, &part))
}

/// `GET /control/bot-log`.
pub async fn bot_log(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({"entries": lock(&world.bot_log).entries()}))
}

/// `GET /control/skill-calls`: milliseconds.
pub async fn skill_calls(State(world): State<Arc<World>>) -> Json<Value> {
    Json(lock(&world.skill_calls).summary())
}

#[derive(Debug, Deserialize)]
pub struct To {
    to: Option<String>,
}

/// `GET /control/messages?to=`: AlimTalk accepted so far.
pub async fn messages(State(world): State<Arc<World>>, Query(query): Query<To>) -> Json<Value> {
    let only_digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted = query.to.as_deref().map(only_digits);
    let alimtalk = lock(&world.alimtalk);
    let matching = alimtalk
        .messages()
        .iter()
        .filter(|sent| wanted.as_ref().is_none_or(|to| *to == only_digits(&sent.to)));
    Json(json!({"messages": matching.collect::<Vec<_>>()}))
}

/// `GET /control/templates`.
pub async fn templates(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({"templates": lock(&world.alimtalk).templates()}))
}

/// `GET /control/customers`.
pub async fn rooms(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({"customers": lock(&world.chat).rooms().map(Room::summary).collect::<Vec<_>>()}))
}
