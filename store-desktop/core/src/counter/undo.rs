//! Taking a press back (되돌리기): a command about an order is on the disk at once and leaves the computer a few seconds later; until then it can
//! be withdrawn without a trace at the server. A command about the store leaves at once; its opposite takes it back.

use std::time::Duration;

use shared::TimeMs;
use shared::id::{CommandKey, OrderId};
use shared::order::Phase;
use shared::wire::{Command, CommandAction};
use tokio::time::Instant;

use super::{Counter, Held, Occurrence, State};
use crate::clock;
use crate::commands::{self, Recent};
use crate::journal::JournalError;

/// An order that is answered so shortly before it is cancelled by itself is answered at once, in milliseconds.
const NO_TIME_TO_LOSE_MS: i64 = 15_000;
/// How long the opposite of a press about the store is offered.
pub const RECALL_MS: i64 = 10 * 60 * 1000;

impl State {
    /// Keeps a command here for a while.
    pub(super) fn hold(&mut self, command: &Command, hold: Duration) {
        let ms = i64::try_from(hold.as_millis()).unwrap_or(i64::MAX);
        let held = Held { until: Instant::now() + hold, shown_until: clock::now().plus_ms(ms) };
        self.held.insert(command.key, held);
    }

    /// The next step of an order says that the one before it was meant.
    pub(super) fn release_earlier(&mut self, newer: &Command) {
        let Some(order_id) = newer.order_id else { return };
        let of_order = |key: &CommandKey| {
            let one = self.waiting.iter().find(|one| one.command.key == *key);
            one.is_some_and(|one| one.command.order_id == Some(order_id))
        };
        let earlier: Vec<CommandKey> = self.held.keys().filter(|key| of_order(key)).copied().collect();
        for key in earlier {
            self.held.remove(&key);
        }
    }

    fn hold_for(&self, order_id: OrderId, action: &CommandAction, window: Duration, now: TimeMs) -> Duration {
        if !can_be_taken_back(action) {
            return Duration::ZERO;
        }
        let deadline = self.ledger.orders.get(&order_id).and_then(|entry| match entry.order.phase {
            Phase::Placed { accept_by } => Some(accept_by),
            Phase::PendingPayment
            | Phase::Reserved { .. }
            | Phase::Accepted { .. }
            | Phase::Cooking { .. }
            | Phase::Ready { .. }
            | Phase::HandedOver { .. }
            | Phase::Completed { .. }
            | Phase::Rejected { .. }
            | Phase::Cancelled { .. } => None,
        });
        let window_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
        let left = deadline.map(|by| by.ms_since(now.plus_ms(self.link.offset_ms())));
        if left.is_some_and(|left| left < window_ms.saturating_add(NO_TIME_TO_LOSE_MS)) {
            return Duration::ZERO;
        }
        window
    }
}

/// Presses that customers hear of, or that move money. Others do no harm that the next press does not mend.
fn can_be_taken_back(action: &CommandAction) -> bool {
    match action {
        CommandAction::Accept { .. }
        | CommandAction::Reject { .. }
        | CommandAction::Ready
        | CommandAction::HandedOver
        | CommandAction::Cancel { .. }
        | CommandAction::RefundPart { .. } => true,
        CommandAction::Cooking
        | CommandAction::SettleConflict { .. }
        | CommandAction::DayPrepare
        | CommandAction::DayOpen
        | CommandAction::BreakStart { .. }
        | CommandAction::BreakEnd
        | CommandAction::BusySet { .. }
        | CommandAction::ClosingStart
        | CommandAction::ClosingResume
        | CommandAction::SoldOut { .. }
        | CommandAction::BackOnSale { .. }
        | CommandAction::StockSet { .. }
        | CommandAction::MenuEdit { .. }
        | CommandAction::ScheduleSet { .. } => false,
    }
}

impl Counter {
    /// A person pressed it for an order: on the disk at once, and sent after the time in which it can be taken back.
    pub async fn press(
        &self,
        order_id: OrderId,
        expected_version: Option<u32>,
        action: CommandAction,
    ) -> Result<Command, JournalError> {
        let hold = self.state().hold_for(order_id, &action, self.undo_window, clock::now());
        self.keep_and_send(Some(order_id), expected_version, action, hold).await
    }

    /// A person pressed it for the store: on the disk, and sent at once.
    pub async fn press_for_store(&self, action: CommandAction) -> Result<Command, JournalError> {
        let opposite = {
            let state = self.state();
            let now = clock::now().plus_ms(state.link.offset_ms());
            state.desk().and_then(|desk| {
                let before = desk.predict_store(&state.ledger, state.waiting.iter());
                commands::opposite(&before, &action, now)
            })
        };
        let command = self.give(None, None, action).await?;
        {
            let mut state = self.state();
            if matches!(command.action, CommandAction::MenuEdit { .. }) {
                state.menu_revision += 1;
            }
            if let Some(opposite) = opposite {
                let action = command.action.clone();
                let one = Recent { key: command.key, action, opposite, at: command.made_at };
                commands::remember(&mut state.recent, one);
            }
        }
        self.changed();
        Ok(command)
    }

    /// Takes a command back that has not left; `false` when it has.
    pub async fn withdraw(&self, key: CommandKey) -> Result<bool, JournalError> {
        self.in_turn(self.withdraw_in_turn(key)).await
    }

    async fn withdraw_in_turn(&self, key: CommandKey) -> Result<bool, JournalError> {
        if !self.state().held_now().contains(&key) {
            return Ok(false);
        }
        let withdrawn = self.on_disk(|| self.journal.withdraw(key, clock::now())).await?;
        let mut order_id = None;
        {
            let mut state = self.state();
            state.held.remove(&key);
            if withdrawn {
                order_id = state
                    .waiting
                    .iter()
                    .find(|one| one.command.key == key)
                    .and_then(|one| one.command.order_id);
                state.waiting.retain(|one| one.command.key != key);
            }
        }
        if withdrawn {
            self.happened(Occurrence::Withdrawn { key, order_id });
        }
        self.changed();
        Ok(withdrawn)
    }

    /// The opposite of a press about the store, while it is offered. Asking for it takes the offer away.
    pub fn take_opposite(&self, key: CommandKey) -> Option<CommandAction> {
        let mut state = self.state();
        let oldest = clock::now().plus_ms(-RECALL_MS);
        let index = state.recent.iter().position(|one| one.key == key && one.at > oldest)?;
        state.recent.remove(index).map(|one| one.opposite)
    }
}
