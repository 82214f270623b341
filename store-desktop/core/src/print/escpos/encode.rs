//! Lines to bytes. A line with a character that the printer cannot draw is sent as dots, whole, so that it stays in its columns.

use super::bitmap::Bitmap;
use super::charset::{cp949, rom_has};
use super::commands;
use crate::print::document::Style;
use crate::print::layout::{Line, Run};
use crate::print::paper::{LINE_DOTS, Paper, Rom};

/// Dots of a QR module: big enough for a phone, small enough for the narrow paper.
const QR_MODULE: u8 = 5;
/// Lines between the last line and the place where a person tears the paper off.
const TEAR_OFF: u8 = 5;

/// What comes after the last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Knife,
    /// The paper is fed for a person who tears it off.
    TearOff,
}

/// The bytes of a whole ticket. What the printer remembers of an earlier one, cut off in its middle or not, does not matter.
pub fn encode(lines: &[Line], paper: Paper, rom: Rom, cut: Cut) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2_048);
    for start in [commands::INITIALIZE, commands::INTERNATIONAL_USA, commands::KOREAN] {
        bytes.extend(start);
    }
    let mut tight_before = false;
    for line in lines {
        let tight = matches!(line, Line::Text { tight: true, .. });
        if tight != tight_before {
            bytes.extend(if tight { commands::NO_SPACING } else { commands::USUAL_SPACING });
            tight_before = tight;
        }
        match line {
            Line::Text { runs, tight } if runs_in_rom(runs, rom) => text(&mut bytes, runs, *tight),
            Line::Text { runs, tight } => dots(&mut bytes, runs, paper, *tight),
            Line::Qr(data) => {
                // Readers want white around it.
                bytes.extend(commands::feed(1));
                bytes.extend(commands::MIDDLE);
                bytes.extend(commands::qr(data, QR_MODULE));
                bytes.extend(commands::LEFT);
                bytes.extend(commands::feed(1));
            }
            Line::Feed(lines) => bytes.extend(commands::feed(*lines)),
        }
    }
    if tight_before {
        bytes.extend(commands::USUAL_SPACING);
    }
    match cut {
        Cut::Knife => bytes.extend(commands::CUT),
        Cut::TearOff => bytes.extend(commands::feed(TEAR_OFF)),
    }
    bytes
}

fn runs_in_rom(runs: &[Run], rom: Rom) -> bool {
    runs.iter().flat_map(|run| run.text.chars()).all(|character| rom_has(rom, character))
}

fn text(bytes: &mut Vec<u8>, runs: &[Run], tight: bool) {
    let mut style = Style::NORMAL;
    let last = runs.len().saturating_sub(1);
    for (at, run) in runs.iter().enumerate() {
        restyle(bytes, style, run.style);
        style = run.style;
        // Spaces at the end of an ordinary line are only bytes.
        let trim = at == last && !style.inverse && !tight;
        let text = if trim { run.text.trim_end() } else { &run.text };
        for character in text.chars() {
            match cp949(character) {
                Some(pair) => bytes.extend(pair),
                None => bytes.push(u8::try_from(character).ok().filter(u8::is_ascii).unwrap_or(b'?')),
            }
        }
    }
    bytes.push(commands::LINE_FEED);
    restyle(bytes, style, Style::NORMAL);
}

fn restyle(bytes: &mut Vec<u8>, from: Style, to: Style) {
    if from.bold != to.bold {
        bytes.extend(commands::bold(to.bold));
    }
    if from.inverse != to.inverse {
        bytes.extend(commands::inverse(to.inverse));
    }
    if from.size != to.size {
        bytes.extend(commands::size(to.size));
    }
}

fn dots(bytes: &mut Vec<u8>, runs: &[Run], paper: Paper, tight: bool) {
    let space_below = if tight { 0 } else { commands::USUAL_SPACING_DOTS - LINE_DOTS };
    let bitmap = Bitmap::of_line(runs, paper.dots(), space_below);
    bytes.extend(commands::raster(bitmap.width.div_ceil(8), bitmap.height));
    bytes.extend(bitmap.rows());
}
