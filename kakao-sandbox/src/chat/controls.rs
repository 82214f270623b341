//! What can be tapped in a bubble.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Message, Role};

/// The place of a control inside its bubble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Button,
    Item,
    Quick,
}

pub struct Control {
    pub place: Place,
    /// Which card of a carousel; 0 elsewhere.
    pub card: usize,
    pub index: usize,
    pub label: String,
    /// `action`, `blockId`, `messageText`, `webLinkUrl`, `extra` … as the skill wrote them.
    pub body: Map<String, Value>,
}

pub fn controls(message: &Message) -> Vec<Control> {
    let mut found = Vec::new();
    match message.role {
        Role::Alimtalk => alimtalk_buttons(message, &mut found),
        Role::Bot => {
            let cards = match message.kind.as_str() {
                "carousel" => {
                    message.content.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
                }
                _ => vec![message.content.clone()],
            };
            for (card, body) in cards.iter().enumerate() {
                collect(body.get("buttons"), Place::Button, card, "label", &mut found);
                collect(body.get("items"), Place::Item, card, "title", &mut found);
            }
            let quick = Value::Array(message.quick_replies.clone());
            collect(Some(&quick), Place::Quick, 0, "label", &mut found);
        }
        Role::Me | Role::Sms | Role::System => {}
    }
    found
}

fn collect(list: Option<&Value>, place: Place, card: usize, label: &str, found: &mut Vec<Control>) {
    for (index, value) in list.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(body) = value.as_object() else { continue };
        let label = body.get(label).and_then(Value::as_str).unwrap_or_default().to_owned();
        found.push(Control { place, card, index, label, body: body.clone() });
    }
}

/// NHN's button types in the words of the chatbot.
fn alimtalk_buttons(message: &Message, found: &mut Vec<Control>) {
    let buttons = message.content.get("buttons").and_then(Value::as_array);
    for (index, button) in buttons.into_iter().flatten().enumerate() {
        let text = |key: &str| button.get(key).and_then(Value::as_str).unwrap_or_default();
        let body = match text("type") {
            "WL" => json!({"action": "webLink", "webLinkUrl": text("linkMo")}),
            "TN" => json!({"action": "phone", "phoneNumber": text("telNumber")}),
            "BT" => {
                json!({"action": "event", "event": text("chatEvent"), "extra": {"chatExtra": text("chatExtra")}})
            }
            _ => json!({"action": "message", "messageText": text("name")}),
        };
        let body = body.as_object().cloned().unwrap_or_default();
        found.push(Control { place: Place::Button, card: 0, index, label: text("name").to_owned(), body });
    }
}
