//! From a document to lines of characters: every line fits the paper, whatever is written in it.

use super::columns::{on_paper, pad_left, pad_right, width, wrap};
use super::document::{Align, Block, Column, Document, MAX_BLOCKS, Size, Style};
use super::paper::Paper;

/// Longest content of a QR code: 69 modules, which fit the narrow paper.
const MAX_QR: usize = 300;
/// Columns between the columns of a table.
const GAP: usize = 1;

/// One line on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Pieces of text side by side. A tight one has no space below, so that frames are closed.
    Text {
        runs: Vec<Run>,
        tight: bool,
    },
    Qr(String),
    Feed(u8),
}

/// Characters that look alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub text: String,
    pub style: Style,
}

impl Run {
    /// Columns on paper.
    pub fn columns(&self) -> usize {
        width(&self.text) * self.style.size.wide()
    }
}

/// Puts a document onto paper.
pub fn lay_out(document: &Document, paper: Paper) -> Vec<Line> {
    document.blocks.iter().take(MAX_BLOCKS).flat_map(|block| block_lines(block, paper.columns())).collect()
}

/// What is written there, line by line, for people who read it elsewhere.
pub fn text_of(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        match line {
            Line::Text { runs, .. } => {
                let line: String = runs.iter().map(|run| run.text.as_str()).collect();
                text.push_str(line.trim_end());
            }
            Line::Qr(data) => text.push_str(&format!("[QR {data}]")),
            Line::Feed(lines) => text.push_str(&"\n".repeat(usize::from(lines.saturating_sub(1)))),
        }
        text.push('\n');
    }
    text
}

fn block_lines(block: &Block, columns: usize) -> Vec<Line> {
    match block {
        Block::Text { text, style, align } => paragraph(text, *style, *align, columns),
        Block::Bar { text, size } => bar(text, *size, columns),
        Block::Row { left, right, style } => row(left, right, *style, columns),
        Block::Table { columns: parts, rows } => table(parts, rows, columns),
        Block::Marked { mark, text, style } => marked(mark, text, *style, columns),
        Block::Framed { heading, lines, style } => framed(heading.as_deref(), lines, *style, columns),
        Block::Rule { heavy } => {
            // The printer's own line characters are two columns wide.
            let line = if *heavy { "━" } else { "─" }.repeat(columns / 2);
            vec![one(line, Style::NORMAL)]
        }
        Block::Qr { data } => {
            let data: String = data.chars().filter(char::is_ascii).take(MAX_QR).collect();
            if data.is_empty() { Vec::new() } else { vec![Line::Qr(data)] }
        }
        Block::Feed { lines } => vec![Line::Feed(*lines)],
    }
}

fn one(text: String, style: Style) -> Line {
    Line::Text { runs: vec![Run { text, style }], tight: false }
}

/// Paragraphs of a text that a person wrote with line breaks.
fn paragraphs(text: &str, columns: usize) -> Vec<String> {
    text.lines().flat_map(|line| wrap(&on_paper(line), columns)).collect()
}

fn paragraph(text: &str, style: Style, align: Align, columns: usize) -> Vec<Line> {
    let room = columns / style.size.wide();
    paragraphs(text, room).into_iter().map(|line| one(aligned(&line, align, room), style)).collect()
}

fn aligned(text: &str, align: Align, columns: usize) -> String {
    match align {
        Align::Left => text.to_owned(),
        Align::Right => pad_left(text, columns),
        Align::Middle => pad_left(text, width(text) + columns.saturating_sub(width(text)) / 2),
    }
}

fn bar(text: &str, size: Size, columns: usize) -> Vec<Line> {
    let style = Style { size, bold: true, inverse: true };
    let room = columns / size.wide();
    let lines = paragraphs(text, room);
    let line = |line: String| {
        let middle = aligned(&line, Align::Middle, room);
        let mut runs = vec![Run { text: pad_right(&middle, room), style }];
        // A paper's columns are even, so only huge letters leave some over.
        let rest = columns - room * size.wide();
        if rest > 0 {
            let filler = Style { size: Size::Slim, ..style };
            runs.push(Run { text: " ".repeat(rest), style: filler });
        }
        Line::Text { runs, tight: true }
    };
    lines.into_iter().map(line).collect()
}

