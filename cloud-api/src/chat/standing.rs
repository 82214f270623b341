//! Whether something can be ordered at a store now, else when: what the cards of stores are sorted by and say.

use shared::TimeMs;
use shared::schedule::{KstDate, StoreSchedule, Wanted};

use crate::db::store_list::Now;

/// A store that opens within this time is offered before those that stay closed for longer.
const SOON_MS: i64 = 2 * 60 * 60 * 1000;

/// How a store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Orderable,
    /// Opens, or ends its break, soon.
    Soon {
        at: TimeMs,
        resting: bool,
    },
    /// Takes no orders for a while, or nobody knows for how long.
    Closed {
        until: Option<TimeMs>,
        resting: bool,
    },
    /// Never takes orders to fetch.
    DeliveryOnly,
}

impl Standing {
    /// What a store's day and schedule say at `now`.
    pub fn of(takeout: bool, day: Now, schedule: &StoreSchedule, now: TimeMs) -> Self {
        if !takeout {
            return Self::DeliveryOnly;
        }
        if day.open {
            return Self::Orderable;
        }
        let until = if day.resting { day.rest_until } else { opening(schedule, now) };
        let until = until.filter(|until| *until > now);
        match until {
            Some(at) if at.ms_since(now) <= SOON_MS => Self::Soon { at, resting: day.resting },
            until => Self::Closed { until, resting: day.resting },
        }
    }

    /// What is known without looking at a schedule, which takes longer.
    pub fn at_a_glance(takeout: bool, day: Now) -> Self {
        match (takeout, day.open) {
            (false, _) => Self::DeliveryOnly,
            (true, true) => Self::Orderable,
            (true, false) => Self::Closed { until: None, resting: day.resting },
        }
    }

    /// What can be ordered comes first, then what opens soonest; what nobody knows comes later.
    pub fn rank(self) -> (u8, TimeMs) {
        match self {
            Self::Orderable => (0, TimeMs(0)),
            Self::Soon { at, .. } => (1, at),
            Self::Closed { until: Some(at), .. } => (2, at),
            Self::Closed { until: None, .. } => (3, TimeMs(0)),
            Self::DeliveryOnly => (4, TimeMs(0)),
        }
    }

    /// The heading of the list that it belongs into.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Orderable => "지금 주문 가능",
            Self::Soon { .. } => "곧 열어요",
            Self::Closed { .. } | Self::DeliveryOnly => "지금은 쉬어요",
        }
    }

    /// Whether and when, in words.
    pub fn words(self, now: TimeMs) -> String {
        match self {
            Self::Orderable => "영업 중".to_owned(),
            Self::DeliveryOnly => "배달만 해요".to_owned(),
            Self::Soon { at, resting: true } => format!("잠시 쉬는 중 · {}까지", at.kst_clock()),
            Self::Soon { at, resting: false } => format!("{}에 열어요", at.kst_clock()),
            Self::Closed { until: Some(at), resting: true } => {
                format!("잠시 쉬는 중 · {}까지", clock(at, now))
            }
            Self::Closed { until: Some(at), resting: false } => format!("{}에 열어요", clock(at, now)),
            Self::Closed { until: None, .. } => "지금은 준비 중".to_owned(),
        }
    }
}

/// When the schedule lets it open. Inside its hours, without a break, nobody knows why it is closed.
fn opening(schedule: &StoreSchedule, now: TimeMs) -> Option<TimeMs> {
    match schedule.wanted(now) {
        Wanted::Closed => schedule.next_opening(now),
        Wanted::Break { until } => Some(until),
        Wanted::Open => None,
    }
}

/// `오늘` is not said, other days are.
fn clock(at: TimeMs, now: TimeMs) -> String {
    let (today, day) = (KstDate::of(now), KstDate::of(at));
    if day == today {
        at.kst_clock()
    } else if day == today.plus_days(1) {
        format!("내일 {}", at.kst_clock())
    } else {
        let (_, month, date) = day.parts();
        format!("{month}월 {date}일 {}", at.kst_clock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10:00 to 22:00 with a break from 15:00, on every day.
    fn schedule() -> StoreSchedule {
        let day = serde_json::json!({"open": "10:00", "close": "22:00", "break": ["15:00", "16:30"]});
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let week: serde_json::Map<_, _> =
            days.map(|name| (name.to_owned(), day.clone())).into_iter().collect();
        serde_json::from_value(serde_json::json!({"week": week})).unwrap()
    }

    fn said(hour: i64, minute: i64, day: Now) -> (&'static str, String) {
        // 2026-11-22 in Korea.
        let now = TimeMs(1_795_273_200_000).plus_ms((hour * 60 + minute) * 60_000);
        let standing = Standing::of(true, day, &schedule(), now);
        (standing.heading(), standing.words(now))
    }

    #[test]
    fn says_when_it_opens_as_people_say_it() {
        let closed = Now::default();
        assert_eq!(said(9, 0, closed), ("곧 열어요", "10:00에 열어요".to_owned()));
        assert_eq!(said(3, 0, closed), ("지금은 쉬어요", "10:00에 열어요".to_owned()));
        assert_eq!(said(22, 30, closed), ("지금은 쉬어요", "내일 10:00에 열어요".to_owned()));
        assert_eq!(said(15, 30, closed), ("곧 열어요", "16:30에 열어요".to_owned()));
        assert_eq!(said(12, 0, closed), ("지금은 쉬어요", "지금은 준비 중".to_owned()));
        let resting = |ms| Now { open: false, resting: true, rest_until: Some(TimeMs(ms)) };
        let noon = 1_795_273_200_000 + 12 * 3_600_000;
        assert_eq!(
            said(12, 0, resting(noon + 1_800_000)),
            ("곧 열어요", "잠시 쉬는 중 · 12:30까지".to_owned())
        );
        assert_eq!(said(12, 0, resting(noon - 1)), ("지금은 쉬어요", "지금은 준비 중".to_owned()));
        let open = Now { open: true, ..Now::default() };
        assert_eq!(said(3, 0, open), ("지금 주문 가능", "영업 중".to_owned()));
    }

    #[test]
    fn what_can_be_ordered_comes_first() {
        let now = TimeMs(1_795_273_200_000);
        let all = [
            Standing::Orderable,
            Standing::Soon { at: now, resting: true },
            Standing::Soon { at: now.plus_ms(1), resting: false },
            Standing::Closed { until: Some(now), resting: false },
            Standing::Closed { until: None, resting: true },
            Standing::DeliveryOnly,
        ];
        assert!(all.is_sorted_by_key(|standing| standing.rank()));
    }
}
