//! Stars and reviews (별점, 리뷰): one for a completed order, by whoever bought it, for a while; and what is made of many.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::TimeMs;
use crate::order::Phase;

/// Days after completion in which an order can be reviewed.
pub const REVIEW_DAYS: i64 = 14;
/// Days after it was written in which its author can change or remove a review.
pub const CHANGE_DAYS: i64 = 7;
/// Longest text of a review, or of the store's answer, in characters.
pub const MAX_TEXT_CHARS: usize = 300;
/// With fewer reviews no average is shown, and nothing counts as best rated.
pub const LEAST_SHOWN: i64 = 3;
/// A day in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// So many ratings of [`USUAL_MILLI`] count for every item from the start: a few happy customers do not make a favourite.
const PRIOR_COUNT: i64 = 5;
/// What an item is worth that nobody has rated, in thousandths of a star.
const USUAL_MILLI: i64 = 3_500;

/// One to five stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "u8"))]
#[serde(try_from = "u8", into = "u8")]
pub struct Stars(u8);

/// Not between one and five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not between one and five stars")]
pub struct NotStars(pub i64);

impl Stars {
    /// Every number of stars, the best first.
    pub const ALL: [Self; 5] = [Self(5), Self(4), Self(3), Self(2), Self(1)];

    /// How many.
    pub fn get(self) -> u8 {
        self.0
    }

    /// `★★★★☆`.
    pub fn drawn(self) -> String {
        (1..=5).map(|star| if star <= self.0 { '★' } else { '☆' }).collect()
    }
}

impl TryFrom<u8> for Stars {
    type Error = NotStars;

    fn try_from(stars: u8) -> Result<Self, NotStars> {
        if (1..=5).contains(&stars) { Ok(Self(stars)) } else { Err(NotStars(stars.into())) }
    }
}

impl TryFrom<i16> for Stars {
    type Error = NotStars;

    fn try_from(stars: i16) -> Result<Self, NotStars> {
        u8::try_from(stars).map_err(|_| NotStars(stars.into())).and_then(Self::try_from)
    }
}

impl From<Stars> for u8 {
    fn from(stars: Stars) -> Self {
        stars.0
    }
}

/// Why a store hides a review. Everybody who looks for it reads the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum HideReason {
    Insult,
    PersonalData,
    Advertising,
    /// Said in words.
    Other,
}

impl HideReason {
    /// Every reason, in the order the counter offers them.
    pub const ALL: [Self; 4] = [Self::Insult, Self::PersonalData, Self::Advertising, Self::Other];

    /// The name in the database, which is the one on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insult => "insult",
            Self::PersonalData => "personal_data",
            Self::Advertising => "advertising",
            Self::Other => "other",
        }
    }

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// What customers read.
    pub fn customer_text(self) -> &'static str {
        match self {
            Self::Insult => "욕설이나 비방",
            Self::PersonalData => "개인정보",
            Self::Advertising => "광고",
            Self::Other => "그 밖의 이유",
        }
    }
}

/// A step of a review, as its trail keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ReviewStepKind {
    /// Stars were given; again, after it had been removed.
    Written,
    /// Other stars.
    Changed,
    /// A text, or another one.
    Told,
    /// Taken back by its author.
    Removed,
    /// The store answered, or changed its answer.
    Replied,
    Hidden,
    /// No longer hidden.
    Shown,
}

impl ReviewStepKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Written, Self::Changed, Self::Told, Self::Removed, Self::Replied, Self::Hidden, Self::Shown];

    /// The name in the database, which is the one on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Changed => "changed",
            Self::Told => "told",
            Self::Removed => "removed",
            Self::Replied => "replied",
            Self::Hidden => "hidden",
            Self::Shown => "shown",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Why a customer cannot do something with a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewRefusal {
    /// The order was not completed, not yet or never will be.
    NotCompleted,
    /// The order was completed too long ago.
    TooLate,
    /// There is a review already.
    Already(Stars),
    /// The review is too old to be changed.
    Settled,
    /// There is no review to change.
    Nothing,
}

/// What is known of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reviewed {
    pub stars: Stars,
    pub written_at: TimeMs,
    /// Taken back by its author.
    pub removed: bool,
}

