//! The cancel ticket (취소 전표): loud, because somebody may be cooking.

use shared::order::{Order, Phase};

use super::kitchen::items;
use super::{About, calling, foot, reprint_bar};
use crate::print::document::{Document, Size, Style};

/// Writes it.
pub fn cancel_ticket(about: &About<'_>) -> Document {
    let mut document = Document::new();
    document.bar(" ", Size::Normal);
    document.bar("취 소", Size::Huge);
    document.bar("만들지 마세요", Size::Big);
    document.bar(" ", Size::Normal);
    reprint_bar(&mut document, about.marks);
    calling(&mut document, about.order, Style::HUGE);
    if let Some(reason) = reason(about.order) {
        document.text(format!("이유: {reason}"));
    }
    if let Some(at) = ended_at(about.order) {
        document.bold_row("취소 시각", at.kst_clock());
    }
    document.heavy_rule();
    items(&mut document, about);
    document.heavy_rule();
    document.row("주방 확인", "____________");
    document.qr(about.code);
    foot(&mut document, about);
    document.bar("취소 · 취소 · 취소", Size::Tall);
    document
}

fn reason(order: &Order) -> Option<&'static str> {
    match &order.phase {
        Phase::Cancelled { reason, .. } => Some(reason.customer_text()),
        Phase::Rejected { reason, .. } => Some(reason.customer_text()),
        Phase::PendingPayment
        | Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. } => None,
    }
}

fn ended_at(order: &Order) -> Option<shared::TimeMs> {
    match &order.phase {
        Phase::Cancelled { at, .. } | Phase::Rejected { at, .. } => Some(*at),
        Phase::PendingPayment
        | Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. } => None,
    }
}
