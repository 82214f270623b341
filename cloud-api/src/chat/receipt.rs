//! The receipt in the chat (영수증): who sold what, its VAT, the origin of the ingredients, and what of the money went back.

use shared::id::{OrderId, StoreId};

use super::action::Action;
use super::answer::{Answer, Button, TextCard, fit_line};
use super::turn::{Doing, Reply, Turn};
use super::{order_card, session, texts};
use crate::order_page::{Receipt, date_time, read_receipt};

/// Lines and origins that the chat shows; the page shows all.
const MAX_LINES: usize = 8;
const MAX_ORIGINS: usize = 5;

/// Shows the receipt of one of the customer's own orders.
pub fn show<'a>(turn: &'a Turn<'a>, store: StoreId, order: OrderId) -> Doing<'a> {
    Box::pin(present(turn, store, order))
}

async fn present(turn: &Turn<'_>, store: StoreId, order: OrderId) -> anyhow::Result<Reply> {
    if order_card::own(turn, store, order).await?.is_none() {
        return Ok(Answer::text(texts::OLD_BUTTON).quick("주문 상태", Action::Status).into());
    }
    let Some(receipt) = read_receipt(turn.app, store, order).await? else {
        let text = "아직 결제하지 않았거나 결제가 확인되지 않은 주문이라 영수증이 없어요. ‘주문 상태’에서 확인해 주세요.";
        return Ok(Answer::text(text).quick("주문 상태", Action::Status).into());
    };
    let url = format!("{}#receipt", order_card::live_page(turn, order));
    let card = TextCard::new(money_title(&receipt))
        .description(money(&receipt))
        .button(Button::open("전체 영수증 보기", url))
        .button(Button::new("다시 주문", Action::Repeat { store, order, switch: false }));
    let answer = Answer::text(words(&receipt)).then(Answer::card(card));
    Ok(answer.quick("주문 상태", Action::Status).into())
}

fn money_title(receipt: &Receipt) -> String {
    if receipt.given_back.is_empty() {
        return format!("결제 금액 {}", receipt.total);
    }
    let state = if receipt.back_since().is_some() { "환불 완료" } else { "환불 중" };
    format!("{state} {} · 남은 금액 {}", receipt.back(), receipt.kept())
}

fn money(receipt: &Receipt) -> String {
    let mut lines = vec![format!("공급가액 {} · 부가세 {}", receipt.supply(), receipt.vat)];
    if !receipt.tax_free.is_zero() {
        lines.push(format!("면세 금액 {}", receipt.tax_free));
    }
    if !receipt.points.is_zero() {
        lines.push(format!("포인트 사용 {}", receipt.points));
    }
    if !receipt.given_back.is_empty() {
        lines.push(format!("결제 금액 {}", receipt.total));
        let vat = receipt.vat_back();
        lines.push(match receipt.back_since() {
            Some(at) => {
                format!("{}에 {} 환불 (부가세 {vat} 포함)", date_time(at), receipt.back())
            }
            None => format!("{}을 카카오페이로 환불하고 있어요.", receipt.back()),
        });
    }
    lines.join("\n")
}

fn words(receipt: &Receipt) -> String {
    let business = &receipt.shop.business;
    let mut lines = vec![
        format!("[영수증] {}", receipt.shop.name),
        format!("상호 {} · 대표자 {}", business.company, business.owner),
        format!("사업자등록번호 {}", business.registration_no),
        receipt.shop.address.clone(),
        format!("전화 {}", receipt.shop.phone),
        String::new(),
    ];
    if let Some(ticket) = &receipt.ticket {
        lines.push(format!("주문번호 {}번 ({})", ticket.number, ticket.call_name));
    }
    lines.push(format!("결제 {} 카카오페이", date_time(receipt.paid.at)));
    if let Some(number) = &receipt.paid.approval_no {
        lines.push(format!("승인번호 {number}"));
    }
    lines.push(String::new());
    lines.extend(receipt.lines.iter().take(MAX_LINES).map(|line| {
        let options = session::options(line);
        let options = if options.is_empty() { options } else { format!(" ({})", fit_line(&options, 24)) };
        format!("· {}{options} × {} {}", fit_line(&line.name, 24), line.quantity, line.amount)
    }));
    if receipt.lines.len() > MAX_LINES {
        lines.push(format!("· 그 밖에 {}가지", receipt.lines.len() - MAX_LINES));
    }
    if !receipt.origins.is_empty() {
        lines.push(String::new());
        lines.push("원산지".to_owned());
        let origins = receipt.origins.iter().take(MAX_ORIGINS);
        lines.extend(
            origins.map(|(item, origin)| format!("· {}: {}", fit_line(item, 20), fit_line(origin, 50))),
        );
        if receipt.origins.len() > MAX_ORIGINS {
            lines.push("· 나머지는 전체 영수증에 있어요".to_owned());
        }
    }
    lines.join("\n")
}
