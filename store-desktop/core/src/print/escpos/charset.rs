//! Characters: which of them the encoding has, which of those the printer's memory can draw, and how wide they are.

use encoding_rs::EUC_KR;

use crate::print::paper::Rom;

/// The two bytes of a character in CP949 (WHATWG's `euc-kr` is Windows-949); `None` for ASCII and for what it does not have.
pub fn cp949(character: char) -> Option<[u8; 2]> {
    if character.is_ascii() {
        return None;
    }
    let mut buffer = [0; 4];
    let (bytes, _, unmappable) = EUC_KR.encode(character.encode_utf8(&mut buffer));
    match (&*bytes, unmappable) {
        ([lead, trail], false) => Some([*lead, *trail]),
        _ => None,
    }
}

/// Whether CP949 has this character in two bytes.
pub fn in_cp949(character: char) -> bool {
    cp949(character).is_some()
}

/// Whether the older, smaller set has it: both bytes have the eighth bit.
pub fn in_ks_x_1001(character: char) -> bool {
    cp949(character).is_some_and(|[lead, trail]| lead >= 0xA1 && trail >= 0xA1)
}

/// Whether the printer draws it by itself.
pub fn rom_has(rom: Rom, character: char) -> bool {
    let plain = (' '..='~').contains(&character);
    match rom {
        Rom::Ascii => plain,
        Rom::KsX1001 => plain || in_ks_x_1001(character),
        Rom::Cp949 => plain || in_cp949(character),
    }
}

/// Latin letters take one column, everything else two: the printer gives two columns to whatever has two bytes.
pub fn fits_one_column(character: char) -> bool {
    character.is_ascii() || (('\u{a0}'..='\u{17f}').contains(&character) && !in_cp949(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_syllables_have_two_bytes_and_are_not_in_every_memory() {
        for syllable in ['똠', '뷁', '펲', '쌰', '쫜', '먐'] {
            assert!(in_cp949(syllable) && !in_ks_x_1001(syllable), "{syllable}");
            assert!(!rom_has(Rom::KsX1001, syllable) && rom_has(Rom::Cp949, syllable));
        }
        assert_eq!(cp949('똠'), Some([0x8C, 0x63]));
        assert_eq!(cp949('가'), Some([0xB0, 0xA1]));
        assert_eq!(cp949('￦'), Some([0xA3, 0xDC]));
        for foreign in ['₩', '–', '✔', '😊', 'é'] {
            assert!(!in_cp949(foreign), "{foreign}");
        }
        let syllables = ('가'..='힣').filter(|one| in_cp949(*one)).count();
        assert_eq!(syllables, 11_172);
        assert_eq!(('가'..='힣').filter(|one| in_ks_x_1001(*one)).count(), 2_350);
    }

    #[test]
    fn what_has_two_bytes_takes_two_columns() {
        for wide in ['가', '─', '×', '·', 'ß', '▶', '똠'] {
            assert!(!fits_one_column(wide) && in_cp949(wide), "{wide}");
        }
        assert!(fits_one_column('é') && fits_one_column('A'));
    }
}
