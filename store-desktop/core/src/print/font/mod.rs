//! The letters of this program (글꼴): what a Korean printer has in its memory, for the picture of a ticket and for what a printer's
//! memory has not. Drawn once from Nanum Gothic Coding (`make.py`, licence in `OFL.txt`), 12 or 24 by 24 dots.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Dots of a cell's side.
const CELL: usize = 24;
const PER_ROW: usize = 64;
const SHEET: &[u8] = include_bytes!("glyphs.png");
const CHARACTERS: &str = include_str!("characters.txt");

/// One character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph {
    /// The leftmost dot is the highest of 24 bits.
    rows: [u32; CELL],
    /// Two columns instead of one.
    pub wide: bool,
}

impl Glyph {
    pub fn is_black(&self, x: usize, y: usize) -> bool {
        x < CELL && y < CELL && self.rows[y] >> (CELL - 1 - x) & 1 == 1
    }
}

/// The picture of a character.
pub fn glyph(character: char) -> Option<&'static Glyph> {
    letters().get(&character)
}

/// Whether there is a picture of it.
pub fn has(character: char) -> bool {
    letters().contains_key(&character)
}

fn letters() -> &'static HashMap<char, Glyph> {
    static LETTERS: OnceLock<HashMap<char, Glyph>> = OnceLock::new();
    LETTERS.get_or_init(|| read().unwrap_or_default())
}

/// The sheet is part of the program; a test reads it.
fn read() -> Option<HashMap<char, Glyph>> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(SHEET)).read_info().ok()?;
    let mut sheet = vec![0; reader.output_buffer_size()?];
    let bytes_in_row = reader.next_frame(&mut sheet).ok()?.line_size;
    let mut letters = HashMap::with_capacity(18_000);
    for (at, character) in CHARACTERS.chars().enumerate() {
        let left = (at % PER_ROW) * CELL / 8;
        let top = (at / PER_ROW) * CELL;
        let mut rows = [0; CELL];
        for (y, row) in rows.iter_mut().enumerate() {
            let bytes = sheet.get((top + y) * bytes_in_row + left..)?.get(..3)?;
            *row = !u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) & 0x00ff_ffff;
        }
        letters.insert(character, Glyph { rows, wide: !super::escpos::fits_one_column(character) });
    }
    Some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::escpos::in_cp949;

    #[test]
    fn every_syllable_and_every_sign_of_a_korean_printer_has_a_picture() {
        let mut missing = Vec::new();
        for character in (' '..='~').chain('가'..='힣').chain("─│┌┐└┘━┃┏┓┗┛▶￦×·※①●■□→★♥☎√é".chars())
        {
            let Some(glyph) = glyph(character) else {
                missing.push(character);
                continue;
            };
            let ink = (0..24)
                .flat_map(|y| (0..24).map(move |x| (x, y)))
                .filter(|(x, y)| glyph.is_black(*x, *y))
                .count();
            assert!(character == ' ' || ink > 3, "{character} is empty");
            assert!(glyph.wide || (0..24).all(|y| (12..24).all(|x| !glyph.is_black(x, y))), "{character}");
        }
        assert!(missing.is_empty(), "{missing:?}");
        let drawn = CHARACTERS.chars().filter(|one| in_cp949(*one)).count();
        assert!(drawn > 17_000, "{drawn}");
    }
}
