//! Columns, wrapping and encoding hold for whatever people write.

use proptest::prelude::*;
use store_desktop_core::print::escpos::{self, Cut, encode, render};
use store_desktop_core::print::{
    Align, Block, Column, Document, Line, Paper, Rom, Size, Style, fit, lay_out, on_paper, width, wrap,
};

/// What customers type: Korean of every kind, Latin, emoji, decomposed Hangul, control characters, anything.
fn text() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        8 => prop::char::range('가', '힣'),
        4 => prop::char::range(' ', '~'),
        2 => prop::char::range('ㄱ', 'ㅣ'),
        1 => prop::char::range('\u{1100}', '\u{11ff}'),
        1 => prop::char::range('\u{a0}', '\u{17f}'),
        1 => prop::char::range('😀', '🙏'),
        1 => prop::sample::select(vec!['₩', '–', '—', '\n', '\t', '\u{200b}', '\u{fe0f}', '│', '漢', '𠮷', '똠', '뷁', '\u{7f}']),
        1 => any::<char>(),
    ];
    prop::collection::vec(one, 0..60).prop_map(|chars| chars.into_iter().collect())
}

fn size() -> impl Strategy<Value = Size> {
    prop::sample::select(vec![Size::Normal, Size::Tall, Size::Big, Size::Huge])
}

fn style() -> impl Strategy<Value = Style> {
    (size(), any::<bool>(), any::<bool>()).prop_map(|(size, bold, inverse)| Style { size, bold, inverse })
}

fn align() -> impl Strategy<Value = Align> {
    prop::sample::select(vec![Align::Left, Align::Middle, Align::Right])
}

fn block() -> impl Strategy<Value = Block> {
    let column = (prop::option::of(0u8..60), align()).prop_map(|(width, align)| Column { width, align });
    prop_oneof![
        (text(), style(), align()).prop_map(|(text, style, align)| Block::Text { text, style, align }),
        (text(), size()).prop_map(|(text, size)| Block::Bar { text, size }),
        (text(), text(), style()).prop_map(|(left, right, style)| Block::Row { left, right, style }),
        (
            prop::collection::vec(column, 0..6),
            prop::collection::vec(prop::collection::vec(text(), 0..7), 0..4)
        )
            .prop_map(|(columns, rows)| Block::Table { columns, rows }),
        (text(), text(), style()).prop_map(|(mark, text, style)| Block::Marked { mark, text, style }),
        (prop::option::of(text()), prop::collection::vec(text(), 0..4), style())
            .prop_map(|(heading, lines, style)| Block::Framed { heading, lines, style }),
        any::<bool>().prop_map(|heavy| Block::Rule { heavy }),
        text().prop_map(|data| Block::Qr { data }),
        (0u8..10).prop_map(|lines| Block::Feed { lines }),
    ]
}

fn document() -> impl Strategy<Value = Document> {
    prop::collection::vec(block(), 0..8).prop_map(|blocks| Document { blocks })
}

fn paper() -> impl Strategy<Value = Paper> {
    prop::sample::select(vec![Paper::Mm58, Paper::Mm80])
}

fn rom() -> impl Strategy<Value = Rom> {
    prop::sample::select(vec![Rom::KsX1001, Rom::Cp949, Rom::Ascii])
}

proptest! {
    #[test]
    fn a_line_is_never_wider_than_its_columns_and_nothing_is_lost(text in text(), columns in 2usize..60) {
        let text = on_paper(&text);
        let lines = wrap(&text, columns);
        prop_assert!(lines.iter().all(|line| width(line) <= columns), "{lines:?}");
        let letters = |text: &str| text.chars().filter(|one| *one != ' ').collect::<String>();
        prop_assert_eq!(letters(&lines.concat()), letters(&text));
    }

    #[test]
    fn cutting_never_splits_a_character(text in text(), columns in 0usize..40) {
        let text = on_paper(&text);
        let head = fit(&text, columns);
        prop_assert!(text.starts_with(head) && width(head) <= columns);
        if let Some(next) = text[head.len()..].chars().next() {
            prop_assert!(width(head) + width(&next.to_string()) > columns);
        }
    }

    #[test]
    fn what_goes_on_paper_stays_what_it_is(text in text()) {
        let once = on_paper(&text);
        prop_assert_eq!(on_paper(&once), once.clone());
        prop_assert!(!once.chars().any(char::is_control), "{once:?}");
    }

    #[test]
    fn a_printer_understands_every_byte_of_every_document(document in document(), paper in paper(), rom in rom()) {
        let lines = lay_out(&document, paper);
        for line in &lines {
            if let Line::Text { runs, .. } = line {
                let columns: usize = runs.iter().map(store_desktop_core::print::Run::columns).sum();
                prop_assert!(columns <= paper.columns(), "{columns} columns: {line:?}");
            }
        }
        let bytes = encode(&lines, paper, rom, Cut::Knife);
        let printed = render(&bytes, paper, rom);
        prop_assert_eq!(printed.misunderstood, Vec::<String>::new());
        prop_assert_eq!(printed.cuts.len(), 1);
    }
}

#[test]
fn korean_apple_file_names_are_put_together() {
    assert_eq!(on_paper("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"), "한글");
    assert_eq!(on_paper("\u{1111}\u{1165}\u{11af}"), "펄");
    assert_eq!(on_paper("\u{1100}"), "ㄱ");
}

#[test]
fn signs_that_no_printer_knows_become_those_that_it_knows() {
    assert_eq!(on_paper("₩12,000 – 좋아요 ✔ ❤️ 2\u{a0}개"), "￦12,000 - 좋아요 √ ♥ 2 개");
    assert_eq!(on_paper("😊👍"), "(그림 문자)");
    assert_eq!(on_paper("고마워요 🙏🏻"), "고마워요 ");
    assert_eq!(on_paper("Crème brûlée"), "Crème brûlée");
    assert_eq!(on_paper("ไทย"), "□□□");
}

#[test]
fn syllables_outside_the_memory_are_drawn_and_the_rest_is_text() {
    let mut document = Document::new();
    document.text("가나다");
    document.text("똠방각하");
    let lines = lay_out(&document, Paper::Mm58);
    let raster = |rom| {
        let bytes = encode(&lines, Paper::Mm58, rom, Cut::Knife);
        bytes.windows(4).filter(|window| window == b"\x1dv0\x00").count()
    };
    assert_eq!((raster(Rom::KsX1001), raster(Rom::Cp949), raster(Rom::Ascii)), (1, 0, 2));
    // Drawn or not, it looks the same, because the letters are the same.
    let picture = |rom| render(&encode(&lines, Paper::Mm58, rom, Cut::Knife), Paper::Mm58, rom).image;
    assert_eq!(picture(Rom::KsX1001), picture(Rom::Cp949));
    assert_eq!(picture(Rom::KsX1001), picture(Rom::Ascii));
    // A printer without these syllables that got the text would print something else: that is what the drawing is for.
    let text = encode(&lines, Paper::Mm58, Rom::Cp949, Cut::Knife);
    assert!(!render(&text, Paper::Mm58, Rom::KsX1001).misunderstood.is_empty());
    assert!(escpos::in_cp949('똠'));
}
