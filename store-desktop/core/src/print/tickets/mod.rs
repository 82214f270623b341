//! The tickets (전표) of an order, and the test strip. They are written in Korean, for a Korean kitchen.

mod cancel;
mod kitchen;
mod sales;
mod slip;
mod test_strip;

use shared::TimeMs;
use shared::id::ItemKey;
use shared::order::{Order, OrderMode, Phase};
use shared::wire::{Private, StoreCard};

use super::document::{Block, Document, Size, Style};

pub use cancel::cancel_ticket;
pub use kitchen::kitchen_ticket;
pub use sales::sales_sheet;
pub use slip::slip;
pub use test_strip::test_strip;

/// Where the ingredients of an item come from (원산지).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemOrigin {
    pub item: ItemKey,
    pub origin: String,
}

/// What a ticket is written from.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub order: &'a Order,
    pub private: Option<&'a Private>,
    pub store: Option<&'a StoreCard>,
    pub origins: &'a [ItemOrigin],
    /// What a person can scan to come back to this order; see [`super::request`].
    pub code: &'a str,
    /// When this copy is printed.
    pub now: TimeMs,
    pub marks: Marks,
}

/// What tells one piece of paper from another about the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// How many times it was printed before; 0 for the first.
    pub reprint: u32,
    /// Counts the tickets of this printer, so that a missing one is noticed; 0 in a preview.
    pub sequence: u32,
    pub copy: u8,
    pub copies: u8,
    /// The server has not confirmed it yet: the store works without a connection.
    pub unconfirmed: bool,
}

/// Never without its mark a second time.
fn reprint_bar(document: &mut Document, marks: Marks) {
    if marks.reprint > 0 {
        document.bar(format!("재출력 {}회", marks.reprint), Size::Big);
    }
    if marks.unconfirmed {
        document.bar("오프라인 접수 · 서버 확인 전", Size::Tall);
    }
}

fn mode_name(mode: OrderMode) -> &'static str {
    match mode {
        OrderMode::Takeout => "포장",
        OrderMode::Delivery => "배달",
    }
}

/// The number and the name that staff call the order by.
fn calling(document: &mut Document, order: &Order, number_size: Style) {
    let Some(ticket) = &order.ticket else { return };
    document.push(Block::Row {
        left: format!("#{}", ticket.number),
        right: String::new(),
        style: number_size,
    });
    document.push(Block::Text {
        text: ticket.call_name.clone(),
        style: Style::BIG,
        align: super::document::Align::Left,
    });
}

/// When it was promised, while it still is a promise.
fn promised(order: &Order) -> Option<TimeMs> {
    match &order.phase {
        Phase::Accepted { ready_by, .. } | Phase::Cooking { ready_by, .. } => Some(*ready_by),
        Phase::PendingPayment
        | Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. }
        | Phase::Rejected { .. }
        | Phase::Cancelled { .. } => None,
    }
}

/// The last line: which piece of paper this is.
fn foot(document: &mut Document, about: &About<'_>) {
    let Marks { sequence, copy, copies, .. } = about.marks;
    let number = if sequence > 0 { format!("전표 {sequence}") } else { "미리보기".to_owned() };
    let copy = if copies > 1 { format!(" ({copy}/{copies})") } else { String::new() };
    document.row(format!("{number}{copy}"), format!("출력 {}", about.now.kst_clock()));
}
