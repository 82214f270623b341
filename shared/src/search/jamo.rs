//! Hangul as it is typed: each syllable as the keys of the two-set keyboard (두벌식), so that an unfinished syllable is a prefix and a typing
//! error is one edit.

/// Lone consonants and consonants of syllables, in the order of Unicode's initial consonants.
const CONSONANTS: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ',
    'ㅍ', 'ㅎ',
];
/// The keys of the vowels, in the order of Unicode's vowels.
const VOWELS: [&str; 21] = [
    "ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ",
    "ㅜㅣ", "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ",
];
/// The keys of the final consonants, in Unicode's order; the first is none.
const FINALS: [&str; 28] = [
    "", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ",
    "ㄹㅎ", "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ",
];
const FIRST_SYLLABLE: u32 = 0xAC00;
const LAST_SYLLABLE: u32 = 0xD7A3;
const SYLLABLES_PER_INITIAL: u32 = 588;
const SYLLABLES_PER_VOWEL: u32 = 28;

/// What the Latin keys are on a Korean keyboard, `a` to `z`.
const KEYBOARD: [char; 26] = [
    'ㅁ', 'ㅠ', 'ㅊ', 'ㅇ', 'ㄷ', 'ㄹ', 'ㅎ', 'ㅗ', 'ㅑ', 'ㅓ', 'ㅏ', 'ㅣ', 'ㅡ', 'ㅜ', 'ㅐ', 'ㅔ', 'ㅂ',
    'ㄱ', 'ㄴ', 'ㅅ', 'ㅕ', 'ㅍ', 'ㅈ', 'ㅌ', 'ㅛ', 'ㅋ',
];
/// The same with shift, where it is another letter.
const SHIFTED: [(char, char); 7] =
    [('Q', 'ㅃ'), ('W', 'ㅉ'), ('E', 'ㄸ'), ('R', 'ㄲ'), ('T', 'ㅆ'), ('O', 'ㅒ'), ('P', 'ㅖ')];

/// The parts of a syllable: indices of initial, vowel and final.
fn parts(c: char) -> Option<(usize, usize, usize)> {
    let code = u32::from(c);
    if !(FIRST_SYLLABLE..=LAST_SYLLABLE).contains(&code) {
        return None;
    }
    let (nth, at) = (code - FIRST_SYLLABLE, |n: u32| usize::try_from(n).unwrap_or(0));
    Some((
        at(nth / SYLLABLES_PER_INITIAL),
        at(nth % SYLLABLES_PER_INITIAL / SYLLABLES_PER_VOWEL),
        at(nth % SYLLABLES_PER_VOWEL),
    ))
}

/// The initial consonant of a syllable.
pub fn initial(c: char) -> Option<char> {
    CONSONANTS.get(parts(c)?.0).copied()
}

/// Whether it is a consonant that stands alone.
pub fn is_lone_consonant(c: char) -> bool {
    CONSONANTS.contains(&c)
}

/// A cluster that stands alone, such as `ㄳ`, as the two consonants that were typed.
pub fn cluster(c: char) -> Option<&'static str> {
    const CLUSTERS: [char; 11] = ['ㄳ', 'ㄵ', 'ㄶ', 'ㄺ', 'ㄻ', 'ㄼ', 'ㄽ', 'ㄾ', 'ㄿ', 'ㅀ', 'ㅄ'];
    const KEYS: [&str; 11] =
        ["ㄱㅅ", "ㄴㅈ", "ㄴㅎ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅂㅅ"];
    CLUSTERS.iter().position(|cluster| *cluster == c).map(|nth| KEYS[nth])
}

/// Writes the keys of a character to `out`, each as one small code; anything else than Hangul stands for itself.
pub fn push_keys(c: char, out: &mut String) {
    match parts(c) {
        Some((initial, vowel, last)) => {
            out.push(code(CONSONANTS[initial]));
            out.extend(VOWELS[vowel].chars().chain(FINALS[last].chars()).map(code));
        }
        None => match VOWELS.iter().find(|keys| keys.chars().eq([c])) {
            Some(_) => out.push(code(c)),
            None => out.push(if is_lone_consonant(c) { code(c) } else { c }),
        },
    }
}

/// How many bytes [`push_keys`] writes.
pub fn keys_len(c: char) -> usize {
    match parts(c) {
        Some((_, vowel, last)) => 1 + (VOWELS[vowel].len() + FINALS[last].len()) / 'ㄱ'.len_utf8(),
        None if code(c) != c => 1,
        None => c.len_utf8(),
    }
}

/// What would have been typed if the keyboard had been switched to Korean; `None` when the text is not of Latin letters alone.
pub fn from_latin_keyboard(text: &str) -> Option<String> {
    text.chars().map(|c| latin_key(c).map(code)).collect()
}

fn latin_key(c: char) -> Option<char> {
    if !c.is_ascii_alphabetic() {
        return None;
    }
    let shifted = SHIFTED.iter().find(|(key, _)| *key == c).map(|(_, letter)| *letter);
    let nth = usize::from(u8::try_from(c.to_ascii_lowercase()).ok()? - b'a');
    shifted.or_else(|| KEYBOARD.get(nth).copied())
}

/// A letter as a code below the digits, so that keys are bytes and never meet a letter or a digit of a text.
fn code(c: char) -> char {
    const FIRST_LETTER: u32 = 0x3131;
    const LAST_LETTER: u32 = 0x3163;
    // Letters that are typed by one key; clusters never come here.
    const LETTERS: [char; 33] = [
        'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ',
        'ㅍ', 'ㅎ', 'ㅏ', 'ㅐ', 'ㅑ', 'ㅒ', 'ㅓ', 'ㅔ', 'ㅕ', 'ㅖ', 'ㅗ', 'ㅛ', 'ㅜ', 'ㅠ', 'ㅡ', 'ㅣ',
    ];
    if !(FIRST_LETTER..=LAST_LETTER).contains(&u32::from(c)) {
        return c;
    }
    let nth = LETTERS.iter().position(|letter| *letter == c);
    nth.and_then(|nth| u8::try_from(nth + 1).ok()).map_or(c, char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> String {
        let mut out = String::new();
        text.chars().for_each(|c| push_keys(c, &mut out));
        out
    }

    #[test]
    fn a_syllable_is_the_keys_that_make_it() {
        assert_eq!(keys("닭"), keys("ㄷㅏㄹㄱ"));
        assert_eq!(keys("과일"), keys("ㄱㅗㅏㅇㅣㄹ"));
        assert!(keys("아메리카노").starts_with(&keys("아메리칸")));
        assert_eq!(keys("콜a7é"), format!("{}a7é", keys("콜")));
    }

    #[test]
    fn every_character_says_how_long_its_keys_are() {
        for c in ('가'..='힣').chain('ㄱ'..='ㅣ').chain(['a', '7', 'é', '猫']) {
            assert_eq!(keys(&c.to_string()).len(), keys_len(c), "{c}");
        }
    }

    #[test]
    fn reads_the_latin_keyboard() {
        assert_eq!(from_latin_keyboard("rhfahrzjvl"), Some(keys("골목커피")));
        assert_eq!(from_latin_keyboard("Ejrqhrdl"), Some(keys("떡복이")));
        assert_eq!(from_latin_keyboard("americano7"), None);
    }

    #[test]
    fn knows_initials_and_clusters() {
        assert_eq!(initial('뽁'), Some('ㅃ'));
        assert_eq!(initial('a'), None);
        assert_eq!(cluster('ㄳ'), Some("ㄱㅅ"));
        assert_eq!(cluster('ㄱ'), None);
    }
}
