//! Things that can be tapped.

use serde_json::{Value, json};

use super::cut::fit_line;
use crate::chat::action::Action;

/// Longest label of a button or a shortcut.
const MAX_LABEL: usize = 14;

/// A button of a card.
#[derive(Debug, Clone)]
pub struct Button {
    label: String,
    tap: Tap,
}

#[derive(Debug, Clone)]
enum Tap {
    Do(Action),
    Open(String),
    Call(String),
}

impl Button {
    /// A button that tells us what to do.
    pub fn new(label: impl Into<String>, action: Action) -> Self {
        Self { label: label.into(), tap: Tap::Do(action) }
    }

    /// A button that opens one of our own pages. `url` is http or https.
    pub fn open(label: impl Into<String>, url: String) -> Self {
        Self { label: label.into(), tap: Tap::Open(url) }
    }

    /// A button that dials; phones only, KakaoTalk on a PC hides it.
    pub fn call(label: impl Into<String>, phone: String) -> Self {
        Self { label: label.into(), tap: Tap::Call(phone) }
    }

    pub(super) fn render(&self, block_id: &str) -> Value {
        let label = fit_line(&self.label, MAX_LABEL);
        match &self.tap {
            Tap::Do(action) => {
                json!({"label": label, "action": "block", "blockId": block_id, "extra": action.to_extra()})
            }
            Tap::Open(url) => json!({"label": label, "action": "webLink", "webLinkUrl": url}),
            Tap::Call(phone) => json!({"label": label, "action": "phone", "phoneNumber": phone}),
        }
    }
}

/// A shortcut. Its label is what the customer is shown to have said.
pub(super) fn quick_reply(label: &str, action: &Action, block_id: &str) -> Value {
    let label = fit_line(label, MAX_LABEL);
    json!({"label": label, "action": "block", "messageText": label, "blockId": block_id, "extra": action.to_extra()})
}