/// Whether an order can be given stars for the first time.
pub fn can_give(phase: &Phase, review: Option<Reviewed>, now: TimeMs) -> Result<(), ReviewRefusal> {
    match (review, phase) {
        (Some(review), _) if !review.removed => Err(ReviewRefusal::Already(review.stars)),
        // Written anew it is the same review, as old as it was.
        (Some(review), _) => in_time(review, now),
        (None, Phase::Completed { at }) if now.ms_since(*at) < REVIEW_DAYS * DAY_MS => Ok(()),
        (None, Phase::Completed { .. }) => Err(ReviewRefusal::TooLate),
        (
            None,
            Phase::PendingPayment
            | Phase::Reserved { .. }
            | Phase::Placed { .. }
            | Phase::Accepted { .. }
            | Phase::Cooking { .. }
            | Phase::Ready { .. }
            | Phase::HandedOver { .. }
            | Phase::Rejected { .. }
            | Phase::Cancelled { .. },
        ) => Err(ReviewRefusal::NotCompleted),
    }
}

/// Whether the author of a review can change or remove it.
pub fn can_change(review: Option<Reviewed>, now: TimeMs) -> Result<(), ReviewRefusal> {
    let review = review.filter(|review| !review.removed).ok_or(ReviewRefusal::Nothing)?;
    in_time(review, now)
}

fn in_time(review: Reviewed, now: TimeMs) -> Result<(), ReviewRefusal> {
    if now.ms_since(review.written_at) < CHANGE_DAYS * DAY_MS { Ok(()) } else { Err(ReviewRefusal::Settled) }
}

/// Why a typed text cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextRefusal {
    /// Nothing that can be read.
    Empty,
    /// So many characters.
    TooLong(usize),
}

/// A typed text on one line: runs of white space become one space, control and direction marks are left out.
pub fn one_line(typed: &str) -> Result<String, TextRefusal> {
    let marks = |c: char| matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let words = typed.split_whitespace().filter_map(|word| {
        let word: String = word.chars().filter(|c| !c.is_control() && !marks(*c)).collect();
        (!word.is_empty()).then_some(word)
    });
    let line: String = words.collect::<Vec<_>>().join(" ").nfc().collect();
    match line.chars().count() {
        0 => Err(TextRefusal::Empty),
        long if long > MAX_TEXT_CHARS => Err(TextRefusal::TooLong(long)),
        _ => Ok(line),
    }
}

/// What customers gave a store or an item, all in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Rating {
    /// Reviews.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub ratings: i64,
    /// The sum of their stars.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub stars: i64,
}

impl Rating {
    /// The mean in tenths of a star, rounded half up; `None` with fewer reviews than [`LEAST_SHOWN`].
    pub fn tenths(self) -> Option<i64> {
        (self.ratings >= LEAST_SHOWN).then(|| (20 * self.stars + self.ratings) / (2 * self.ratings))
    }

    /// `★ 4.6 (12)`; `None` with fewer reviews than [`LEAST_SHOWN`].
    pub fn customer_text(self) -> Option<String> {
        let tenths = self.tenths()?;
        Some(format!("★ {}.{} ({})", tenths / 10, tenths % 10, self.ratings))
    }