fn row(left: &str, right: &str, style: Style, columns: usize) -> Vec<Line> {
    let room = columns / style.size.wide();
    let (left, right) = (on_paper(left), on_paper(right));
    if width(&right) * 2 > room && width(&left) + 1 + width(&right) > room {
        let mut lines: Vec<Line> = wrap(&left, room).into_iter().map(|line| one(line, style)).collect();
        lines.extend(wrap(&right, room).into_iter().map(|line| one(pad_left(&line, room), style)));
        return lines;
    }
    let beside = room - width(&right) - usize::from(!right.is_empty());
    let mut lines = wrap(&left, beside).into_iter();
    let first = lines.next().unwrap_or_default();
    let first = format!("{first}{}", pad_left(&right, room - width(&first)));
    std::iter::once(first).chain(lines).map(|line| one(line, style)).collect()
}

fn table(parts: &[Column], rows: &[Vec<String>], columns: usize) -> Vec<Line> {
    let widths = widths(parts, columns);
    rows.iter().flat_map(|cells| table_row(parts, &widths, cells)).collect()
}

/// Two columns at least for each, so that a Korean character has room.
fn widths(parts: &[Column], columns: usize) -> Vec<usize> {
    let gaps = GAP * parts.len().saturating_sub(1);
    let fixed: usize = parts.iter().filter_map(|part| part.width).map(usize::from).sum();
    let shared = parts.iter().filter(|part| part.width.is_none()).count().max(1);
    let rest = columns.saturating_sub(gaps + fixed) / shared;
    let mut left = columns;
    let mut widths = Vec::new();
    for part in parts {
        let wanted = part.width.map_or(rest, usize::from).max(2);
        let given = wanted.min(left);
        left = left.saturating_sub(given + GAP);
        widths.push(given);
    }
    widths
}

fn table_row(parts: &[Column], widths: &[usize], cells: &[String]) -> Vec<Line> {
    let wrapped: Vec<Vec<String>> = widths
        .iter()
        .enumerate()
        .map(|(at, room)| match cells.get(at) {
            Some(cell) if *room >= 2 => wrap(&on_paper(cell), *room),
            Some(_) | None => Vec::new(),
        })
        .collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    let line = |y: usize| {
        let mut text = String::new();
        for (at, room) in widths.iter().enumerate().filter(|(_, room)| **room > 0) {
            if at > 0 {
                text.push(' ');
            }
            let cell = wrapped[at].get(y).map_or("", String::as_str);
            text.push_str(&pad_right(&aligned(cell, parts[at].align, *room), *room));
        }
        one(text, Style::NORMAL)
    };
    (0..height).map(line).collect()
}

fn marked(mark: &str, text: &str, style: Style, columns: usize) -> Vec<Line> {
    let room = columns / style.size.wide();
    let mark = super::columns::fit(&on_paper(mark), room / 2).to_owned();
    let hang = width(&mark);
    let mut lines = paragraphs(text, room - hang).into_iter();
    let first = format!("{mark}{}", lines.next().unwrap_or_default());
    let rest = lines.map(|line| format!("{}{line}", " ".repeat(hang)));
    std::iter::once(first).chain(rest).map(|line| one(line, style)).collect()
}

fn framed(heading: Option<&str>, texts: &[String], style: Style, columns: usize) -> Vec<Line> {
    // A frame stands in normal letters; what it holds may be bold or tall. Its sides take two columns each.
    let size = if style.size == Size::Normal { Size::Normal } else { Size::Tall };
    let inner = Style { size, ..style };
    let room = columns - 4;
    let edge = |left: &str, right: &str, text: &str| {
        let text = super::columns::fit(text, room.saturating_sub(4)).to_owned();
        let dashes = (room - width(&text)) / 2;
        let gap = " ".repeat((room - width(&text)) % 2);
        let line = format!("{left}{text}{gap}{}{right}", "━".repeat(dashes));
        Line::Text { runs: vec![Run { text: line, style: Style::NORMAL }], tight: true }
    };
    let heading = heading.map(on_paper).unwrap_or_default();
    let mut lines = vec![edge("┏", "┓", &heading)];
    for text in texts.iter().flat_map(|text| paragraphs(text, room)) {
        let side = Style { size, ..Style::NORMAL };
        let runs = vec![
            Run { text: "┃".to_owned(), style: side },
            Run { text: pad_right(&text, room), style: inner },
            Run { text: "┃".to_owned(), style: side },
        ];
        lines.push(Line::Text { runs, tight: true });
    }
    lines.push(edge("┗", "┛", ""));
    lines
}
