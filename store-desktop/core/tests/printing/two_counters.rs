//! Tickets where the store has two counters: whoever accepted an order prints it, and nobody else.

use serde_json::json;
use shared::Code;
use shared::id::{DeviceId, StaffId};
use shared::order::{Actor, OrderCommand};
use store_desktop_core::journal::JobState;
use store_desktop_core::sync::link::LinkCause;

use super::fake_printer::{Mood, only, printer};
use super::queue::Kitchen;
use super::world::until;

impl Kitchen {
    /// Accepts an order while neither the server nor the printer is there.
    async fn accept_in_the_dark(&self) -> shared::id::OrderId {
        let id = self.order().await;
        self.printer.stop().await;
        self.server.stop().await;
        until(&self.host, "no line", |view| view.link.cause == LinkCause::ServerUnreachable).await;
        self.accept(id).await;
        self.until("the ticket waits for its printer", |kitchen| kitchen.states() == [JobState::Queued])
            .await;
        id
    }

    /// The printer is switched on, and its worker looks at once.
    async fn printer_is_back(&self) {
        self.printer.start_again().await;
        self.use_printers(only(printer("kitchen", &self.printer.address))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_waited_is_not_printed_when_another_counter_accepted_the_order() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let id = kitchen.accept_in_the_dark().await;
    let other = Actor::Counter { device_id: DeviceId::fresh(), staff_id: StaffId::fresh() };
    kitchen.server.act(id, &OrderCommand::Accept { prep_minutes: 10 }, other);
    kitchen.server.start_again().await;
    let view = until(&kitchen.host, "the refusal", |view| view.refusals.len() == 1).await;
    assert_eq!(view.refusals[0].code, Code::OrderAlreadyAccepted);
    kitchen.printer_is_back().await;
    kitchen.until("the ticket is put away", |kitchen| kitchen.states() == [JobState::Discarded]).await;
    assert_eq!(kitchen.printer.tickets().len(), 0, "the other counter has printed it");
    // Somebody who wants it gets it, with its mark.
    kitchen.call("reprint", json!({ "order_id": id, "kind": "kitchen" })).await;
    kitchen.until("the copy", |kitchen| kitchen.printer.whole() == 1).await;
    assert_eq!(kitchen.printer.printed("재출력"), 1);
}
