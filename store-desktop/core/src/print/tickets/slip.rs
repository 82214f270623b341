//! The bag slip (영수증): what the customer gets with the food, with what the law wants on it.

use shared::menu::PricedLine;
use shared::order::Order;
use shared::wire::StoreCard;
use shared::{Won, points};

use super::{About, calling, foot, mode_name, reprint_bar};
use crate::print::dates::kst_date_time;
use crate::print::document::{Block, Document, Style};

/// Writes it.
pub fn slip(about: &About<'_>) -> Document {
    let mut document = Document::new();
    reprint_bar(&mut document, about.marks);
    if let Some(store) = about.store {
        seller(&mut document, store);
    }
    document.rule();
    calling(&mut document, about.order, Style::BIG);
    if let Some(ticket) = &about.order.ticket {
        document.row(mode_name(about.order.details.mode), kst_date_time(ticket.placed_at));
    }
    document.rule();
    about.order.details.lines.iter().for_each(|line| bought(&mut document, line));
    document.rule();
    amounts(&mut document, about.order);
    document.rule();
    origins(&mut document, about);
    if let Some(request) = about.private.and_then(|private| private.request.as_deref()) {
        document.push(Block::Framed {
            heading: Some(" 요청 ".to_owned()),
            lines: vec![request.to_owned()],
            style: Style::NORMAL,
        });
    }
    document.qr(about.code);
    foot(&mut document, about);
    document
}

fn seller(document: &mut Document, store: &StoreCard) {
    document.headline(store.name.clone());
    if !store.branch.is_empty() {
        document.centered(store.branch.clone());
    }
    let Some(business) = &store.business else { return };
    if !business.company.is_empty() && business.company != store.name {
        document.row("상호", business.company.clone());
    }
    document.row("대표자", business.representative.clone());
    document.row("사업자등록번호", business.registration_no.clone());
    document.row("전화", business.phone.clone());
    document.text(business.address.clone());
}

fn bought(document: &mut Document, line: &PricedLine) {
    let free = if line.tax_free { "*" } else { "" };
    document.bold_row(format!("{free}{}", line.name), line.amount.to_string());
    let each = format!("{} × {}", line.unit_price, line.quantity);
    document.push(Block::Marked { mark: "   ".to_owned(), text: each, style: Style::NORMAL });
    for option in &line.options {
        let times = if option.quantity > 1 { format!(" × {}", option.quantity) } else { String::new() };
        let price = if option.price == Won::ZERO { String::new() } else { format!(" (+{})", option.price) };
        let text = format!("{}{times}{price}", option.name);
        document.push(Block::Marked { mark: "   ▶ ".to_owned(), text, style: Style::NORMAL });
    }
}

fn amounts(document: &mut Document, order: &Order) {
    let details = &order.details;
    let taxed = details.total.checked_sub(details.tax_free).unwrap_or(details.total);
    let supply = taxed.checked_sub(details.vat).unwrap_or(taxed);
    document.row("공급가액", supply.to_string());
    document.row("부가세", details.vat.to_string());
    if details.tax_free > Won::ZERO {
        document.row("면세 (*)", details.tax_free.to_string());
    }
    if details.points > Won::ZERO {
        document.row("메뉴 금액", points::price(details).to_string());
        document.row("포인트", format!("-{}", details.points));
    }
    document.push(Block::Row {
        left: "합계".to_owned(),
        right: details.total.to_string(),
        style: Style::TALL,
    });
    document.row("결제", "카카오페이");
    if order.refunded > Won::ZERO {
        document.bold_row("환불", format!("-{}", order.refunded));
        let kept = details.total.checked_sub(order.refunded).unwrap_or(Won::ZERO);
        document.bold_row("환불 후 금액", kept.to_string());
    }
}

/// Where the ingredients of what was bought come from (원산지): on the receipt, because bags rarely carry it.
fn origins(document: &mut Document, about: &About<'_>) {
    let bought = |item: &shared::id::ItemKey| about.order.details.lines.iter().any(|line| &line.item == item);
    let mut lines: Vec<String> = Vec::new();
    for origin in about.origins.iter().filter(|origin| bought(&origin.item)) {
        if !lines.contains(&origin.origin) {
            lines.push(origin.origin.clone());
        }
    }
    if !lines.is_empty() {
        document.push(Block::Framed { heading: Some(" 원산지 ".to_owned()), lines, style: Style::NORMAL });
    }
}
