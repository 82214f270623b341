//! Giving a command without looking at the order first, and waiting for what the server says.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::Code;
use shared::id::{CommandKey, OrderId};
use shared::wire::{CommandAction, CommandAnswer};

use super::CounterHost;
use super::store::may_press;
use crate::HostError;

/// Longest wait for an answer, in seconds.
const MAX_WAIT_SECONDS: u64 = 300;

/// `give({order_id, expected_version, action, wait_seconds})`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GiveForm {
    /// Absent when it is about the store.
    #[serde(default)]
    pub order_id: Option<OrderId>,
    #[serde(default)]
    pub expected_version: Option<u32>,
    pub action: CommandAction,
    /// How long to wait for the server's answer; the command is on the disk either way.
    pub wait_seconds: u64,
}

/// A command that is on the disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Given {
    pub key: CommandKey,
    /// Absent when none came in time; the command is delivered when the server can be reached.
    pub answer: Option<CommandAnswer>,
}

impl CounterHost {
    /// Journals a command for any order, known here or not, and waits for the answer.
    pub async fn give(&self, form: GiveForm) -> Result<Given, HostError> {
        if self.counter().state().session.is_none() {
            return Err(HostError::not_signed_in());
        }
        may_press(&self.counter().state(), &form.action)?;
        if form.action.needs_order() != form.order_id.is_some() {
            return Err(Code::CommandMalformed.into());
        }
        let mut occurrences = self.counter().occurrences();
        let key = self.counter().give(form.order_id, form.expected_version, form.action).await?.key;
        let wait = Duration::from_secs(form.wait_seconds.min(MAX_WAIT_SECONDS));
        let answer = self.counter().answer_to(key, &mut occurrences, wait).await;
        Ok(Given { key, answer })
    }
}
