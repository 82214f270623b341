//! A printer in memory: reads the bytes as a printer would and draws what comes out of it. The preview on the screen is this picture.

use qrcode::{Color, EcLevel, QrCode};

use super::bitmap::{Bitmap, Look};
use super::charset::rom_has;
use super::commands::USUAL_SPACING_DOTS;
use crate::print::font;
use crate::print::paper::{LINE_DOTS, Paper, Rom};

/// Highest picture: two metres of paper.
const MAX_DOTS: usize = 16_000;

/// What came out of the printer.
#[derive(Debug, Clone)]
pub struct Printed {
    pub image: Bitmap,
    /// Where it was cut, in dots from the top.
    pub cuts: Vec<usize>,
    /// Contents of the QR codes.
    pub codes: Vec<String>,
    /// Bytes and characters that the printer did not understand; empty for everything that this program writes.
    pub misunderstood: Vec<String>,
}

/// Prints bytes on paper.
pub fn render(bytes: &[u8], paper: Paper, rom: Rom) -> Printed {
    let mut printer = Printer::new(paper, rom);
    let mut rest = bytes;
    while !rest.is_empty() && printer.y < MAX_DOTS {
        let used = printer.step(rest).clamp(1, rest.len());
        rest = &rest[used..];
    }
    printer.line_feed_if_begun();
    let mut printed = printer.printed;
    let height = printer.y.min(MAX_DOTS);
    printed.image.grow(height.max(1));
    printed
}

struct Printer {
    rom: Rom,
    printed: Printed,
    /// Characters of the line that is being filled, with how they look.
    line: Vec<(Option<char>, Look)>,
    used: usize,
    y: usize,
    look: Look,
    spacing: usize,
    middle: bool,
    korean: bool,
    module: usize,
    qr: Vec<u8>,
}

const PLAIN: Look = Look { wide: 1, high: 1, bold: false, inverse: false };

impl Printer {
    fn new(paper: Paper, rom: Rom) -> Self {
        let image = Bitmap::new(paper.dots(), 1);
        let printed = Printed { image, cuts: Vec::new(), codes: Vec::new(), misunderstood: Vec::new() };
        Self {
            rom,
            printed,
            line: Vec::new(),
            used: 0,
            y: 0,
            look: PLAIN,
            spacing: USUAL_SPACING_DOTS,
            middle: false,
            korean: false,
            module: 3,
            qr: Vec::new(),
        }
    }

    /// Takes one command or character; says how many bytes that was.
    fn step(&mut self, bytes: &[u8]) -> usize {
        match bytes {
            [0x1b, rest @ ..] => 1 + self.escape(rest),
            [0x1d, rest @ ..] => 1 + self.group(rest),
            [0x1c, b'&', ..] => {
                self.korean = true;
                2
            }
            [0x10, 0x04, _, ..] => 3,
            [b'\n', ..] => {
                self.line_feed();
                1
            }
            [lead @ 0x81..=0xfe, trail, ..] if self.korean => {
                self.pair(*lead, *trail);
                2
            }
            [byte @ b' '..=b'~', ..] => {
                self.character(Some(char::from(*byte)), 1);
                1
            }
            [byte, ..] => {
                self.misunderstand(format!("byte {byte:02x}"));
                1
            }
            [] => 0,
        }
    }

    fn escape(&mut self, bytes: &[u8]) -> usize {
        match bytes {
            [b'@', ..] => {
                self.line_feed_if_begun();
                (self.look, self.spacing, self.middle) = (PLAIN, USUAL_SPACING_DOTS, false);
                1
            }
            [b'2', ..] => {
                self.spacing = USUAL_SPACING_DOTS;
                1
            }
            [b'3', dots, ..] => {
                self.spacing = usize::from(*dots);
                2
            }
            [b'E', on, ..] => {
                self.look.bold = on & 1 == 1;
                2
            }
            [b'a', place, ..] => {
                self.middle = *place == 1;
                2
            }
            [b'd', lines, ..] => {
                self.line_feed_if_begun();
                self.y += usize::from(*lines) * self.spacing;
                2
            }
            [b'R', 0, ..] => 2,
            _ => self.misunderstand_command(0x1b, bytes),
        }
    }

