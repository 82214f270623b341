//! Something that can be found.

use unicode_normalization::UnicodeNormalization as _;

use super::jamo;

/// A name, an address or a dish, read for comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub(super) plain: String,
    pub(super) keys: String,
}

impl Text {
    /// Reads a text as a person wrote it, in whatever normal form.
    pub fn new(text: &str) -> Self {
        let plain = normal(text);
        Self { keys: keys(&plain), plain }
    }

    /// Whether a syllable begins at this byte of the keys.
    pub(super) fn begins_syllable(&self, at: usize) -> bool {
        let mut passed = 0;
        for c in self.plain.chars() {
            if passed >= at {
                break;
            }
            passed += jamo::keys_len(c);
        }
        passed == at
    }
}

/// Letters and digits alone, in one normal form and in lower case; without spaces, signs, accents and emoji. Letters that a macOS or an old
/// phone sends in pieces (NFD) are whole again, and letters of other widths are the usual ones. Consonants that stand alone stay alone.
pub fn normal(text: &str) -> String {
    let whole = text.nfc().flat_map(|c| match c {
        // NFKC would make parts of syllables of these.
        'ㄱ'..='ㆎ' => Letters::one(c),
        'ᄀ'..='ᇿ' => Letters::one(stand_alone(c)),
        _ => Letters::of(c),
    });
    whole.filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The keys that type a text which is [`normal`].
pub(super) fn keys(plain: &str) -> String {
    let mut keys = String::with_capacity(plain.len());
    plain.chars().for_each(|c| jamo::push_keys(c, &mut keys));
    keys
}

/// One character in its usual form, with its accents beside it.
struct Letters {
    rest: std::vec::IntoIter<char>,
    alone: Option<char>,
}

impl Letters {
    fn one(c: char) -> Self {
        Self { rest: Vec::new().into_iter(), alone: Some(c) }
    }

    fn of(c: char) -> Self {
        if c.is_ascii() || jamo::initial(c).is_some() {
            return Self::one(c);
        }
        let usual: Vec<char> = std::iter::once(c).nfkd().collect();
        Self { rest: usual.into_iter(), alone: None }
    }
}

impl Iterator for Letters {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.alone.take().or_else(|| self.rest.next())
    }
}

/// A part of a syllable that no syllable was made of, as the letter on the keyboard.
fn stand_alone(part: char) -> char {
    const INITIALS: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
    const FINALS: &str = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
    let nth = |letters: &str, first: char| {
        let nth = u32::from(part).checked_sub(u32::from(first))?;
        letters.chars().nth(usize::try_from(nth).ok()?)
    };
    let vowel = || char::from_u32(u32::from(part).checked_sub(u32::from('ᅡ'))? + u32::from('ㅏ'));
    let letter = match part {
        'ᄀ'..='ᄒ' => nth(INITIALS, 'ᄀ'),
        'ᅡ'..='ᅵ' => vowel(),
        'ᆨ'..='ᇂ' => nth(FINALS, 'ᆨ'),
        _ => None,
    };
    letter.unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_has_one_normal_form() {
        let nfd: String = "골목 커피".nfd().collect();
        assert_eq!(normal(&nfd), "골목커피");
        assert_eq!(normal(" Ｃａｆé · 콜드\u{200b}브루! 😀"), "cafe콜드브루");
        assert_eq!(normal("ㄱㅁ ㅋㅍ"), "ㄱㅁㅋㅍ");
        assert_eq!(normal("\u{1100}\u{1106}"), "ㄱㅁ");
        assert_eq!(normal("😀 _%'\n"), "");
    }

    #[test]
    fn knows_where_syllables_begin() {
        let text = Text::new("커피a집");
        let begins: Vec<usize> = (0..=text.keys.len()).filter(|at| text.begins_syllable(*at)).collect();
        assert_eq!(begins, [0, 2, 4, 5, 8]);
    }
}
