//! `POST /v1/store/commands`: everything that a counter can change.

use serde::{Deserialize, Serialize};

use super::Incarnation;
use crate::id::{CommandKey, OrderId};
use crate::log::Position;
use crate::order::{CancelReason, OrderCommand, RejectReason};
use crate::{Code, TimeMs};

/// Most commands of one request.
pub const MAX_COMMANDS: usize = 100;

/// The request body. Each entry is read by itself, so that one that nobody knows does not stop the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommandBatch {
    pub commands: Vec<serde_json::Value>,
}

/// One command of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Command {
    /// Made and stored before the command is first sent.
    pub key: CommandKey,
    /// Counts the device's commands from 1, without holes.
    pub device_seq: i64,
    /// The device's memory in which `device_seq` counts; 0 from programs that know no incarnations.
    #[serde(default, skip_serializing_if = "Incarnation::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Incarnation>"))]
    pub incarnation: Incarnation,
    /// The counter's clock; shown, never used to decide.
    pub made_at: TimeMs,
    pub order_id: OrderId,
    /// The order's version that the person saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_version: Option<u32>,
    #[serde(flatten)]
    pub action: CommandAction,
}

/// What the command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CommandAction {
    Accept { prep_minutes: u32 },
    Reject { reason: RejectReason },
    Cooking,
    Ready,
    HandedOver,
    Cancel { reason: CancelReason },
}

impl CommandAction {
    /// The names that exist, for telling an unknown kind from a malformed command.
    pub const KINDS: [&'static str; 6] = ["accept", "reject", "cooking", "ready", "handed_over", "cancel"];

    /// The domain's command.
    pub fn order_command(self) -> OrderCommand {
        match self {
            Self::Accept { prep_minutes } => OrderCommand::Accept { prep_minutes },
            Self::Reject { reason } => OrderCommand::Reject { reason },
            Self::Cooking => OrderCommand::StartCooking,
            Self::Ready => OrderCommand::MarkReady,
            Self::HandedOver => OrderCommand::HandOver,
            Self::Cancel { reason } => OrderCommand::Cancel { reason },
        }
    }

    /// Whether it reports a fact from the kitchen, which is recorded whatever version the person saw.
    pub fn is_kitchen_fact(self) -> bool {
        match self {
            Self::Cooking | Self::Ready | Self::HandedOver => true,
            Self::Accept { .. } | Self::Reject { .. } | Self::Cancel { .. } => false,
        }
    }
}

/// The answer, in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandAnswers {
    pub answers: Vec<CommandAnswer>,
}

/// What became of one command; stored with its effect and the same for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommandAnswer {
    /// Absent only when the command was too broken to have one.
    pub key: Option<CommandKey>,
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Where the log stood after it took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// The three fates of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Applied,
    /// The same command came before; nothing happened a second time.
    AlreadyApplied,
    Refused,
}
