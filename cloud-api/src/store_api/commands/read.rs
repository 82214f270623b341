//! Reading one command, so that one that nobody knows does not stop the others.

use std::collections::BTreeMap;

use ring::digest;
use serde_json::Value;
use shared::Code;
use shared::id::CommandKey;
use shared::wire::{Command, CommandAction, CommandAnswer};

use super::refused;

/// The command, or the refusal that it gets. These refusals are not stored: a later server may know the command.
pub(super) fn read(value: &Value) -> Result<Command, CommandAnswer> {
    let key: Option<CommandKey> = value.get("key").and_then(Value::as_str).and_then(|key| key.parse().ok());
    match value.get("kind").and_then(Value::as_str) {
        Some(kind) if key.is_some() && !CommandAction::KINDS.contains(&kind) => {
            Err(refused(key, Code::UnknownCommand))
        }
        Some(_) | None => serde_json::from_value(value.clone())
            .ok()
            .filter(|command: &Command| {
                command.device_seq >= 0 && command.action.needs_order() == command.order_id.is_some()
            })
            .ok_or_else(|| refused(key, Code::CommandMalformed)),
    }
}

/// SHA-256 of the command as it came, whatever the order of its fields.
pub(super) fn body_hash(value: &Value) -> Vec<u8> {
    digest::digest(&digest::SHA256, canonical(value).to_string().as_bytes()).as_ref().to_vec()
}

/// Sorts the fields of every object, however the JSON library keeps them.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, Value> =
                fields.iter().map(|(name, value)| (name, canonical(value))).collect();
            Value::Object(sorted.into_iter().map(|(name, value)| (name.clone(), value)).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(canonical).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::id::OrderId;

    use super::*;

    fn command() -> Value {
        json!({"key": CommandKey::fresh(), "device_seq": 1, "made_at": 5, "order_id": OrderId::fresh(), "kind": "ready"})
    }

    #[test]
    fn tells_unknown_from_malformed() {
        assert!(read(&command()).is_ok());
        let code = |value: &Value| read(value).unwrap_err().code;
        let with = |field: &str, new: Value| {
            let mut value = command();
            value[field] = new;
            value
        };
        assert_eq!(code(&with("kind", json!("dance"))), Some(Code::UnknownCommand));
        for broken in [
            with("kind", json!(7)),
            with("kind", json!("accept")),
            with("order_id", json!("x")),
            with("order_id", json!(null)),
            with("kind", json!("day_open")),
            with("device_seq", json!(-1)),
            with("device_seq", json!("1")),
            with("made_at", json!(null)),
            with("key", json!("dance")),
            json!(null),
            json!([1]),
            json!("accept"),
        ] {
            assert_eq!(code(&broken), Some(Code::CommandMalformed), "{broken}");
        }
        assert!(read(&with("kind", json!("dance"))).unwrap_err().key.is_some());
        assert_eq!(read(&json!({"kind": "dance"})).unwrap_err().key, None);
    }

    #[test]
    fn the_order_of_fields_does_not_matter_and_their_content_does() {
        let a: Value = serde_json::from_str(r#"{"a":1,"b":{"c":2,"d":[1,2]}}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"b":{"d":[1,2],"c":2},"a":1}"#).unwrap();
        let c: Value = serde_json::from_str(r#"{"a":1,"b":{"c":2,"d":[2,1]}}"#).unwrap();
        assert_eq!(body_hash(&a), body_hash(&b));
        assert_ne!(body_hash(&a), body_hash(&c));
    }
}
