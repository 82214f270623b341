//! The sales sheet (매출표): a day's numbers on paper.

use shared::TimeMs;

use crate::history::Sales;
use crate::print::dates::kst_date_time;
use crate::print::document::{Align, Block, Column, Document, Style};

/// Most items that are listed; the window and the exported table have all of them.
const MAX_ITEMS: usize = 200;

/// Writes it.
pub fn sales_sheet(store: Option<&str>, sales: &Sales, now: TimeMs) -> Document {
    let mut document = Document::new();
    document.headline("매출");
    document.centered(store.unwrap_or("간편주문"));
    document.row("영업 시작", kst_date_time(sales.opened_at));
    document.row("마감", sales.closed_at.map_or_else(|| "영업 중".to_owned(), kst_date_time));
    document.rule();
    document.bold_row("주문", format!("{}건", sales.orders));
    document.row("완료", format!("{}건", sales.completed));
    document.row("거절", format!("{}건", sales.rejected));
    document.row("취소", format!("{}건", sales.cancelled));
    document.row("결제", sales.captured.to_string());
    document.row("환불", sales.refunded.to_string());
    let kept = sales.captured.checked_sub(sales.refunded).unwrap_or_default();
    document
        .push(Block::Row { left: "남은 매출".to_owned(), right: kept.to_string(), style: Style::TALL });
    document.row("부가세", sales.vat.to_string());
    document.row("면세", sales.tax_free.to_string());
    table(
        &mut document,
        "시간대",
        sales
            .hours
            .iter()
            .filter(|hour| hour.orders > 0)
            .map(|hour| vec![hour.from.kst_clock(), format!("{}건", hour.orders), hour.amount.to_string()]),
    );
    table(
        &mut document,
        "상품",
        sales
            .items
            .iter()
            .take(MAX_ITEMS)
            .map(|item| vec![item.name.clone(), item.quantity.to_string(), item.amount.to_string()]),
    );
    document.rule();
    document.row("출력", kst_date_time(now));
    document
}

fn table(document: &mut Document, name: &str, rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return;
    }
    document.heavy_rule();
    document.push(Block::Text { text: name.to_owned(), style: Style::BOLD, align: Align::Left });
    let columns = vec![
        Column { width: None, align: Align::Left },
        Column { width: Some(6), align: Align::Right },
        Column { width: Some(12), align: Align::Right },
    ];
    document.push(Block::Table { columns, rows });
}
