//! What was typed, and how well a text answers it.

use memchr::memmem::Finder;

use super::text::{self, normal};
use super::{Text, jamo, typo};

/// Characters of a query that are looked at; what comes after them is left out.
pub const MAX_QUERY_CHARS: usize = 30;
/// Words of a query that are looked at; a [`WordSet`] has room for eight.
const MAX_WORDS: usize = 6;
/// A wrong keyboard is suspected from so many keys on; shorter words are Latin words.
const MIN_KEYBOARD_KEYS: usize = 4;
/// A word among others may have typing errors from so many keys on.
const MIN_WORD_KEYS: usize = 7;

/// How well a text answers; the best comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// The same, spacing and case aside.
    Whole,
    /// It begins like that.
    Begins,
    /// It is in there.
    Within,
    /// The last syllable is not finished, or the keyboard was the Latin one.
    Unfinished,
    /// Initial consonants (초성) from its first syllable on.
    InitialsBegin,
    /// Initial consonants inside.
    InitialsWithin,
    /// So many keys differ.
    Typo(u32),
}

/// Some words of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordSet(u8);

impl WordSet {
    /// No word.
    pub const NONE: Self = Self(0);

    /// The words of both.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What was typed.
#[derive(Debug, Clone)]
pub struct Query {
    whole: Word,
    words: Vec<Word>,
}

#[derive(Debug, Clone)]
struct Word {
    plain: String,
    in_plain: Finder<'static>,
    keys: String,
    /// The keys that were typed, and those if it was the wrong keyboard.
    in_keys: Vec<Finder<'static>>,
    /// Whether consonants stand alone in it.
    has_initials: bool,
    pattern: Option<typo::Pattern>,
}

impl Query {
    /// Reads a query; `None` when there is no letter and no digit in it.
    pub fn read(typed: &str) -> Option<Self> {
        let typed: String = typed.chars().take(MAX_QUERY_CHARS).collect();
        let whole = Word::read(&typed)?;
        let words = typed.split_whitespace().filter_map(Word::read).take(MAX_WORDS).collect();
        Some(Self { whole, words })
    }

    /// How well a text answers the whole query, spaces aside.
    pub fn whole_in(&self, text: &Text) -> Option<Closeness> {
        self.whole.in_text(text)
    }

    /// The same with a few typing errors.
    pub fn whole_nearly_in(&self, text: &Text) -> Option<Closeness> {
        self.whole.nearly_in(text).map(Closeness::Typo)
    }

    /// The words that a text answers; none when the query is one word.
    pub fn words_in(&self, text: &Text) -> WordSet {
        self.words_that(|word| word.in_text(text).is_some())
    }

    /// The words that a text answers with a few typing errors; only long ones, because short ones are near to everything.
    pub fn words_nearly_in(&self, text: &Text) -> WordSet {
        self.words_that(|word| word.keys.len() >= MIN_WORD_KEYS && word.nearly_in(text).is_some())
    }

    fn words_that(&self, answered: impl Fn(&Word) -> bool) -> WordSet {
        if self.words.len() < 2 {
            return WordSet::NONE;
        }
        let mut set = WordSet::NONE;
        for (nth, _) in self.words.iter().enumerate().filter(|(_, word)| answered(word)) {
            set.0 |= 1 << nth;
        }
        set
    }

    /// Whether these are several words and every one of them.
    pub fn is_every_word(&self, found: WordSet) -> bool {
        self.words.len() > 1 && found.0.count_ones() as usize == self.words.len()
    }

    /// Whether one word is missing, and `nearly` has it.
    pub fn is_every_word_but(&self, found: WordSet, nearly: WordSet) -> bool {
        let one_more = self.words.len() > 1 && found.0.count_ones() as usize + 1 == self.words.len();
        one_more && self.is_every_word(found.and(nearly))
    }

    /// The words as they are compared.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.plain.as_str())
    }

    /// Everything without spaces, as it is compared.
    pub fn whole(&self) -> &str {
        &self.whole.plain
    }
}

impl Word {
    fn read(typed: &str) -> Option<Self> {
        let plain = split_clusters(&normal(typed));
        if plain.is_empty() {
            return None;
        }
        let keys = text::keys(&plain);
        let letters: String = typed.chars().filter(|c| c.is_alphanumeric()).collect();
        let other_keyboard =
            jamo::from_latin_keyboard(&letters).filter(|keys| keys.len() >= MIN_KEYBOARD_KEYS);
        let typed = [Some(&keys), other_keyboard.as_ref()].into_iter().flatten();
        let in_keys = typed.map(|keys| Finder::new(keys).into_owned()).collect();
        let in_plain = Finder::new(&plain).into_owned();
        let has_initials = plain.chars().any(jamo::is_lone_consonant);
        let pattern = typo::Pattern::new(&keys).filter(|_| !has_initials);
        Some(Self { plain, in_plain, keys, in_keys, has_initials, pattern })
    }

    fn in_text(&self, text: &Text) -> Option<Closeness> {
        if let Some(at) = self.in_plain.find(text.plain.as_bytes()) {
            return Some(match at {
                0 if text.plain.len() == self.plain.len() => Closeness::Whole,
                0 => Closeness::Begins,
                _ => Closeness::Within,
            });
        }
        if self.has_initials {
            return self.by_initials(text);
        }
        let unfinished = self.in_keys.iter().any(|keys| begins_in(keys, text));
        unfinished.then_some(Closeness::Unfinished)
    }

    /// Consonants that stand alone are any syllable which begins so; the rest is itself. One consonant alone must be the first.
    fn by_initials(&self, text: &Text) -> Option<Closeness> {
        let only_at_start = self.plain.chars().nth(1).is_none();
        let starts = text.plain.char_indices().map(|(at, _)| at);
        let found = starts.take(if only_at_start { 1 } else { usize::MAX }).find(|at| {
            let mut syllables = text.plain[*at..].chars();
            self.plain.chars().all(|wanted| {
                syllables.next().is_some_and(|c| c == wanted || jamo::initial(c) == Some(wanted))
            })
        });
        found.map(|at| if at == 0 { Closeness::InitialsBegin } else { Closeness::InitialsWithin })
    }

    fn nearly_in(&self, text: &Text) -> Option<u32> {
        let max = typo::forgiven(self.keys.chars().count());
        if max == 0 {
            return None;
        }
        self.pattern.as_ref()?.edits_within(&text.keys, max)
    }
}

/// A cluster that stands alone, such as `ㄳ`, was typed as two consonants.
fn split_clusters(plain: &str) -> String {
    let mut split = String::with_capacity(plain.len());
    for c in plain.chars() {
        match jamo::cluster(c) {
            Some(two) => split.push_str(two),
            None => split.push(c),
        }
    }
    split
}

/// Whether the keys stand in the text from the beginning of a syllable on.
fn begins_in(keys: &Finder<'_>, text: &Text) -> bool {
    keys.find_iter(text.keys.as_bytes()).any(|at| text.begins_syllable(at))
}
