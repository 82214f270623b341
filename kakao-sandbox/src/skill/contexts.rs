//! Contexts: what a skill wants to hear again in the next turns.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

/// Kakao's usual life of a context without `ttl`.
const DEFAULT_TTL_SECONDS: i64 = 600;
const MAX_CONTEXTS: usize = 50;

#[derive(Debug, Clone)]
pub struct Context {
    name: String,
    /// Turns left.
    lifespan: i64,
    expires: DateTime<Utc>,
    params: Map<String, Value>,
}

impl Context {
    /// Requests spell it `lifespan` and wrap every value; responses do neither.
    pub fn to_request(&self, now: DateTime<Utc>) -> Value {
        let params: Map<String, Value> = self
            .params
            .iter()
            .map(|(key, value)| (key.clone(), json!({"value": value, "resolvedValue": value})))
            .collect();
        let ttl = (self.expires - now).num_seconds().max(0);
        json!({"name": self.name, "lifespan": self.lifespan, "ttl": ttl, "params": params})
    }
}

/// One turn is over: every context is a turn older, then the response has its say.
pub fn next_turn(contexts: &mut Vec<Context>, response: Option<&Value>, now: DateTime<Utc>) {
    for context in contexts.iter_mut() {
        context.lifespan -= 1;
    }
    drop_dead(contexts, now);
    let values = response.and_then(|response| response.pointer("/context/values")).and_then(Value::as_array);
    for value in values.into_iter().flatten() {
        let Some(name) = value.get("name").and_then(Value::as_str) else { continue };
        let lifespan = value.get("lifeSpan").and_then(Value::as_i64).unwrap_or(0);
        let ttl = value.get("ttl").and_then(Value::as_i64).unwrap_or(DEFAULT_TTL_SECONDS);
        let before = contexts.iter().position(|context| context.name == name);
        let mut params = match before {
            Some(index) => contexts.remove(index).params,
            None => Map::new(),
        };
        if lifespan <= 0 || contexts.len() >= MAX_CONTEXTS {
            continue;
        }
        params.extend(value.get("params").and_then(Value::as_object).cloned().unwrap_or_default());
        let expires = TimeDelta::try_seconds(ttl).and_then(|ttl| now.checked_add_signed(ttl)).unwrap_or(now);
        contexts.push(Context { name: name.to_owned(), lifespan, expires, params });
    }
}

pub fn drop_dead(contexts: &mut Vec<Context>, now: DateTime<Utc>) {
    contexts.retain(|context| context.lifespan > 0 && context.expires > now);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(life: i64) -> Value {
        json!({"context": {"values": [{"name": "draft", "lifeSpan": life, "params": {"cart": "ct_77"}}]}})
    }

    #[test]
    fn a_context_lives_as_many_turns_as_it_was_given() {
        let now = Utc::now();
        let mut contexts = Vec::new();
        next_turn(&mut contexts, Some(&respond(2)), now);
        let wire = contexts[0].to_request(now);
        assert_eq!(wire["lifespan"], 2);
        assert_eq!(wire["params"]["cart"]["resolvedValue"], "ct_77");
        next_turn(&mut contexts, None, now);
        assert_eq!(contexts[0].lifespan, 1);
        next_turn(&mut contexts, None, now);
        assert!(contexts.is_empty());
    }

    #[test]
    fn zero_deletes_and_time_ends_it() {
        let now = Utc::now();
        let mut contexts = Vec::new();
        next_turn(&mut contexts, Some(&respond(5)), now);
        drop_dead(&mut contexts, now + TimeDelta::seconds(DEFAULT_TTL_SECONDS));
        assert!(contexts.is_empty());
        next_turn(&mut contexts, Some(&respond(5)), now);
        next_turn(&mut contexts, Some(&respond(0)), now);
        assert!(contexts.is_empty());
    }
}
