//! One thing a customer did, before it becomes a request.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::chat::BlockRef;

/// Which block runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// This one, whatever was said.
    Block(String),
    /// The block whose name or utterance matches the words, else the fallback block.
    Match,
}

/// What the Event API adds to a request.
#[derive(Debug, Clone, Default)]
pub struct EventPart {
    pub params: Map<String, Value>,
    pub properties: Map<String, Value>,
    /// Sent to the development channel: the bot id gets a `!`.
    pub development: bool,
}

/// Optional request fields that have come and gone over the years.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Shape {
    pub omit_flow: bool,
    pub omit_reason: bool,
    pub null_extra: bool,
    pub omit_plusfriend_key: bool,
    pub omit_friend: bool,
    /// Fields that no guide mentions yet.
    pub unknown_fields: bool,
}

impl Shape {
    pub fn random() -> Self {
        let sometimes = || rand::random::<u8>() < 64;
        Self {
            omit_flow: sometimes(),
            omit_reason: sometimes(),
            null_extra: sometimes(),
            omit_plusfriend_key: sometimes(),
            omit_friend: sometimes(),
            unknown_fields: sometimes(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Act {
    pub utterance: String,
    pub run: Run,
    pub extra: Option<Value>,
    /// `flow.trigger.type`; absent for events.
    pub trigger: Option<String>,
    pub referrer: Option<BlockRef>,
    pub params: Option<Value>,
    pub detail_params: Option<Value>,
    pub event: Option<EventPart>,
    pub shape: Shape,
}

impl Act {
    pub fn typed(utterance: String) -> Self {
        Self {
            utterance,
            run: Run::Match,
            extra: None,
            trigger: Some("TEXT_INPUT".to_owned()),
            referrer: None,
            params: None,
            detail_params: None,
            event: None,
            shape: Shape::default(),
        }
    }

    pub fn block(id: String, utterance: String, extra: Option<Value>, trigger: &str) -> Self {
        Self { run: Run::Block(id), extra, trigger: Some(trigger.to_owned()), ..Self::typed(utterance) }
    }
}
