//! Writing what a job says, at the moment when it is printed.

use shared::TimeMs;
use shared::id::OrderId;

use super::code::ticket_code;
use super::document::Document;
use super::plan::REVISION;
use super::settings::{Printer, TicketKind};
use super::tickets::{About, ItemOrigin, Marks, cancel_ticket, kitchen_ticket, slip};
use super::{Paper, Rom, escpos, lay_out};
use crate::counter::State;
use crate::journal::PrintJob;

/// The document of a job; `None` when the counter does not have its order any more.
pub(super) fn write(state: &State, job: &PrintJob, unconfirmed: bool, now: TimeMs) -> Option<Document> {
    if let Some(document) = &job.document {
        return serde_json::from_str(document).ok();
    }
    let marks = Marks {
        reprint: job.reprint,
        sequence: job.sequence,
        copy: job.copy,
        copies: job.copies,
        unconfirmed,
    };
    ticket(state, job.order_id?, job.kind, marks, now)
}

/// A ticket of an order as the window shows it: with what the log says and what is predicted.
pub(super) fn ticket(
    state: &State,
    order_id: OrderId,
    kind: TicketKind,
    marks: Marks,
    now: TimeMs,
) -> Option<Document> {
    let entry = state.ledger.orders.get(&order_id)?;
    let predicted = state.desk().map(|desk| desk.predict(&entry.order, state.proven().iter()).order);
    let order = predicted.as_ref().unwrap_or(&entry.order);
    let code = ticket_code(&state.print.key, order_id, REVISION);
    let origins = origins(state);
    let about = About {
        order,
        private: entry.private.as_ref(),
        store: state.ledger.store.as_ref(),
        origins: &origins,
        code: &code,
        now,
        marks,
    };
    match kind {
        TicketKind::Kitchen => Some(kitchen_ticket(&about)),
        TicketKind::Slip => Some(slip(&about)),
        TicketKind::Cancel => Some(cancel_ticket(&about)),
        TicketKind::Test | TicketKind::Sheet => None,
    }
}

/// What the menu says about the ingredients.
fn origins(state: &State) -> Vec<ItemOrigin> {
    let Some(document) = &state.documents.menu else { return Vec::new() };
    let origin = |item: &shared::menu::Item| {
        item.origin.clone().map(|origin| ItemOrigin { item: item.key.clone(), origin })
    };
    document.menu.items().filter_map(origin).collect()
}

/// The bytes for a printer.
pub(super) fn bytes(document: &Document, printer: &Printer) -> Vec<u8> {
    let cut = if printer.cuts { escpos::Cut::Knife } else { escpos::Cut::TearOff };
    encode(document, printer.paper, printer.rom, cut)
}

pub(super) fn encode(document: &Document, paper: Paper, rom: Rom, cut: escpos::Cut) -> Vec<u8> {
    escpos::encode(&lay_out(document, paper), paper, rom, cut)
}
