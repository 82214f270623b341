//! The test strip (시험 인쇄): everything that goes wrong with Korean on paper, on one piece of it.

use shared::TimeMs;

use crate::print::dates::kst_date_time;
use crate::print::document::{Align, Block, Column, Document, Size, Style};
use crate::print::paper::Paper;

/// Writes it.
pub fn test_strip(store: Option<&str>, printer: &str, paper: Paper, now: TimeMs) -> Document {
    let mut document = Document::new();
    document.bar("시험 인쇄", Size::Big);
    document.centered(store.unwrap_or("간편주문"));
    document.row(printer, kst_date_time(now));
    document.rule();
    document.text("가나다라마바사 아자차카타파하 ABC xyz 0123456789");
    document.text("어려운 글자: 똠방각하 뷁 펲시 쫜쫜 먐 쌰브쌰브");
    document.text("기호: ￦12,000 · ★ ① ▶ × ※ ― “따옴표”");
    document.push(Block::Text { text: "크게".to_owned(), style: Style::BIG, align: Align::Left });
    document.push(Block::Text {
        text: "세로로 크게, 굵게".to_owned(),
        style: Style::TALL,
        align: Align::Left,
    });
    document.push(Block::Framed {
        heading: Some(" 상자 ".to_owned()),
        lines: vec!["네 모서리가 이어져야 해요.".to_owned()],
        style: Style::BOLD,
    });
    let middle = Column { width: None, align: Align::Middle };
    let right = Column { width: Some(9), align: Align::Right };
    let row = |name: &str, amount: &str| vec![name.to_owned(), amount.to_owned()];
    let rows = vec![row("장어덮밥", "25,000원"), row("곱빼기", "3,000원")];
    document.push(Block::Table { columns: vec![middle, right], rows });
    // The last digit has to stand at the right edge of the paper.
    document.text("1234567890".chars().cycle().take(paper.columns()).collect::<String>());
    document.qr("https://pf.kakao.com");
    document.text("글자가 □나 ?로 나오면 설정에서 '글자 방식'을 바꿔 주세요.");
    document
}
