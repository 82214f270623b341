//! What is found by what people type.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use proptest::prelude::*;
use shared::search::{Closeness, MAX_QUERY_CHARS, Query, Text, WordSet, normal};

fn close(typed: &str, texts: &[&str]) -> Option<Closeness> {
    let texts: Vec<Text> = texts.iter().map(|text| Text::new(text)).collect();
    let query = Query::read(typed)?;
    let union = |words: fn(&Query, &Text) -> WordSet| {
        texts.iter().map(|text| words(&query, text)).fold(WordSet::NONE, WordSet::and)
    };
    let (words, nearly) = (union(Query::words_in), union(Query::words_nearly_in));
    let whole = texts.iter().filter_map(|text| query.whole_in(text)).min();
    whole
        .or_else(|| query.is_every_word(words).then_some(Closeness::Within))
        .or_else(|| texts.iter().filter_map(|text| query.whole_nearly_in(text)).min())
        .or_else(|| query.is_every_word_but(words, nearly).then_some(Closeness::Typo(1)))
}

#[test]
fn forgives_spacing_case_and_unfinished_syllables() {
    use Closeness::{Begins, Typo, Unfinished, Whole, Within};
    for (typed, text, expected) in [
        ("골목커피", "골목 커피", Whole),
        ("골 목 커 피", "골목커피", Whole),
        ("골목", "골목커피 홍대점", Begins),
        ("커피", "골목커피", Within),
        ("아메리칸", "아메리카노", Unfinished),
        ("아메ㄹ", "아메리카노", Closeness::InitialsBegin),
        ("LATTE", "Café Latte", Within),
        ("ｃａｆｅ", "Café Latte", Begins),
        ("dkapflzksh", "아메리카노", Unfinished),
        ("떡복이", "국물 떡볶이", Typo(1)),
        ("떡뽁이", "떡볶이", Typo(2)),
        ("김치찌게", "김치찌개", Typo(1)),
        ("아매리카노", "아메리카노", Typo(1)),
        ("에이드 자몽", "자몽에이드", Within),
    ] {
        assert_eq!(close(typed, &[text]), Some(expected), "{typed} in {text}");
    }
}

#[test]
fn finds_initial_consonants() {
    use Closeness::{InitialsBegin, InitialsWithin};
    for (typed, text, expected) in [
        ("ㄱㅁㅋㅍ", "골목커피 홍대점", Some(InitialsBegin)),
        ("ㅋㅍ", "골목커피", Some(InitialsWithin)),
        ("골목ㅋㅍ", "골목커피", Some(InitialsBegin)),
        ("ㄱㅅ", "갈비 국수 가스", Some(InitialsWithin)),
        ("ㄳ", "국수", Some(InitialsBegin)),
        ("ㅁ", "망원분식", Some(InitialsBegin)),
        ("ㅂ", "망원분식", None),
        ("ㅋㅋㅋ", "골목커피", None),
        ("ㄸㅂㅇ", "떡볶이", Some(InitialsBegin)),
    ] {
        assert_eq!(close(typed, &[text]), expected, "{typed} in {text}");
    }
}

#[test]
fn words_may_be_in_different_texts() {
    let store = ["골목커피 홍대점", "서울 마포구 와우산로21길 19-3", "자몽에이드"];
    assert_eq!(close("마포구 커피", &store), Some(Closeness::Within));
    assert_eq!(close("홍대 자몽", &store), Some(Closeness::Within));
    assert!(matches!(close("마포구 자뭉에이드", &store), Some(Closeness::Typo(_))));
    for nothing in ["마포구 김밥", "없는 가게 이름", "부산 커피", "%", "_", "😀", "   "] {
        assert_eq!(close(nothing, &store), None, "{nothing}");
    }
}

#[test]
fn a_short_word_forgives_nothing() {
    assert_eq!(close("김", &["감"]), None);
    assert_eq!(close("차", &["초코"]), None);
}

proptest! {
    #[test]
    fn every_text_answers_itself_in_every_form(text in "[가-힣a-z0-9 ]{0,12}[가-힣]") {
        use unicode_normalization::UnicodeNormalization as _;
        let nfd: String = text.nfd().collect();
        let spaced: String = text.chars().flat_map(|c| [c, ' ']).take(MAX_QUERY_CHARS).collect();
        prop_assert_eq!(normal(&nfd), normal(&text));
        prop_assert_eq!(close(&nfd.nfc().collect::<String>(), &[&text]), Some(Closeness::Whole));
        prop_assert!(close(&spaced, &[&text]).is_some_and(|close| close <= Closeness::Begins));
    }

    #[test]
    fn initials_of_a_name_find_it(name in "[가-힣]{2,12}") {
        let initials: String = name.chars().map(|c| {
            let nth = (u32::from(c) - 0xAC00) / 588;
            "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ".chars().nth(usize::try_from(nth).unwrap()).unwrap()
        }).collect();
        prop_assert_eq!(close(&initials, &[&name]), Some(Closeness::InitialsBegin));
    }

    #[test]
    fn one_wrong_key_is_forgiven_in_a_long_name(name in "[가-힣]{4,10}", at in 0_usize..4, shift in 1_u32..19) {
        let typed: String = name.chars().enumerate().map(|(nth, c)| {
            // Another initial consonant in one syllable.
            let code = u32::from(c) - 0xAC00;
            let other = (code / 588 + shift) % 19 * 588 + code % 588;
            if nth == at { char::from_u32(0xAC00 + other).unwrap() } else { c }
        }).collect();
        prop_assert_eq!(close(&typed, &[&name]), Some(Closeness::Typo(1)));
    }

    #[test]
    fn whatever_is_typed_is_read_and_bounded(typed in "\\PC{0,2000}", text in "\\PC{0,60}") {
        let query = Query::read(&typed);
        if let Some(query) = &query {
            prop_assert!(query.words().count() <= 6);
        }
        let _ = close(&typed, &[&text]);
    }
}
