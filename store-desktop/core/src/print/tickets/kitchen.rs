//! The kitchen ticket (주방 전표): what to make, until when, and what the customer asked for. No prices.

use super::{About, calling, foot, mode_name, promised, reprint_bar};
use crate::print::document::{Block, Document, Size, Style};

/// Writes it.
pub fn kitchen_ticket(about: &About<'_>) -> Document {
    let mut document = Document::new();
    reprint_bar(&mut document, about.marks);
    document.bar(mode_name(about.order.details.mode), Size::Big);
    calling(&mut document, about.order, Style::HUGE);
    times(&mut document, about);
    document.heavy_rule();
    items(&mut document, about);
    document.heavy_rule();
    request(&mut document, about);
    document.qr(about.code);
    foot(&mut document, about);
    document
}

fn times(document: &mut Document, about: &About<'_>) {
    let placed = about.order.ticket.as_ref().map(|ticket| format!("주문 {}", ticket.placed_at.kst_clock()));
    let promised = promised(about.order).map(|at| format!("약속 {}", at.kst_clock()));
    document.push(Block::Row {
        left: placed.unwrap_or_default(),
        right: promised.unwrap_or_default(),
        style: Style::TALL,
    });
    let phone = about.private.and_then(|private| private.phone_last4.as_deref());
    document.row("카카오톡", phone.map(|last4| format!("고객 전화 끝자리 {last4}")).unwrap_or_default());
}

pub(super) fn items(document: &mut Document, about: &About<'_>) {
    for line in &about.order.details.lines {
        document.push(Block::Row {
            left: line.name.clone(),
            right: format!("× {}", line.quantity),
            style: Style::TALL,
        });
        for option in &line.options {
            let times = if option.quantity > 1 { format!(" × {}", option.quantity) } else { String::new() };
            let text = format!("{}{times}", option.name);
            document.push(Block::Marked { mark: " ▶ ".to_owned(), text, style: Style::BOLD });
        }
    }
    let pieces: u32 = about.order.details.lines.iter().map(|line| line.quantity).sum();
    document.bold_row("모두", format!("{pieces}개"));
}

/// A request that exists is never left out without a word.
fn request(document: &mut Document, about: &About<'_>) {
    let written =
        about.private.and_then(|private| private.request.as_deref()).filter(|text| !text.trim().is_empty());
    let text = match written {
        Some(text) => text,
        None if about.order.has_request => "요청이 있지만 이 PC에 없어요. 손님께 확인해 주세요.",
        None => return,
    };
    document.push(Block::Framed {
        heading: Some(" 요청 ".to_owned()),
        lines: vec![text.to_owned()],
        style: Style::TALL,
    });
}
