//! Templates, messages sent, and keys that were used.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use super::resend::{Resend, ShortMessage};
use super::{Button, Template};

/// A used key is refused this long.
const IDEMPOTENCY_WINDOW: TimeDelta = TimeDelta::minutes(10);
const MAX_MESSAGES: usize = 200_000;
const MAX_KEYS: usize = 200_000;
pub const MAX_TEMPLATES: usize = 1_000;

/// A message that NHN accepted for one recipient.
#[derive(Debug, Clone, Serialize)]
pub struct Sent {
    pub request_id: String,
    pub recipient_seq: usize,
    pub to: String,
    pub template: String,
    pub variables: Map<String, Value>,
    pub text: String,
    pub buttons: Vec<Button>,
    pub idempotency_key: Option<String>,
    /// Naive KST.
    pub at: String,
    /// Kakao's delivery code: 1000 is delivered.
    pub code: i64,
    /// What went out instead, when Kakao failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<ShortMessage>,
    /// The room where it appeared.
    pub customer: Option<String>,
    /// What was to go out when Kakao fails.
    #[serde(skip)]
    pub resend: Option<Resend>,
    #[serde(skip)]
    pub sent_at: DateTime<Utc>,
    #[serde(skip)]
    pub sender_key: String,
    #[serde(skip)]
    pub grouping_key: Option<String>,
}

pub struct Alimtalk {
    templates: HashMap<String, Template>,
    messages: VecDeque<Sent>,
    keys: HashMap<String, DateTime<Utc>>,
}

impl Alimtalk {
    pub fn new(templates: Vec<Template>) -> Self {
        let mut registry =
            Self { templates: HashMap::new(), messages: VecDeque::new(), keys: HashMap::new() };
        registry.register(templates);
        registry
    }

    /// A known code is replaced. Beyond [`MAX_TEMPLATES`] nothing is added.
    pub fn register(&mut self, templates: Vec<Template>) {
        for template in templates {
            if self.templates.len() < MAX_TEMPLATES {
                self.templates.insert(template.template_code.clone(), template);
            }
        }
    }

    pub fn template(&self, code: &str) -> Option<&Template> {
        self.templates.get(code)
    }

    pub fn templates(&self) -> Vec<&Template> {
        let mut all: Vec<&Template> = self.templates.values().collect();
        all.sort_by(|a, b| a.template_code.cmp(&b.template_code));
        all
    }

    /// True for a key that was accepted within the last ten minutes.
    pub fn key_was_used(&mut self, key: &str, now: DateTime<Utc>) -> bool {
        if self.keys.len() >= MAX_KEYS {
            self.keys.retain(|_, used| now - *used < IDEMPOTENCY_WINDOW);
        }
        self.keys.get(key).is_some_and(|used| now - *used < IDEMPOTENCY_WINDOW)
    }

    pub fn use_key(&mut self, key: &str, now: DateTime<Utc>) {
        self.keys.insert(key.to_owned(), now);
    }

    pub fn push(&mut self, sent: Sent) {
        if self.messages.len() == MAX_MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(sent);
    }

    pub fn messages(&self) -> &VecDeque<Sent> {
        &self.messages
    }
}