    fn group(&mut self, bytes: &[u8]) -> usize {
        match bytes {
            [b'!', size, ..] => {
                self.look.wide = usize::from(size >> 4 & 7) + 1;
                self.look.high = usize::from(size & 7) + 1;
                2
            }
            [b'B', on, ..] => {
                self.look.inverse = on & 1 == 1;
                2
            }
            [b'V', 66, feed, ..] => {
                self.line_feed_if_begun();
                // The knife stands above the print head: about fifteen millimetres of paper are between them.
                self.y += usize::from(*feed) + 120;
                self.printed.cuts.push(self.y);
                3
            }
            [b'r', _, ..] => 2,
            [b'v', b'0', 0, xl, xh, yl, yh, dots @ ..] => {
                let (wide, high) = (
                    usize::from(u16::from_le_bytes([*xl, *xh])),
                    usize::from(u16::from_le_bytes([*yl, *yh])),
                );
                self.raster(wide, high, dots);
                7 + (wide * high).min(dots.len())
            }
            [b'(', b'k', low, high, rest @ ..] => {
                let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
                self.qr_function(&rest[..length]);
                4 + length
            }
            _ => self.misunderstand_command(0x1d, bytes),
        }
    }

    fn pair(&mut self, lead: u8, trail: u8) {
        let pair = [lead, trail];
        let (text, _, broken) = encoding_rs::EUC_KR.decode(&pair);
        let known = text.chars().next().filter(|one| !broken && rom_has(self.rom, *one));
        if known.is_none() {
            self.misunderstand(format!("character {lead:02x} {trail:02x}"));
        }
        self.character(known, 2);
    }

    fn character(&mut self, character: Option<char>, columns: usize) {
        let width = columns * crate::print::paper::CHARACTER_DOTS * self.look.wide;
        if self.used + width > self.printed.image.width {
            // A printer goes on in the next line; a program that counts columns never lets it.
            self.misunderstand("a line that is too long".to_owned());
            self.line_feed();
        }
        self.used += width;
        self.line.push((character, self.look));
    }

    fn line_feed_if_begun(&mut self) {
        if !self.line.is_empty() {
            self.line_feed();
        }
    }

    fn line_feed(&mut self) {
        let line = std::mem::take(&mut self.line);
        let high = line.iter().map(|(_, look)| look.high).max().unwrap_or(1);
        let height = LINE_DOTS * high;
        self.printed.image.grow(self.y + height);
        let mut x = if self.middle { (self.printed.image.width - self.used) / 2 } else { 0 };
        for (character, look) in line {
            let y = self.y + LINE_DOTS * (high - look.high);
            let glyph = character.and_then(font::glyph);
            x += self.printed.image.draw(x, y, glyph, look);
        }
        self.used = 0;
        self.y += height.max(self.spacing + height - LINE_DOTS);
    }

    fn raster(&mut self, bytes_in_row: usize, rows: usize, dots: &[u8]) {
        self.line_feed_if_begun();
        self.printed.image.grow((self.y + rows).min(MAX_DOTS));
        for (row, bytes) in dots.chunks(bytes_in_row.max(1)).take(rows).enumerate() {
            for (at, byte) in bytes.iter().enumerate() {
                for bit in (0..8).filter(|bit| byte << bit & 0x80 != 0) {
                    self.printed.image.set(at * 8 + bit, self.y + row, true);
                }
            }
        }
        self.y += rows;
    }

    fn qr_function(&mut self, parameters: &[u8]) {
        match parameters {
            [49, 65, 50, 0] | [49, 69, 48..=51] => {}
            [49, 67, module @ 1..=16] => self.module = usize::from(*module),
            [49, 80, 48, data @ ..] => self.qr = data.to_vec(),
            [49, 81, 48] => self.draw_qr(),
            other => self.misunderstand(format!("QR function {other:02x?}")),
        }
    }

    fn draw_qr(&mut self) {
        let Ok(code) = QrCode::with_error_correction_level(&self.qr, EcLevel::M) else {
            return self.misunderstand("a QR code that is too long".to_owned());
        };
        let (modules, side) = (code.width(), self.module);
        let width = modules * side;
        let x = if self.middle { self.printed.image.width.saturating_sub(width) / 2 } else { 0 };
        self.printed.image.grow(self.y + width);
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (column, row) = (at % modules, at / modules);
                self.printed.image.fill(x + column * side, self.y + row * side, side, side);
            }
        }
        self.y += width;
        self.printed.codes.push(String::from_utf8_lossy(&self.qr).into_owned());
    }

    fn misunderstand_command(&mut self, first: u8, bytes: &[u8]) -> usize {
        let second = bytes.first().copied().unwrap_or(0);
        self.misunderstand(format!("command {first:02x} {second:02x}"));
        1
    }

    fn misunderstand(&mut self, what: String) {
        self.printed.misunderstood.push(what);
    }
}
