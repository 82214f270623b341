//! Which tickets the orders call for. Pure, and the same however often it is asked: the key of a ticket makes it one ticket.
//!
//! A ticket belongs to the counter that accepted the order, so that two counters of one store print it once. What nobody at a counter did
//! (a customer's cancellation) belongs to the one whose session was open then.

use shared::TimeMs;
use shared::id::{DeviceId, OrderId};
use shared::order::{Actor, Phase, PhaseName};
use shared::wire::CommandAction;

use super::judge::order_of;
use super::problem::PrintCode;
use super::settings::{Printer, PrinterId, Settings, TicketKind};
use crate::fold::{Entry, Ledger};
use crate::journal::{Fate, NewPrint, Waiting};

/// What an order's content is printed as. Orders never change after they are placed, so every ticket is of the first revision; an event that
/// changes what the kitchen makes has to count it up.
pub const REVISION: u32 = 1;

/// What the plan needs beside the orders.
#[derive(Clone, Copy)]
pub struct Due<'a> {
    pub settings: &'a Settings,
    pub device_id: DeviceId,
    /// Since when this counter has its session, by the server's clock.
    pub session_since: TimeMs,
    /// Server time minus counter time.
    pub server_offset_ms: i64,
    /// The journal lost its memory of what was printed before this moment: a person looks first.
    pub doubtful_before: Option<TimeMs>,
    /// Orders whose kitchen ticket may be on paper.
    pub in_kitchen: &'a dyn Fn(OrderId) -> bool,
}

/// Every ticket that is wanted, printed already or not.
pub fn plan(ledger: &Ledger, waiting: &[Waiting], due: &Due<'_>) -> Vec<NewPrint> {
    let mut wanted = Vec::new();
    for entry in ledger.orders.values() {
        let id = entry.order.id;
        if let Some(since) = due.accepted_since(entry, waiting) {
            due.add(&mut wanted, id, TicketKind::Kitchen, since);
            due.add(&mut wanted, id, TicketKind::Slip, since);
        }
        if let Some(since) = due.cancelled_since(entry, waiting) {
            due.add(&mut wanted, id, TicketKind::Cancel, since);
        }
    }
    wanted
}

impl Due<'_> {
    /// When this counter accepted the order, by its own clock.
    fn accepted_since(&self, entry: &Entry, waiting: &[Waiting]) -> Option<TimeMs> {
        if entry.order.ticket.is_none() || has_ended_unmade(entry) {
            return None;
        }
        let noted = entry.history.iter().find(|one| one.kind == "order_accepted");
        match noted {
            Some(one) if self.is_ours(one.by, one.at) => Some(self.here(one.at)),
            Some(_) => None,
            None => asked(entry, waiting, |action| matches!(action, CommandAction::Accept { .. })),
        }
    }

    /// When an order that the kitchen had, or may have had, was cancelled.
    fn cancelled_since(&self, entry: &Entry, waiting: &[Waiting]) -> Option<TimeMs> {
        let at = match &entry.order.phase {
            Phase::Cancelled { at, .. } | Phase::Rejected { at, .. } => *at,
            Phase::Accepted { .. } | Phase::Cooking { .. } | Phase::Ready { .. } => {
                return asked(entry, waiting, |action| matches!(action, CommandAction::Cancel { .. }));
            }
            Phase::PendingPayment
            | Phase::Reserved { .. }
            | Phase::Placed { .. }
            | Phase::HandedOver { .. }
            | Phase::Completed { .. } => {
                return None;
            }
        };
        if (self.in_kitchen)(entry.order.id) {
            return Some(self.here(at));
        }
        let was_accepted = entry.taken_from_kitchen_at.is_some()
            || entry.history.iter().any(|one| one.kind == "order_accepted");
        let by = entry.history.iter().rev().find(|one| one.kind == "order_cancelled").map(|one| one.by);
        let ours = by.is_some_and(|by| self.is_ours(by, at));
        (was_accepted && ours).then(|| self.here(at))
    }

    fn is_ours(&self, by: Actor, at: TimeMs) -> bool {
        match by {
            Actor::Counter { device_id, .. } => device_id == self.device_id,
            Actor::Customer | Actor::Timer | Actor::Payment | Actor::Operator => at >= self.session_since,
        }
    }

    fn here(&self, server_time: TimeMs) -> TimeMs {
        server_time.plus_ms(-self.server_offset_ms)
    }

    fn add(&self, wanted: &mut Vec<NewPrint>, order_id: OrderId, kind: TicketKind, since: TimeMs) {
        let printers = self.settings.printers.iter().filter(|printer| printer.since <= since);
        let held = self.doubtful_before.filter(|before| since < *before).map(|_| PrintCode::MaybePrinted);
        for printer in printers {
            wanted.extend(tickets(printer, order_id, kind, since, held));
        }
    }
}

fn tickets(
    printer: &Printer,
    order_id: OrderId,
    kind: TicketKind,
    since: TimeMs,
    held: Option<PrintCode>,
) -> impl Iterator<Item = NewPrint> {
    let copies = printer.copies(kind);
    (1..=copies).map(move |copy| NewPrint {
        key: key(order_id, REVISION, kind, &printer.id, copy, 0),
        printer: printer.id.clone(),
        kind,
        order_id: Some(order_id),
        revision: REVISION,
        copy,
        copies,
        reprint: 0,
        document: None,
        made_at: since,
        released: false,
        held,
    })
}

/// The name of one piece of paper.
pub(super) fn key(
    order_id: OrderId,
    revision: u32,
    kind: TicketKind,
    printer: &PrinterId,
    copy: u8,
    reprint: u32,
) -> String {
    format!("{order_id}/{revision}/{}/{printer}/{copy}/{reprint}", kind.as_str())
}

/// When a command was given that the log does not show yet.
fn asked(entry: &Entry, waiting: &[Waiting], wanted: impl Fn(&CommandAction) -> bool) -> Option<TimeMs> {
    let open = |one: &&Waiting| {
        order_of(one) == Some(entry.order.id)
            && wanted(&one.command.action)
            && match one.fate {
                Fate::Unanswered | Fate::Applied { .. } => true,
                Fate::Refused { .. } => false,
            }
    };
    waiting.iter().find(open).map(|one| one.command.made_at)
}

fn has_ended_unmade(entry: &Entry) -> bool {
    match entry.order.phase.name() {
        PhaseName::Cancelled | PhaseName::Rejected | PhaseName::PendingPayment => true,
        PhaseName::Reserved
        | PhaseName::Placed
        | PhaseName::Accepted
        | PhaseName::Cooking
        | PhaseName::Ready
        | PhaseName::HandedOver
        | PhaseName::Completed => false,
    }
}
