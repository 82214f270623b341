//! What a person does with an order.

use serde::Deserialize;
use shared::Code;
use shared::id::{CommandKey, OrderId};
use shared::order::PhaseName;
use shared::wire::CommandAction;

use super::CounterHost;
use super::store::may_press;
use crate::journal::SoundAbout;
use crate::{HostError, clock};

/// `act({order_id, expected_version, action})`.
#[derive(Debug, Clone, Deserialize)]
pub struct ActForm {
    pub order_id: OrderId,
    pub expected_version: Option<u32>,
    pub action: CommandAction,
}

impl CounterHost {
    /// Journals a command. The view changes at once as a prediction; the command leaves a few seconds later, so that the press can be taken
    /// back, and the server decides when it hears of it. An error
    /// says that nothing was given: what the person asks for makes no sense for the order as it is shown.
    pub async fn act(&self, form: ActForm) -> Result<(), HostError> {
        self.check(&form)?;
        self.counter().press(form.order_id, form.expected_version, form.action).await?;
        Ok(())
    }

    fn check(&self, form: &ActForm) -> Result<(), HostError> {
        let state = self.counter().state();
        let desk = state.desk().ok_or_else(HostError::not_signed_in)?;
        may_press(&state, &form.action)?;
        let Some(entry) = state.ledger.orders.get(&form.order_id) else {
            // An order of an earlier day: money may still go back. The server knows whether.
            let late = matches!(form.action, CommandAction::RefundPart { .. });
            return if late { Ok(()) } else { Err(Code::OrderNotFound.into()) };
        };
        let shown = desk.predict(&entry.order, state.waiting.iter()).order;
        desk.check(&shown, &form.action, clock::now()).map_err(HostError::from)
    }

    /// `acknowledge({order_id})`: stops the sounds of one order.
    pub async fn acknowledge(&self, order_id: OrderId) -> Result<(), HostError> {
        let about = {
            let state = self.counter().state();
            let entry = state.ledger.orders.get(&order_id).ok_or(Code::OrderNotFound)?;
            match entry.order.phase.name() {
                PhaseName::Cancelled => SoundAbout::Cancelled,
                PhaseName::PendingPayment
                | PhaseName::Reserved
                | PhaseName::Placed
                | PhaseName::Accepted
                | PhaseName::Cooking
                | PhaseName::Ready
                | PhaseName::HandedOver
                | PhaseName::Completed
                | PhaseName::Rejected => SoundAbout::Fresh,
            }
        };
        Ok(self.counter().acknowledge(order_id, about).await?)
    }

    /// `dismiss_refusal({key})`.
    pub async fn dismiss_refusal(&self, key: CommandKey) -> Result<(), HostError> {
        Ok(self.counter().dismiss(key).await?)
    }
}
