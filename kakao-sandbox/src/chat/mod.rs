//! The chat rooms: who is there and what was said.

mod controls;
mod customers;
mod events;
mod pages;
mod room;
mod tap;

use serde::Serialize;
use serde_json::Value;

use crate::config::Block;

pub use customers::{Chat, NewCustomer};
pub use events::{events, transcript};
pub use pages::{escape, page, script, style};
pub use room::{AnswerPart, Room};
pub use tap::{Pick, Sent, Tapped, send_text, start, tap};

/// Typed text is bounded as KakaoTalk bounds it for bots.
pub const MAX_UTTERANCE_UNITS: usize = 1000;

/// Who a bubble comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Bot,
    Me,
    Alimtalk,
    /// A short message of the carrier, which came because Kakao could not deliver.
    Sms,
    System,
}

/// One element of the transcript.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Grows by one per message of a room.
    pub seq: u64,
    pub role: Role,
    /// The component (`textCard`, `carousel` …), `text`, `alimtalk`, `sms` or `system`.
    pub kind: String,
    /// Unix milliseconds of the sandbox's clock.
    pub at: i64,
    /// The component's body exactly as the skill sent it.
    pub content: Value,
    /// The block that produced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<BlockRef>,
    /// Only on the last bubble of an answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockRef {
    pub id: String,
    pub name: String,
}

impl From<&Block> for BlockRef {
    fn from(block: &Block) -> Self {
        Self { id: block.id.clone(), name: block.name.clone() }
    }
}

/// What an open chat page hears about.
#[derive(Debug, Clone)]
pub enum Event {
    Message { customer: String, message: Message },
    Typing { customer: String, on: bool },
    Customers,
    Reset,
}
