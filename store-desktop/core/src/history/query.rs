//! What a person types into the search box: a number, a call name, an item, a time, a state or an amount, in any order. Everything has to fit.

use shared::order::PhaseName;

use crate::journal::Part;

/// More words than this are nobody's search.
const MAX_WORDS: usize = 8;
/// Longer words are cut.
const MAX_WORD_CHARS: usize = 40;
/// A time finds what was placed so many minutes before and after it.
const AROUND_MINUTES: i64 = 5;
const MINUTES_A_DAY: i64 = 24 * 60;

/// The parts of a search.
pub fn parse(typed: &str) -> Vec<Part> {
    typed.split_whitespace().take(MAX_WORDS).map(part).collect()
}

fn part(word: &str) -> Part {
    let word: String = word.chars().take(MAX_WORD_CHARS).collect();
    time(&word).or_else(|| number(&word)).or_else(|| state(&word)).unwrap_or(Part::Text(word))
}

/// `12:30` is around that time, `12시` the whole hour.
fn time(word: &str) -> Option<Part> {
    if let Some((hours, minutes)) = word.split_once(':') {
        let at = minute(hours, minutes)?;
        let (from, to) = (at - AROUND_MINUTES, at + AROUND_MINUTES);
        return Some(Part::Minutes { from: from.max(0), to: to.min(MINUTES_A_DAY - 1) });
    }
    let hour = minute(word.strip_suffix('시')?, "0")?;
    Some(Part::Minutes { from: hour, to: hour + 59 })
}

fn minute(hours: &str, minutes: &str) -> Option<i64> {
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    (hours < 24 && minutes < 60).then(|| i64::from(hours) * 60 + i64::from(minutes))
}

/// `24`, `#024`, `24번`, `12,500`, `12500원`, `₩12,500`.
fn number(word: &str) -> Option<Part> {
    let bare = word.trim_start_matches(['#', '₩', '￦']).trim_end_matches(['원', '번']);
    let digits: String = bare.chars().filter(|c| *c != ',').collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok().map(Part::Number)).flatten()
}

fn state(word: &str) -> Option<Part> {
    use PhaseName as P;
    let states: &[P] = match word.to_lowercase().as_str() {
        "신규" | "대기" | "new" | "placed" => &[P::Placed],
        "접수" | "accepted" => &[P::Accepted],
        "조리" | "조리중" | "cooking" => &[P::Cooking],
        "준비" | "준비완료" | "ready" => &[P::Ready],
        "완료" | "전달" | "인계" | "done" | "completed" => &[P::HandedOver, P::Completed],
        "거절" | "rejected" => &[P::Rejected],
        "취소" | "cancelled" | "canceled" => &[P::Cancelled],
        "환불" | "refunded" => &[P::Rejected, P::Cancelled],
        _ => return None,
    };
    Some(Part::States(states.to_vec()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_type() {
        let one = |typed: &str| parse(typed).remove(0);
        for typed in ["24", "#024", "24번"] {
            assert_eq!(one(typed), Part::Number(24), "{typed}");
        }
        for typed in ["12,500", "12500원", "₩12,500"] {
            assert_eq!(one(typed), Part::Number(12_500), "{typed}");
        }
        assert_eq!(one("12:30"), Part::Minutes { from: 745, to: 755 });
        assert_eq!(one("00:02"), Part::Minutes { from: 0, to: 7 });
        assert_eq!(one("9시"), Part::Minutes { from: 540, to: 599 });
        assert_eq!(one("취소"), Part::States(vec![PhaseName::Cancelled]));
        assert_eq!(one("하늘"), Part::Text("하늘".to_owned()));
        assert_eq!(one("25:00"), Part::Text("25:00".to_owned()));
        assert_eq!(parse("아메리카노 취소 12시").len(), 3);
        assert!(parse("  ").is_empty());
    }

    proptest! {
        #[test]
        fn never_panics_and_is_bounded(typed in ".{0,200}") {
            let parts = parse(&typed);
            prop_assert!(parts.len() <= MAX_WORDS);
        }
    }
}
