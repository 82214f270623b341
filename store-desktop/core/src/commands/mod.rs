//! What waiting commands will probably do. The server decides; this is shown as a prediction.

mod store;
#[cfg(test)]
mod tests;

use shared::id::{DeviceId, StaffId};
use shared::order::{Actor, Context, Order, decide};
use shared::wire::{Command, CommandAction, Target};
use shared::{Code, TimeMs};

use crate::fold::Happened;
use crate::journal::{Fate, Waiting};

pub use store::{PredictedStore, Recent, expected_menu, may, opposite, remember};

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
            now: self.server_time(made_at),
            by: Actor::Counter { device_id: self.device_id, staff_id: self.staff_id },
            default_prep_minutes: self.default_prep_minutes,
        }
    }

    /// Runs the order's waiting commands, in order, on top of what the log says.
    pub fn predict<'a>(&self, order: &Order, waiting: impl Iterator<Item = &'a Waiting>) -> Predicted {
        let mut predicted = Predicted { order: order.clone(), expected: Vec::new(), pending: Vec::new() };
        for one in waiting.filter(|one| one.command.order_id == Some(order.id)) {
            match one.fate {
                Fate::Refused { .. } => {}
                Fate::Unanswered | Fate::Applied { .. } => self.add(&mut predicted, &one.command),
            }
        }
        predicted
    }

    fn add(&self, predicted: &mut Predicted, command: &Command) {
        predicted.pending.push(command.action.clone());
        let Target::Order(asked) = command.action.target() else { return };
        let context = self.context(command.made_at);
        // A refusal here means that the log is already further, or that the server will say no: nothing to show yet.
        for event in decide(&predicted.order, &asked, &context).unwrap_or_default() {
            predicted.order.evolve(&event);
            predicted.expected.push(Happened {
                kind: event.kind().to_owned(),
                at: context.now,
                by: context.by,
            });
        }
    }

    /// Whether it makes sense to give this command for an order that looks like this.
    pub fn check(&self, order: &Order, action: &CommandAction, now: TimeMs) -> Result<(), Code> {
        match action.target() {
            Target::Order(asked) => {
                let decided = decide(order, &asked, &self.context(now));
                decided.map(|_| ()).map_err(|refusal| refusal.code())
            }
            Target::Day(_) | Target::Store => Err(Code::CommandMalformed),
        }
    }
}
