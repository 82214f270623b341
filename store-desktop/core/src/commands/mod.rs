//! What waiting commands will probably do. The server decides; this is shown as a prediction.

use shared::TimeMs;
use shared::id::{DeviceId, StaffId};
use shared::order::{Actor, Context, Order, Refusal, decide};
use shared::wire::{Command, CommandAction};

use crate::fold::Happened;
use crate::journal::{Fate, Waiting};

/// An order as it will probably be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predicted {
    pub order: Order,
    /// Events that the log does not have yet.
    pub expected: Vec<Happened>,
    /// What was asked for and is not in the log yet.
    pub pending: Vec<CommandAction>,
}

/// Who presses the buttons, and what the store promises by default.
#[derive(Debug, Clone, Copy)]
pub struct Desk {
    pub device_id: DeviceId,
    pub staff_id: StaffId,
    pub default_prep_minutes: u32,
    /// Server time minus counter time, in milliseconds.
    pub server_offset_ms: i64,
}

impl Desk {
    fn context(&self, made_at: TimeMs) -> Context {
        Context {
            now: made_at.plus_ms(self.server_offset_ms),
            by: Actor::Counter { device_id: self.device_id, staff_id: self.staff_id },
            default_prep_minutes: self.default_prep_minutes,
        }
    }

    /// Runs the order's waiting commands, in order, on top of what the log says.
    pub fn predict<'a>(&self, order: &Order, waiting: impl Iterator<Item = &'a Waiting>) -> Predicted {
        let mut predicted = Predicted { order: order.clone(), expected: Vec::new(), pending: Vec::new() };
        for one in waiting.filter(|one| one.command.order_id == order.id) {
            match one.fate {
                Fate::Refused { .. } => {}
                Fate::Unanswered | Fate::Applied { .. } => self.add(&mut predicted, &one.command),
            }
        }
        predicted
    }

    fn add(&self, predicted: &mut Predicted, command: &Command) {
        predicted.pending.push(command.action);
        let context = self.context(command.made_at);
        // A refusal here means that the log is already further, or that the server will say no: nothing to show yet.
        for event in decide(&predicted.order, &command.action.order_command(), &context).unwrap_or_default() {
            predicted.order.evolve(&event);
            predicted.expected.push(Happened {
                kind: event.kind().to_owned(),
                at: context.now,
                by: context.by,
            });
        }
    }

    /// Whether it makes sense to give this command for an order that looks like this.
    pub fn check(&self, order: &Order, action: CommandAction, now: TimeMs) -> Result<(), Refusal> {
        decide(order, &action.order_command(), &self.context(now)).map(|_| ())
    }
}
