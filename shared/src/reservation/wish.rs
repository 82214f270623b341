//! A time as people type it: `7시 반`, `19:30`, `저녁 7시`, `30분 뒤`, `내일 12시`.

use crate::TimeMs;
use crate::schedule::{KstDate, MinuteOfDay};

/// Longest text that is looked at, in characters; a time is short.
const MAX_CHARS: usize = 40;
/// A wish further away than this is none.
const MAX_MINUTES_AHEAD: u32 = 48 * 60;
const NOON: u16 = 12 * 60;

const DAYS: [(&str, i32); 3] = [("오늘", 0), ("내일", 1), ("모레", 2)];
const HALVES: [(&str, Half); 12] = [
    ("오전", Half::Morning),
    ("아침", Half::Morning),
    ("새벽", Half::Morning),
    ("am", Half::Morning),
    ("오후", Half::Afternoon),
    ("점심", Half::Afternoon),
    ("저녁", Half::Afternoon),
    ("낮", Half::Afternoon),
    ("밤", Half::Night),
    ("한밤", Half::Night),
    ("오밤", Half::Night),
    ("pm", Half::Afternoon),
];
/// Longer names first, so that `열두` is not read as `열`.
const HOURS: [(&str, u16); 12] = [
    ("열한", 11),
    ("열두", 12),
    ("열", 10),
    ("한", 1),
    ("두", 2),
    ("세", 3),
    ("네", 4),
    ("다섯", 5),
    ("여섯", 6),
    ("일곱", 7),
    ("여덟", 8),
    ("아홉", 9),
];
const TENS: [(&str, u16); 5] = [("이십", 20), ("삼십", 30), ("사십", 40), ("오십", 50), ("십", 10)];
const AFTERWARDS: [&str; 6] = ["뒤", "후", "있다", "이따", "이후", "지나"];

/// What somebody wants, before it is known which of its readings the store can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// So many minutes from now.
    In { minutes: u32 },
    /// A time of the clock, of a named day or of the next one that comes. `half` is absent where nobody said it.
    At { day: Option<i32>, half: Option<Half>, hour: u16, minute: u16 },
}

/// Which half of the day an hour up to twelve belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    Morning,
    Afternoon,
    /// As the afternoon, but twelve is midnight.
    Night,
}

impl Wish {
    /// Reads a text; nothing when it names no time.
    pub fn parse(text: &str) -> Option<Self> {
        let compact: String = text
            .chars()
            .take(MAX_CHARS)
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect();
        let (day, rest) = named(&compact, &DAYS);
        let (half, rest) = named(rest, &HALVES);
        let wish = relative(rest).or_else(|| at(rest, day, half))?;
        match wish {
            Self::In { minutes } if day.is_some() || half.is_some() || minutes > MAX_MINUTES_AHEAD => None,
            Self::In { .. } | Self::At { .. } => Some(wish),
        }
    }

    /// The times that it can mean, soonest first. Times that have passed only where nothing else is meant.
    pub fn readings(&self, now: TimeMs) -> Vec<TimeMs> {
        let (day, half, hour, minute) = match *self {
            Self::In { minutes } => return vec![now.plus_minutes(minutes)],
            Self::At { day, half, hour, minute } => (day, half, hour, minute),
        };
        let today = KstDate::of(now);
        let days = day.map_or(0..=1, |day| day..=day);
        let mut all: Vec<TimeMs> = days
            .flat_map(|day| minutes_of_day(half, hour, minute).into_iter().map(move |minute| (day, minute)))
            .map(|(day, minute)| today.plus_days(day).at(MinuteOfDay(minute)))
            .collect();
        all.sort_unstable();
        let future: Vec<TimeMs> = all.iter().copied().filter(|at| *at > now).collect();
        if future.is_empty() { all } else { future }
    }
}

/// Minutes of the day that a clock's reading can mean.
fn minutes_of_day(half: Option<Half>, hour: u16, minute: u16) -> Vec<u16> {
    let on_dial = (hour % 12) * 60 + minute;
    match half {
        _ if hour > 12 || hour == 0 => vec![hour * 60 + minute],
        Some(Half::Morning) => vec![on_dial],
        Some(Half::Night) if hour == 12 => vec![24 * 60 + minute],
        Some(Half::Afternoon | Half::Night) => vec![on_dial + NOON],
        None => vec![on_dial, on_dial + NOON],
    }
}

