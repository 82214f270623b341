//! Black dots on white paper.

use crate::print::font::{self, Glyph};
use crate::print::layout::Run;
use crate::print::paper::{CHARACTER_DOTS, LINE_DOTS};

/// A picture with one dot per place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    pub width: usize,
    pub height: usize,
    dots: Vec<bool>,
}

impl Bitmap {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, dots: vec![false; width * height] }
    }

    pub fn is_black(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && self.dots[y * self.width + x]
    }

    /// Sets a dot; outside the paper nothing happens, as on paper.
    pub fn set(&mut self, x: usize, y: usize, black: bool) {
        if x < self.width && y < self.height {
            self.dots[y * self.width + x] = black;
        }
    }

    pub fn fill(&mut self, x: usize, y: usize, width: usize, height: usize) {
        for row in y..y + height {
            for column in x..x + width {
                self.set(column, row, true);
            }
        }
    }

    /// Makes it so many dots high at least.
    pub fn grow(&mut self, height: usize) {
        if height > self.height {
            self.dots.resize(self.width * height, false);
            self.height = height;
        }
    }

    /// How many dots are black.
    pub fn ink(&self) -> usize {
        self.dots.iter().filter(|dot| **dot).count()
    }

    /// One bit per dot, the leftmost first, rows filled up to whole bytes.
    pub fn rows(&self) -> Vec<u8> {
        let mut rows = vec![0; self.width.div_ceil(8) * self.height];
        for y in 0..self.height {
            for x in (0..self.width).filter(|x| self.is_black(*x, y)) {
                rows[y * self.width.div_ceil(8) + x / 8] |= 0x80 >> (x % 8);
            }
        }
        rows
    }

    /// Draws one character with its upper left corner there; returns how wide it is.
    pub fn draw(&mut self, x: usize, y: usize, glyph: Option<&Glyph>, look: Look) -> usize {
        let columns = if glyph.is_none_or(|glyph| glyph.wide) { 2 } else { 1 };
        let (width, height) = (columns * CHARACTER_DOTS, LINE_DOTS);
        for row in 0..height {
            for column in 0..width {
                let dot = match glyph {
                    Some(glyph) => {
                        glyph.is_black(column, row)
                            || (look.bold && column > 0 && glyph.is_black(column - 1, row))
                    }
                    // What the printer's memory has not: garbage.
                    None => (row + column) % 4 < 2 && (2..22).contains(&row) && (2..22).contains(&column),
                };
                if dot != look.inverse {
                    let (at_x, at_y) = (x + column * look.wide, y + row * look.high);
                    self.fill(at_x, at_y, look.wide, look.high);
                }
            }
        }
        width * look.wide
    }

    /// A line of text as dots.
    pub fn of_line(runs: &[Run], width: usize, space_below: usize) -> Self {
        let high = runs.iter().map(|run| run.style.size.high()).max().unwrap_or(1);
        let mut bitmap = Self::new(width, LINE_DOTS * high + space_below);
        let mut x = 0;
        for run in runs {
            let look = Look {
                wide: run.style.size.wide(),
                high: run.style.size.high(),
                bold: run.style.bold,
                inverse: run.style.inverse,
            };
            let y = LINE_DOTS * (high - look.high);
            for character in run.text.chars() {
                x += bitmap.draw(x, y, font::glyph(character), look);
            }
        }
        bitmap
    }

    /// As a PNG with some white around it.
    pub fn png(&self, margin: usize) -> Vec<u8> {
        let mut framed = Self::new(self.width + 2 * margin, self.height + 2 * margin);
        for y in 0..self.height {
            for x in 0..self.width {
                framed.set(x + margin, y + margin, self.is_black(x, y));
            }
        }
        let light: Vec<u8> = framed.rows().iter().map(|byte| !byte).collect();
        let size = |dots: usize| u32::try_from(dots).unwrap_or(1).max(1);
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, size(framed.width), size(framed.height));
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        // Writing into memory fails only for impossible sizes, and then there is no picture.
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&light));
        if written.is_err() {
            png.clear();
        }
        png
    }
}

/// How a character is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub wide: usize,
    pub high: usize,
    pub bold: bool,
    pub inverse: bool,
}
