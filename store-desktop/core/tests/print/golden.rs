//! The bytes themselves, held against files: a change of what every printer of every store gets must be seen.
//!
//! `GOLDEN=write cargo test -p store-desktop-core --test print golden` writes them anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use shared::order::{CancelReason, Phase};
use store_desktop_core::print::escpos::{Cut, encode};
use store_desktop_core::print::tickets::{Marks, cancel_ticket, kitchen_ticket, slip, test_strip};
use store_desktop_core::print::{Document, Paper, Rom, lay_out, text_of};

use super::orders::{EVENING, Paperwork};

fn check(name: &str, document: &Document, paper: Paper) {
    let lines = lay_out(document, paper);
    let bytes = encode(&lines, paper, Rom::KsX1001, Cut::Knife);
    let mut text = text_of(&lines);
    text.push_str("----\n");
    for row in bytes.chunks(32) {
        let hex: String = row.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(text, "{hex}").unwrap();
    }
    let file =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/print/golden").join(format!("{name}.txt"));
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(golden == text, "{name} is printed in another way than before:\n{text}");
}

#[test]
fn tickets_are_printed_as_before() {
    let mut work = Paperwork::new();
    for (width, paper) in [(58, Paper::Mm58), (80, Paper::Mm80)] {
        check(&format!("kitchen-{width}"), &kitchen_ticket(&work.about()), paper);
        check(&format!("slip-{width}"), &slip(&work.about()), paper);
        check(&format!("test-{width}"), &test_strip(Some("망원분식"), "주방", paper, EVENING), paper);
    }
    work.marks = Marks { reprint: 2, ..work.marks };
    check("kitchen-again-80", &kitchen_ticket(&work.about()), Paper::Mm80);
    work.marks = Marks { reprint: 0, ..work.marks };
    work.order.phase =
        Phase::Cancelled { at: EVENING.plus_minutes(4), reason: CancelReason::CustomerChangedMind };
    check("cancel-58", &cancel_ticket(&work.about()), Paper::Mm58);
}

#[test]
fn a_kitchen_ticket_shows_no_price_and_a_slip_shows_all_of_them() {
    let work = Paperwork::new();
    for paper in [Paper::Mm58, Paper::Mm80] {
        let kitchen = text_of(&lay_out(&kitchen_ticket(&work.about()), paper));
        assert!(!kitchen.contains('원') || !kitchen.contains("000"), "{kitchen}");
        for wanted in
            ["포장", "#143", "푸른 사과", "× 2", "▶ 곱빼기", "▶ 고추냉이 많이 × 2", "요청", "땅콩", "전표 12"]
        {
            assert!(kitchen.contains(wanted), "{wanted} is missing:\n{kitchen}");
        }
        let slip = text_of(&lay_out(&slip(&work.about()), paper));
        for wanted in [
            "망원분식",
            "홍길동",
            "234-56-78902",
            "02-336-7788",
            "포은로",
            "73,500원",
            "공급가액",
            "63,182원",
            "부가세",
            "6,318원",
            "면세",
            "4,000원",
            "카카오페이",
            "원산지",
            "장어(국내산)",
            "2026-11-21 (토) 18:31",
        ] {
            assert!(slip.contains(wanted), "{wanted} is missing:\n{slip}");
        }
        assert!(!slip.contains("미국산"), "the origin of what was not bought");
    }
}

#[test]
fn a_request_that_is_not_here_is_not_left_out_without_a_word() {
    let work = Paperwork::new();
    let mut about = work.about();
    about.private = None;
    let text = text_of(&lay_out(&kitchen_ticket(&about), Paper::Mm80));
    assert!(text.contains("요청이 있지만"), "{text}");
}

#[test]
fn refunds_are_on_the_slip() {
    let mut work = Paperwork::new();
    work.order.refunded = super::orders::won(13_500);
    let text = text_of(&lay_out(&slip(&work.about()), Paper::Mm58));
    assert!(text.contains("-13,500원") && text.contains("60,000원"), "{text}");
}