    /// What it is sorted by: the mean as if some usual ratings had been there before, in thousandths of a star.
    pub fn score(self) -> i64 {
        let ratings = self.ratings.max(0);
        (USUAL_MILLI * PRIOR_COUNT).saturating_add(self.stars.saturating_mul(1_000))
            / ratings.saturating_add(PRIOR_COUNT)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WRITTEN: TimeMs = TimeMs(1_763_694_000_000);

    fn rating(stars: &[i64]) -> Rating {
        Rating { ratings: i64::try_from(stars.len()).unwrap(), stars: stars.iter().sum() }
    }

    fn given(removed: bool) -> Reviewed {
        Reviewed { stars: Stars(4), written_at: WRITTEN, removed }
    }

    #[test]
    fn one_happy_customer_does_not_win_over_many() {
        let often = rating(&[5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4]);
        assert!(often.score() > rating(&[5]).score() && rating(&[5]).score() > rating(&[1, 1]).score());
        assert_eq!(
            (often.tenths(), rating(&[5, 4, 4]).tenths(), rating(&[5, 5]).tenths()),
            (Some(45), Some(43), None)
        );
        assert_eq!(rating(&[5, 4, 4]).customer_text().unwrap(), "★ 4.3 (3)");
        assert_eq!(Stars(4).drawn(), "★★★★☆");
    }

    #[test]
    fn only_what_was_completed_and_only_for_two_weeks() {
        let done = Phase::Completed { at: WRITTEN };
        assert_eq!(can_give(&done, None, WRITTEN.plus_ms(REVIEW_DAYS * DAY_MS - 1)), Ok(()));
        assert_eq!(can_give(&done, None, WRITTEN.plus_ms(REVIEW_DAYS * DAY_MS)), Err(ReviewRefusal::TooLate));
        for not_yet in [Phase::HandedOver { at: WRITTEN }, Phase::PendingPayment] {
            assert_eq!(can_give(&not_yet, None, WRITTEN), Err(ReviewRefusal::NotCompleted));
        }
        assert_eq!(can_give(&done, Some(given(false)), WRITTEN), Err(ReviewRefusal::Already(Stars(4))));
    }

    #[test]
    fn a_week_to_change_ones_mind() {
        let (in_time, late) =
            (WRITTEN.plus_ms(CHANGE_DAYS * DAY_MS - 1), WRITTEN.plus_ms(CHANGE_DAYS * DAY_MS));
        assert_eq!(can_change(Some(given(false)), in_time), Ok(()));
        assert_eq!(can_change(Some(given(false)), late), Err(ReviewRefusal::Settled));
        assert_eq!(can_change(Some(given(true)), in_time), Err(ReviewRefusal::Nothing));
        let done = Phase::Completed { at: WRITTEN };
        assert_eq!(can_give(&done, Some(given(true)), in_time), Ok(()));
        assert_eq!(can_give(&done, Some(given(true)), late), Err(ReviewRefusal::Settled));
    }

    #[test]
    fn stars_are_one_to_five_and_names_are_the_same_everywhere() {
        assert_eq!(serde_json::from_str::<Stars>("5").unwrap(), Stars::ALL[0]);
        assert!(["0", "6", "-1", "4.5"].iter().all(|text| serde_json::from_str::<Stars>(text).is_err()));
        for reason in HideReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
            assert_eq!(HideReason::from_name(reason.as_str()), Some(reason));
        }
        for kind in ReviewStepKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(ReviewStepKind::from_name(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn a_text_is_one_line() {
        assert_eq!(
            one_line(" 맛있어요 \n\n 또\u{202e} 올게요\u{7} 👍🏽 \u{200b}").unwrap(),
            "맛있어요 또 올게요 👍🏽"
        );
        assert_eq!(one_line("\u{200b} \n\t"), Err(TextRefusal::Empty));
        assert_eq!(one_line(&"가".repeat(2_000)), Err(TextRefusal::TooLong(2_000)));
        assert_eq!(one_line(&"👍".repeat(300)).unwrap().chars().count(), 300);
    }

    proptest! {
        #[test]
        fn a_score_is_fair(ratings in 0_i64..500, mean in 1_i64..=5, more in 1_i64..50, one in 1_i64..=5) {
            let rated = Rating { ratings, stars: ratings * mean };
            prop_assert!((1_000..=5_000).contains(&rated.score()));
            // Five stars never make it worse, one star never better, and more stars are never worse than fewer.
            let and = |stars: i64| Rating { ratings: ratings + 1, stars: rated.stars + stars };
            prop_assert!(and(5).score() >= rated.score() && and(1).score() <= rated.score());
            prop_assert!(and(5).score() >= and(one).score() && and(one).score() >= and(1).score());
            // The more say the same, the nearer it comes to what they say.
            let said = mean * 1_000;
            let same = Rating { ratings: ratings + more, stars: rated.stars + more * mean };
            prop_assert!((same.score() - said).abs() <= (rated.score() - said).abs());
            prop_assert!(rated.tenths().is_none_or(|tenths| tenths == mean * 10));
        }

        #[test]
        fn what_is_one_line_stays_it(text in "\\PC{0,80}|[ \n\t가-힣]{0,400}") {
            if let Ok(line) = one_line(&text) {
                prop_assert_eq!(one_line(&line), Ok(line.clone()));
                prop_assert!(line.chars().count() <= MAX_TEXT_CHARS && !line.contains('\n'));
            }
        }
    }
}
