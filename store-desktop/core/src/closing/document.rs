//! A certificate on paper.

use shared::Won;
use shared::certificate::{Certificate, SignedCertificate};

use crate::print::{Document, Size, kst_date_time};

/// Signature digits that are printed; all of them are in the file.
const SHOWN_DIGITS: usize = 32;

/// The certificate as a list of blocks, in Korean as all paper of a store is. One that is not believed says so first.
pub fn document(certificate: &Certificate, signed: &SignedCertificate, verified: bool) -> Document {
    let mut sheet = Document::new();
    if !verified {
        sheet.bar("확인되지 않은 증명서", Size::Tall);
    }
    sheet.headline("마감 증명서");
    sheet.centered(&certificate.store_name);
    sheet.heavy_rule();
    sheet.row("영업 시작", kst_date_time(certificate.prepared_at));
    sheet.row("마감", kst_date_time(certificate.closed_at));
    sheet.rule();
    let totals = &certificate.totals;
    sheet.bold_row("주문", format!("{}건", totals.orders));
    sheet.row("완료", format!("{}건", totals.completed));
    sheet.row("취소", format!("{}건", totals.cancelled));
    sheet.row("거절", format!("{}건", totals.rejected));
    sheet.rule();
    sheet.row("결제", won(totals.captured));
    sheet.row("환불", won(totals.refunded));
    let kept = totals.captured.checked_sub(totals.refunded).unwrap_or(Won::ZERO);
    sheet.bold_row("남은 매출", won(kept));
    sheet.rule();
    sheet.bold_row("누락", format!("{}건", certificate.lost));
    sheet.bold_row("중복", format!("{}건", certificate.doubled));
    sheet.bold_row("결제 차액", format!("{}원", grouped(certificate.payment_difference)));
    sheet.heavy_rule();
    let events = certificate.upto_seq - certificate.first_seq + 1;
    sheet.row("기록", format!("{}~{} ({}건)", certificate.first_seq, certificate.upto_seq, events));
    sheet.text(format!("마지막 기록 {}", certificate.head_hash));
    sheet.text(format!("열쇠 {}", signed.key_id));
    let digits: String = signed.signature.chars().take(SHOWN_DIGITS).collect();
    sheet.text(format!("서명 {digits}…"));
    sheet.feed(1);
    sheet.centered("내보낸 파일로 누구나 검증할 수 있어요.");
    sheet
}

fn won(amount: Won) -> String {
    format!("{}원", grouped(amount.get()))
}

/// `1,284,500`.
fn grouped(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if amount < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_grouped() {
        let shown = [0, 7, 999, 1_000, 1_284_500, -31_000].map(grouped);
        assert_eq!(shown, ["0", "7", "999", "1,000", "1,284,500", "-31,000"]);
    }
}
