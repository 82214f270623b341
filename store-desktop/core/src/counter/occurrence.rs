//! What happens at the counter, one thing at a time, for those who watch: `counter run` prints it as JSON lines.

use serde::Serialize;
use shared::Code;
use shared::id::{CommandKey, OrderId};
use shared::log::Position;
use shared::wire::Outcome;

use crate::alarm::AlarmOutput;
use crate::sync::link::{Light, LinkCause};

/// One happening. Everything in it is on the disk already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Occurrence {
    /// An event of the log was journaled.
    Log { position: Position, kind: String, order_id: Option<OrderId>, number: Option<u32> },
    /// The journal started over from a snapshot.
    Baseline { position: Position, reason: String, orders: usize },
    /// The light changed.
    Link { light: Light, cause: LinkCause },
    /// A command was journaled.
    Command { key: CommandKey, order_id: Option<OrderId>, action: serde_json::Value },
    /// A person took a command back before it was sent.
    Withdrawn { key: CommandKey, order_id: Option<OrderId> },
    /// The server answered a command.
    Answer {
        key: CommandKey,
        order_id: Option<OrderId>,
        outcome: Outcome,
        code: Option<Code>,
        position: Option<Position>,
    },
    /// Other orders call, or the output changed.
    Alarm { sounding: bool, order_ids: Vec<OrderId>, output: AlarmOutput },
    /// The sign-in ended.
    SignedOut { code: Option<Code> },
}
