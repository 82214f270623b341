//! Texts that fit.

/// What stands where a text would be empty: Kakao refuses blank ones.
const EMPTY: &str = "–";
const ELLIPSIS: char = '…';

/// At most `max` UTF-16 units, cut at a character with an ellipsis; never blank, no control characters but line breaks.
pub fn fit(text: &str, max: usize) -> String {
    let clean: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let clean = clean.trim();
    if clean.is_empty() {
        return EMPTY.to_owned();
    }
    if units(clean) <= max {
        return clean.to_owned();
    }
    let mut left = max.saturating_sub(1);
    let mut cut = String::new();
    for c in clean.chars() {
        match left.checked_sub(c.len_utf16()) {
            Some(rest) => left = rest,
            None => break,
        }
        cut.push(c);
    }
    let mut cut = cut.trim_end().to_owned();
    cut.push(ELLIPSIS);
    cut
}

/// [`fit`] on one line.
pub fn fit_line(text: &str, max: usize) -> String {
    fit(&text.replace('\n', " "), max)
}

/// Length as Kakao counts it.
pub(super) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_at_a_character() {
        assert_eq!(fit("아메리카노", 5), "아메리카노");
        assert_eq!(fit("아메리카노", 4), "아메리…");
        assert_eq!(fit("😀😀", 3), "😀…");
        assert_eq!(fit(" \u{0} ", 3), "–");
        assert_eq!(fit_line("가\n나", 10), "가 나");
    }

    proptest! {
        #[test]
        fn is_never_longer_and_never_blank(text in ".{0,80}", max in 1_usize..60) {
            let fitted = fit(&text, max);
            prop_assert!(units(&fitted) <= max);
            prop_assert!(!fitted.trim().is_empty());
        }
    }
}