/// The value of the first name that the text begins with, and the rest.
fn named<'a, T: Copy>(text: &'a str, names: &[(&str, T)]) -> (Option<T>, &'a str) {
    let found = names.iter().find_map(|(name, value)| Some((*value, text.strip_prefix(name)?)));
    found.map_or((None, text), |(value, rest)| (Some(value), rest))
}

/// `30분 뒤`, `1시간 반 뒤`, `두 시간 10분 후`.
fn relative(text: &str) -> Option<Wish> {
    let (hours, rest) = match hour(text).and_then(|(hours, rest)| Some((hours, rest.strip_prefix("시간")?)))
    {
        Some((hours, rest)) => (hours, rest),
        None => (0, text),
    };
    let had_hours = rest.len() != text.len();
    let (minutes, rest) = match rest.strip_prefix("반") {
        Some(after) if had_hours => (30, after),
        Some(_) | None => {
            match sino(rest).and_then(|(minutes, after)| Some((minutes, after.strip_prefix("분")?))) {
                Some((minutes, after)) => (minutes, after),
                None if had_hours => (0, rest),
                None => return None,
            }
        }
    };
    let rest = rest.strip_prefix("만").or(rest.strip_prefix("쯤")).unwrap_or(rest);
    let afterwards = AFTERWARDS.iter().any(|word| rest.starts_with(word)) && !has_digit(rest);
    let minutes = u32::from(hours) * 60 + u32::from(minutes);
    (afterwards && minutes > 0).then_some(Wish::In { minutes })
}

fn at(text: &str, day: Option<i32>, half: Option<Half>) -> Option<Wish> {
    if text.starts_with("정오") && !has_digit(text) {
        return Some(Wish::At { day, half: Some(Half::Afternoon), hour: 12, minute: 0 });
    }
    if text.starts_with("자정") && !has_digit(text) {
        return Some(Wish::At { day, half: Some(Half::Night), hour: 12, minute: 0 });
    }
    let (hour, minute, rest) = clock(text)?;
    let is_time = hour <= 24 && minute < 60 && !(hour == 24 && minute > 0);
    let impossible = half.is_some() && hour > 12 && half == Some(Half::Morning);
    (is_time && !impossible && !has_digit(rest)).then_some(Wish::At { day, half, hour, minute })
}

/// `19:30`, `1930`, `7시`, `7시 반`, `일곱 시 삼십 분`; the rest follows.
fn clock(text: &str) -> Option<(u16, u16, &str)> {
    if let Some((hour, rest)) = hour(text)
        && let Some(rest) = rest.strip_prefix("시")
        && !rest.starts_with('간')
    {
        if let Some(rest) = rest.strip_prefix("반") {
            return Some((hour, 30, rest));
        }
        return Some(match sino(rest) {
            Some((minute, after)) => (hour, minute, after.strip_prefix("분").unwrap_or(after)),
            None => (hour, 0, rest),
        });
    }
    let (digits, rest) = digits(text);
    if let Some(rest) = rest.strip_prefix([':', '：', '.']) {
        let (minutes, rest) = self::digits(rest);
        return (minutes.len() == 2).then_some((digits.parse().ok()?, minutes.parse().ok()?, rest));
    }
    let (hour, minute) = (3..=4).contains(&digits.len()).then(|| digits.split_at(digits.len() - 2))?;
    Some((hour.parse().ok()?, minute.parse().ok()?, rest))
}

fn hour(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = digits(text);
    if digits.is_empty() {
        let (value, rest) = named(text, &HOURS);
        return Some((value?, rest));
    }
    (digits.len() <= 2).then_some((digits.parse().ok()?, rest))
}

/// Digits, or a Sino-Korean number up to 59.
fn sino(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = digits(text);
    if !digits.is_empty() {
        return (digits.len() <= 3).then_some((digits.parse().ok()?, rest));
    }
    let (tens, rest) = named(text, &TENS);
    let (five, rest) = named(rest, &[("오", 5_u16)]);
    let value = tens.unwrap_or(0) + five.unwrap_or(0);
    (value > 0).then_some((value, rest))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}
