//! Tables for a spreadsheet: UTF-8 with the mark that Excel needs to read Korean, one row per line.

use shared::TimeMs;
use shared::schedule::KstDate;

use super::sales::{Sales, SoldOrder, name_of};
use crate::journal::FoundDay;

/// Excel takes a file without it for another encoding.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The day's orders, one per row.
pub fn orders_csv(orders: &[SoldOrder]) -> String {
    let mut table = Table::new(&[
        "주문번호",
        "호출명",
        "날짜",
        "주문시각",
        "상태",
        "사유",
        "상품",
        "금액",
        "환불",
        "부가세",
        "면세",
        "접수(초)",
        "포인트",
    ]);
    for one in orders {
        let Some(ticket) = &one.order.ticket else { continue };
        let lines = one.order.details.lines.iter();
        let items: Vec<String> = lines.map(|line| format!("{} x{}", line.name, line.quantity)).collect();
        let accepted = one.accepted_at.map(|at| at.ms_since(ticket.placed_at).max(0) / 1000);
        table.row(&[
            &ticket.number.to_string(),
            &ticket.call_name,
            &date(ticket.placed_at),
            &ticket.placed_at.kst_clock(),
            one.order.phase.name().as_str(),
            &reason(one),
            &items.join(", "),
            &one.order.details.total.get().to_string(),
            &one.refund.get().to_string(),
            &one.order.details.vat.get().to_string(),
            &one.order.details.tax_free.get().to_string(),
            &accepted.map(|seconds| seconds.to_string()).unwrap_or_default(),
            &one.order.details.points.get().to_string(),
        ]);
    }
    table.text
}

fn reason(one: &SoldOrder) -> String {
    use shared::order::Phase;
    match &one.order.phase {
        Phase::Rejected { reason, .. } => name_of(reason),
        Phase::Cancelled { reason, .. } => name_of(reason),
        Phase::PendingPayment
        | Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. }
        | Phase::HandedOver { .. }
        | Phase::Completed { .. } => String::new(),
    }
}

/// What was sold of each item.
pub fn items_csv(sales: &Sales) -> String {
    let mut table = Table::new(&["상품", "수량", "금액"]);
    for item in &sales.items {
        table.row(&[&item.name, &item.quantity.to_string(), &item.amount.get().to_string()]);
    }
    table.text
}

/// The hours of a day.
pub fn sales_csv(sales: &Sales) -> String {
    let mut table = Table::new(&["날짜", "시간", "주문", "금액"]);
    for hour in &sales.hours {
        table.row(&[
            &date(hour.from),
            &hour.from.kst_clock(),
            &hour.orders.to_string(),
            &hour.amount.get().to_string(),
        ]);
    }
    table.text
}

/// One row per day.
pub fn days_csv(days: &[FoundDay]) -> String {
    let mut table = Table::new(&["날짜", "시작", "마감", "주문", "결제", "환불"]);
    for day in days {
        table.row(&[
            &date(day.opened_at),
            &day.opened_at.kst_clock(),
            &day.closed_at.map(TimeMs::kst_clock).unwrap_or_default(),
            &day.orders.to_string(),
            &day.captured.to_string(),
            &day.refunded.to_string(),
        ]);
    }
    table.text
}

fn date(at: TimeMs) -> String {
    KstDate::of(at).to_string()
}

struct Table {
    text: String,
}

impl Table {
    fn new(heads: &[&str]) -> Self {
        let mut table = Self { text: String::from(BYTE_ORDER_MARK) };
        table.row(heads);
        table
    }

    fn row(&mut self, cells: &[&str]) {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        self.text.push_str(&cells.join(","));
        self.text.push_str("\r\n");
    }
}

/// A name that a spreadsheet would take for a formula must stay a name.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_defused() {
        assert_eq!(quoted("김치찌개"), "김치찌개");
        assert_eq!(quoted("밥, 국"), "\"밥, 국\"");
        assert_eq!(quoted("3\" 피자"), "\"3\"\" 피자\"");
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        let mut table = Table::new(&["a", "b"]);
        table.row(&["1", "2"]);
        assert_eq!(table.text, "\u{feff}a,b\r\n1,2\r\n");
    }
}
