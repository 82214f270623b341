//! Columns (칸): how wide a text is on paper, and where it may be broken. A Korean character takes two columns and is never split.

use super::escpos::{fits_one_column, in_cp949};

/// Leading consonants, vowels and trailing consonants of decomposed Hangul, and the syllables that they make.
const L: u32 = 0x1100;
const V: u32 = 0x1161;
const T: u32 = 0x11A7;
const S: u32 = 0xAC00;

/// Columns of one character as [`on_paper`] leaves it.
pub(super) fn character_width(character: char) -> usize {
    if fits_one_column(character) { 1 } else { 2 }
}

/// Columns of a text as [`on_paper`] leaves it.
pub fn width(text: &str) -> usize {
    text.chars().map(character_width).sum()
}

/// What of a text can be put on paper: no control characters, no emoji, composed Hangul, and signs that the printer knows for
/// those that it does not. What is left without any sign becomes `□`, so that a person sees that something is missing.
pub fn on_paper(text: &str) -> String {
    let mut paper = String::with_capacity(text.len());
    let mut pictures = false;
    for character in text.chars() {
        match replacement(character) {
            Paper::As(kept) => add(&mut paper, kept),
            Paper::Like(sign) => paper.push_str(sign),
            Paper::Picture => pictures = true,
            Paper::Nothing => {}
        }
    }
    if pictures && paper.trim().is_empty() { "(그림 문자)".to_owned() } else { paper }
}

enum Paper {
    As(char),
    Like(&'static str),
    Picture,
    Nothing,
}

fn replacement(character: char) -> Paper {
    match character {
        '\t' | '\n' | '\r' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => Paper::Like(" "),
        '₩' => Paper::Like("￦"),
        '‐' | '‑' | '‒' | '–' | '−' | '⁃' => Paper::Like("-"),
        '—' => Paper::Like("―"),
        '\u{ff5e}' => Paper::Like("~"),
        '•' | '‧' | '・' | '∙' => Paper::Like("·"),
        '✓' | '✔' | '☑' | '✅' => Paper::Like("√"),
        '✕' | '✖' | '❌' | '╳' => Paper::Like("×"),
        '⭐' | '🌟' => Paper::Like("★"),
        '❤' | '💕' | '💖' | '💗' | '🧡' | '💛' | '💚' | '💙' | '💜' => Paper::Like("♥"),
        '📞' | '📱' => Paper::Like("☎"),
        '👉' | '➡' => Paper::Like("☞"),
        // Zero-width characters, direction marks, variation selectors and tags say nothing on paper.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => Paper::Nothing,
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' => Paper::Nothing,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
            if !can_print(character) =>
        {
            Paper::Picture
        }
        // Enclosing keycap, and half marks that a Korean text does not have.
        '\u{20e3}' | '\u{0300}'..='\u{036f}' => Paper::Nothing,
        control if control.is_control() => Paper::Nothing,
        '\u{1100}'..='\u{11ff}' => Paper::As(character),
        other if can_print(other) => Paper::As(other),
        _ => Paper::Like("□"),
    }
}

fn can_print(character: char) -> bool {
    character.is_ascii() || in_cp949(character) || super::font::has(character)
}

/// Adds a character; decomposed Hangul, as Apple's file names have it, is put together.
fn add(paper: &mut String, character: char) {
    let code = u32::from(character);
    if let Some(last) = paper.chars().next_back()
        && let Some(joined) = join(u32::from(last), code)
    {
        paper.pop();
        paper.push(joined);
        return;
    }
    // A lone old consonant or vowel has a modern twin that fonts have.
    paper.push(if (0x1100..0x1200).contains(&code) { lone(code) } else { character });
}

fn join(last: u32, code: u32) -> Option<char> {
    // A consonant was added as its lone twin already.
    if let Some(leading) = leading_of(last)
        && (V..V + 21).contains(&code)
    {
        return char::from_u32(S + (leading * 21 + (code - V)) * 28);
    }
    let open = (S..S + 11_172).contains(&last) && (last - S).is_multiple_of(28);
    (open && (T + 1..T + 28).contains(&code)).then(|| char::from_u32(last + (code - T))).flatten()
}

const LEADING: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ',
    'ㅍ', 'ㅎ',
];

fn leading_of(code: u32) -> Option<u32> {
    let place = LEADING.iter().position(|one| u32::from(*one) == code)?;
    u32::try_from(place).ok()
}

fn lone(code: u32) -> char {
    let leading = usize::try_from(code - L).ok().and_then(|place| LEADING.get(place));
    let vowel = (V..V + 21).contains(&code).then(|| char::from_u32(0x314F + (code - V))).flatten();
    leading.copied().or(vowel).unwrap_or('□')
}

/// The beginning of a text that fits into so many columns.
pub fn fit(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character_width(character);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// Breaks a text into lines of at most so many columns (at least two), between words where that is possible.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) <= columns {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while width(rest) > columns {
            let head = fit(rest, columns);
            lines.push(head.to_owned());
            rest = &rest[head.len()..];
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Spaces after the text until it fills the columns.
pub(super) fn pad_right(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Spaces before the text until it fills the columns.
pub(super) fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}
