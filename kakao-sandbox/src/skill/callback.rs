//! Callback addresses: one use, one minute, only after the skill said `useCallback`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::turn;
use crate::chat::{BlockRef, Event};
use crate::lock;
use crate::world::World;

const LIFE: TimeDelta = TimeDelta::seconds(60);
const MAX_TOKENS: usize = 10_000;

const FOR_TESTING: &str = "Invalid callback token for testing purposes.";
const INVALID_TOKEN: &str = "Invalid callback token. Check your callback token.";
const NOT_ACKNOWLEDGED: &str =
    "The skill server settings are incorrect.\nUse callback true setting required.";
const INVALID_JSON: &str = "Invalid json response from bot-skill.";

#[derive(Clone)]
struct Token {
    customer: String,
    block: BlockRef,
    issued: DateTime<Utc>,
    /// The console's bot test gets tokens that never work.
    test: bool,
    acknowledged: Option<bool>,
}

#[derive(Default)]
pub struct Callbacks {
    tokens: HashMap<String, Token>,
}

impl Callbacks {
    pub fn issue(&mut self, customer: &str, block: BlockRef, test: bool, now: DateTime<Utc>) -> String {
        if self.tokens.len() >= MAX_TOKENS {
            self.tokens.retain(|_, token| now - token.issued <= LIFE);
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        let token = Token { customer: customer.to_owned(), block, issued: now, test, acknowledged: None };
        self.tokens.insert(id.clone(), token);
        id
    }

    pub fn acknowledge(&mut self, id: &str, use_callback: bool) {
        if let Some(token) = self.tokens.get_mut(id) {
            token.acknowledged = Some(use_callback);
        }
    }

    fn usable(&self, id: &str, now: DateTime<Utc>) -> Result<Token, &'static str> {
        let token = self.tokens.get(id).ok_or(INVALID_TOKEN)?;
        if token.test {
            return Err(FOR_TESTING);
        }
        if now - token.issued > LIFE {
            return Err(INVALID_TOKEN);
        }
        match token.acknowledged {
            Some(true) => Ok(token.clone()),
            Some(false) | None => Err(NOT_ACKNOWLEDGED),
        }
    }
}

/// `POST /v1/callback/{token}` with a SkillResponse.
pub async fn callback(State(world): State<Arc<World>>, Path(id): Path<String>, body: Bytes) -> Json<Value> {
    let now = world.clock.now();
    let (status, message) = match deliver(&world, &id, &body, now) {
        Ok(()) => ("SUCCESS", "OK"),
        Err(message) => ("FAIL", message),
    };
    Json(json!({
        "taskId": uuid::Uuid::new_v4().to_string(),
        "status": status,
        "message": message,
        "timestamp": now.timestamp_millis(),
    }))
}

fn deliver(world: &World, id: &str, body: &[u8], now: DateTime<Utc>) -> Result<(), &'static str> {
    let token = lock(&world.callbacks).usable(id, now)?;
    let judged = turn::judge(world, body, false).map_err(|violations| {
        turn::log(world, &token.customer, &violations);
        INVALID_JSON
    })?;
    turn::log(world, &token.customer, &judged.violations);
    if !judged.accepted {
        return Err(INVALID_JSON);
    }
    // Removing decides between two posts that arrive together.
    lock(&world.callbacks).tokens.remove(id).ok_or(INVALID_TOKEN)?;
    let (parts, quick_replies) = turn::bubbles(&judged.response);
    let mut chat = lock(&world.chat);
    if let Some(room) = chat.room_mut(&token.customer) {
        for message in room.push_answer(parts, quick_replies, &token.block, now) {
            let _ = world.events.send(Event::Message { customer: token.customer.clone(), message });
        }
    }
    Ok(())
}
