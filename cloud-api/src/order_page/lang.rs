//! The language of a page: Korean, unless the browser asks for English before it.

use axum::http::{HeaderMap, header};
use shared::Won;

/// Longest list of languages that is looked at.
const MAX_HEADER: usize = 200;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    Ko,
    En,
}

impl Lang {
    /// What a browser asks for: the first of its languages that we speak.
    pub fn of(headers: &HeaderMap) -> Self {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let asked = asked.filter(|text| text.len() <= MAX_HEADER).unwrap_or_default();
        let known = asked.split(',').find_map(|tag| match tag.trim().to_ascii_lowercase() {
            tag if tag.starts_with("ko") => Some(Self::Ko),
            tag if tag.starts_with("en") => Some(Self::En),
            _ => None,
        });
        known.unwrap_or(Self::Ko)
    }

    /// The value of the `lang` attribute.
    pub fn code(self) -> &'static str {
        self.pick("ko", "en")
    }

    /// One of two.
    pub fn pick<T>(self, ko: T, en: T) -> T {
        match self {
            Self::Ko => ko,
            Self::En => en,
        }
    }

    /// `12,500원`, `₩12,500`.
    pub fn won(self, amount: Won) -> String {
        let korean = amount.to_string();
        match self {
            Self::Ko => korean,
            Self::En => format!("₩{}", korean.trim_end_matches('원')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_we_speak_decides() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, text.parse().unwrap());
            Lang::of(&headers)
        };
        assert_eq!(Lang::of(&HeaderMap::new()), Lang::Ko);
        for (text, lang) in [
            ("ko-KR,ko;q=0.9,en-US;q=0.8", Lang::Ko),
            ("en-US,en;q=0.9,ko;q=0.8", Lang::En),
            ("ja,en;q=0.5", Lang::En),
            ("ja", Lang::Ko),
            ("", Lang::Ko),
        ] {
            assert_eq!(of(text), lang, "{text}");
        }
    }

    #[test]
    fn money_reads_as_people_write_it() {
        let amount = Won::new(12_500).unwrap();
        assert_eq!((Lang::Ko.won(amount), Lang::En.won(amount)), ("12,500원".into(), "₩12,500".into()));
    }
}
