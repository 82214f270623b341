//! One customer's chat with the channel.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{BlockRef, Message, Role};
use crate::skill::Context;

/// Older bubbles scroll away for good.
const MAX_MESSAGES: usize = 500;

pub struct Room {
    /// `c1`, `c2` …
    pub id: String,
    pub name: String,
    /// `010-0000-00NN`.
    pub phone: String,
    pub bot_user_key: String,
    pub plusfriend_user_key: String,
    pub app_user_id: Option<String>,
    /// The customer added the channel.
    pub friend: bool,
    /// The customer blocked the channel: no AlimTalk reaches them.
    pub blocked: bool,
    /// `Kakaotalk.plusfriend`, or `BuilderBotTest` for the console.
    pub surface: String,
    pub messages: VecDeque<Message>,
    pub contexts: Vec<Context>,
    pub last_block: Option<BlockRef>,
    /// Skill calls under way.
    pub waiting: usize,
    next_seq: u64,
}

/// A bubble of an answer before it has a number.
pub struct AnswerPart {
    pub kind: String,
    pub content: Value,
}

impl Room {
    pub fn new(id: String, name: String, phone: String, keys: (String, String)) -> Self {
        Self {
            id,
            name,
            phone,
            bot_user_key: keys.0,
            plusfriend_user_key: keys.1,
            app_user_id: None,
            friend: true,
            blocked: false,
            surface: "Kakaotalk.plusfriend".to_owned(),
            messages: VecDeque::new(),
            contexts: Vec::new(),
            last_block: None,
            waiting: 0,
            next_seq: 1,
        }
    }

    pub fn push(&mut self, role: Role, kind: &str, content: Value, at: DateTime<Utc>) -> &mut Message {
        if self.messages.len() == MAX_MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(Message {
            seq: self.next_seq,
            role,
            kind: kind.to_owned(),
            at: at.timestamp_millis(),
            content,
            block: None,
            quick_replies: Vec::new(),
        });
        self.next_seq += 1;
        self.messages.back_mut().expect("a message was pushed just now")
    }

    pub fn push_system(&mut self, text: &str, rule: Option<&str>, at: DateTime<Utc>) -> Message {
        self.push(Role::System, "system", json!({"text": text, "rule": rule}), at).clone()
    }

    /// Bubbles of one answer; the quick replies belong to the last.
    pub fn push_answer(
        &mut self,
        parts: Vec<AnswerPart>,
        quick_replies: Vec<Value>,
        block: &BlockRef,
        at: DateTime<Utc>,
    ) -> Vec<Message> {
        let count = parts.len();
        let mut added = Vec::with_capacity(count);
        for (index, part) in parts.into_iter().enumerate() {
            let message = self.push(Role::Bot, &part.kind, part.content, at);
            message.block = Some(block.clone());
            if index + 1 == count {
                message.quick_replies.clone_from(&quick_replies);
            }
            added.push(message.clone());
        }
        added
    }

    pub fn message(&self, seq: u64) -> Option<&Message> {
        self.messages.iter().find(|message| message.seq == seq)
    }

    /// KakaoTalk shows quick replies only as long as the answer is the last word.
    pub fn quick_replies_live(&self, message: &Message) -> bool {
        self.messages
            .iter()
            .rev()
            .take_while(|later| later.seq > message.seq)
            .all(|later| matches!(later.role, Role::System | Role::Alimtalk | Role::Sms))
    }

    pub fn summary(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "phone": self.phone,
            "botUserKey": self.bot_user_key,
            "friend": self.friend,
            "blocked": self.blocked,
            "typing": self.waiting > 0,
            "lastSeq": self.next_seq - 1,
            "last": self.messages.back().map(preview),
            "lastAt": self.messages.back().map(|message| message.at),
        })
    }
}

/// One line for the list of rooms.
fn preview(message: &Message) -> String {
    const KEYS: [&str; 4] = ["text", "title", "description", "altText"];
    let content = &message.content;
    let from = |value: &Value| {
        let text = KEYS.iter().find_map(|key| value.get(key)?.as_str().filter(|text| !text.is_empty()));
        text.map(str::to_owned)
    };
    let nested = ["header", "head", "imageTitle"].iter().find_map(|key| content.get(key).and_then(from));
    let first_card = content.get("items").and_then(|items| items.get(0)).and_then(from);
    from(content).or(nested).or(first_card).unwrap_or_else(|| "사진".to_owned())
}
