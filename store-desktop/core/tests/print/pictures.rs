//! Pictures of every ticket, for a person's eyes: `target/tmp/tickets/*.png`.

use std::path::PathBuf;

use shared::order::{CancelReason, OrderMode, Phase};
use store_desktop_core::print::escpos::{Cut, encode, render};
use store_desktop_core::print::tickets::{Marks, cancel_ticket, kitchen_ticket, slip, test_strip};
use store_desktop_core::print::{Align, Block, Column, Document, Paper, Rom, Size, draw, lay_out};

use super::orders::{EVENING, Paperwork};

fn sheet() -> Document {
    let mut document = Document::new();
    document.headline("마감 증명서");
    document.centered("망원분식 본점");
    document.rule();
    document.row("영업일", "2026-11-21 (토) 09:58 ~ 00:41");
    document.bold_row("주문", "143건");
    document.row("취소", "6건");
    document.bar("누락 0 · 중복 0 · 결제 차이 0원", Size::Tall);
    let columns = vec![
        Column { width: Some(6), align: Align::Left },
        Column { width: None, align: Align::Right },
        Column { width: Some(12), align: Align::Right },
    ];
    let rows = (11..16)
        .map(|hour| vec![format!("{hour}시"), format!("{}건", hour * 2), format!("{},000원", hour * 31)]);
    document.push(Block::Table { columns, rows: rows.collect() });
    document.heavy_rule();
    document.qr("SO1C:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    document
}

#[test]
fn every_ticket_has_a_picture() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tickets");
    std::fs::create_dir_all(&folder).unwrap();
    let work = Paperwork::new();
    let mut again = Paperwork::new();
    again.order.details.mode = OrderMode::Delivery;
    again.marks = Marks { reprint: 2, unconfirmed: true, ..again.marks };
    let mut cancelled = Paperwork::new();
    cancelled.order.phase =
        Phase::Cancelled { at: EVENING.plus_minutes(4), reason: CancelReason::CustomerChangedMind };
    for (width, paper) in [(58, Paper::Mm58), (80, Paper::Mm80)] {
        let documents = [
            ("kitchen", kitchen_ticket(&work.about()), 1),
            ("kitchen-again", kitchen_ticket(&again.about()), 1),
            ("slip", slip(&work.about()), 1),
            ("cancel", cancel_ticket(&cancelled.about()), 1),
            ("test", test_strip(Some("망원분식"), "주방", paper, EVENING), 1),
            ("sheet", sheet(), 1),
        ];
        for (name, document, codes) in documents {
            let bytes = encode(&lay_out(&document, paper), paper, Rom::KsX1001, Cut::Knife);
            let printed = render(&bytes, paper, Rom::KsX1001);
            assert_eq!(printed.misunderstood, Vec::<String>::new(), "{name}");
            assert_eq!(printed.codes.len(), codes, "{name}");
            assert_eq!(printed.image.width, paper.dots());
            assert!(printed.image.ink() > 5_000, "{name} is nearly empty");
            std::fs::write(folder.join(format!("{name}-{width}.png")), printed.image.png(20)).unwrap();
        }
    }
}

#[test]
fn a_preview_is_a_picture_with_its_words() {
    let preview = draw(&sheet(), Paper::Mm58, Rom::KsX1001, Cut::Knife);
    assert!(preview.png.starts_with("data:image/png;base64,iVBOR"));
    assert!(preview.text.contains("누락 0 · 중복 0"));
}

#[test]
fn a_frame_is_closed() {
    let mut document = Document::new();
    document.push(Block::Framed { heading: None, lines: vec!["가".to_owned()], style: Default::default() });
    let paper = Paper::Mm58;
    let printed =
        render(&encode(&lay_out(&document, paper), paper, Rom::KsX1001, Cut::Knife), paper, Rom::KsX1001);
    // The left side is one black line from the upper to the lower corner.
    let x = 12;
    assert!((12..60).all(|y| printed.image.is_black(x, y)), "the frame has a gap");
}
