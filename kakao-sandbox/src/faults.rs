//! Faults on demand: what goes wrong, where, and how often.

use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lock;

/// More than a test plan needs.
pub const MAX_FAULTS: usize = 100;
/// Nobody waits longer than this for an answer.
const MAX_DELAY: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    #[serde(rename = "pay.ready")]
    PayReady,
    #[serde(rename = "pay.approve")]
    PayApprove,
    #[serde(rename = "pay.order")]
    PayOrder,
    #[serde(rename = "pay.cancel")]
    PayCancel,
    #[serde(rename = "alimtalk")]
    Alimtalk,
    #[serde(rename = "skill")]
    Skill,
}

impl Target {
    fn is_pay(self) -> bool {
        match self {
            Self::PayReady | Self::PayApprove | Self::PayOrder | Self::PayCancel => true,
            Self::Alimtalk | Self::Skill => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The answer comes after `delay_ms`; the operation counts as under way meanwhile.
    Delay,
    /// An error answer; `code` chooses it.
    Error,
    /// The connection closes before anything happened.
    DropBefore,
    /// The effect happens, then the connection closes without an answer.
    DropAfterCommit,
    /// The HTTP status and body given.
    Status,
    /// -780 `USER_LOCKED`.
    UserLocked,
    /// -780 `BANK_FIRM_UNKNOWN`; with `captured: true` the money moved all the same.
    BankUnknown,
    /// The method refuses (-780 / -781), or a message is not delivered (`code`).
    Decline,
    /// 500, -500.
    Internal,
    /// 503, -503.
    Maintenance,
    /// 429, -429.
    Quota,
    /// The return address is called twice by the sandbox besides the browser; a skill request is sent twice.
    DuplicateCallback,
    /// The answer carries another amount (`amount`, by default 100 won less).
    TamperAmount,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub target: Target,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Absent: once. `null`: for ever.
    #[serde(default = "once")]
    pub times: Option<u64>,
    /// Chance between 0 and 1 that a request is hit; absent means every request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The effect happens although the answer says otherwise.
    #[serde(default)]
    pub captured: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}

#[expect(clippy::unnecessary_wraps, reason = "serde default of an Option field")]
fn once() -> Option<u64> {
    Some(1)
}

/// What one request meets: at most one delay and one other fault.
#[derive(Debug, Default)]
pub struct Plan {
    pub delay: Option<Duration>,
    pub fault: Option<Fault>,
}

impl Plan {
    pub fn kind(&self) -> Option<Kind> {
        self.fault.as_ref().map(|fault| fault.kind)
    }

    /// Waits out the delay, if there is one.
    pub async fn wait(&self) {
        if let Some(delay) = self.delay {
            tokio::time::sleep(delay).await;
        }
    }
}

#[derive(Default)]
pub struct Faults {
    active: Mutex<Vec<Fault>>,
}

impl Faults {
    /// # Errors
    /// A sentence for the caller when the list would grow past [`MAX_FAULTS`].
    pub fn add(&self, faults: Vec<Fault>) -> Result<Vec<Fault>, String> {
        let mut active = lock(&self.active);
        if active.len() + faults.len() > MAX_FAULTS {
            return Err(format!("at most {MAX_FAULTS} faults at a time; DELETE /control/faults first"));
        }
        active.extend(faults.into_iter().filter(|fault| fault.times != Some(0)));
        Ok(active.clone())
    }

    pub fn list(&self) -> Vec<Fault> {
        lock(&self.active).clone()
    }

    pub fn clear(&self) {
        lock(&self.active).clear();
    }

    /// Uses up the faults that one request to `target` meets.
    pub fn take(&self, target: Target) -> Plan {
        let callback = |fault: &Fault| fault.kind == Kind::DuplicateCallback && target != Target::Skill;
        let delay = self.first(|fault| fault.target == target && fault.kind == Kind::Delay);
        let fault =
            self.first(|fault| fault.target == target && fault.kind != Kind::Delay && !callback(fault));
        let wait = |fault: &Fault| fault.delay_ms.map(|ms| Duration::from_millis(ms).min(MAX_DELAY));
        let delay = delay.as_ref().and_then(wait).or_else(|| fault.as_ref().and_then(wait));
        Plan { delay, fault }
    }

    /// True when the browser's return to the shop should happen more than once.
    pub fn take_duplicate_callback(&self) -> bool {
        self.first(|fault| fault.target.is_pay() && fault.kind == Kind::DuplicateCallback).is_some()
    }

    fn first(&self, matches: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut active = lock(&self.active);
        let hit = |fault: &Fault| fault.probability.is_none_or(|chance| rand::random::<f64>() < chance);
        let index = active.iter().position(|fault| matches(fault) && hit(fault))?;
        let fault = active[index].clone();
        if let Some(left) = active[index].times.as_mut() {
            *left -= 1;
            if *left == 0 {
                active.remove(index);
            }
        }
        Some(fault)
    }
}
