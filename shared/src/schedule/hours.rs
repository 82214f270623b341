//! When a store is open by its schedule.

use super::{KstDate, MinuteOfDay, StoreSchedule, WeekSchedule};
use crate::TimeMs;

/// Days that are looked ahead for an opening; a store that is closed for longer names none.
const LOOK_AHEAD_DAYS: i32 = 62;

/// The hours of one business day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    pub open: TimeMs,
    pub close: TimeMs,
    /// From and to, the earliest first.
    pub breaks: Vec<(TimeMs, TimeMs)>,
}

/// What the schedule wants at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Closed,
    Open,
    Break { until: TimeMs },
}

impl Hours {
    /// Whether the store is in its hours, a break included.
    pub fn contains(&self, now: TimeMs) -> bool {
        self.open <= now && now < self.close
    }

    /// The break that `now` lies in.
    pub fn break_at(&self, now: TimeMs) -> Option<(TimeMs, TimeMs)> {
        self.breaks.iter().copied().find(|(from, to)| *from <= now && now < *to)
    }

    fn boundaries(&self) -> impl Iterator<Item = TimeMs> {
        let breaks = self.breaks.iter().flat_map(|(from, to)| [*from, *to]);
        [self.open, self.close].into_iter().chain(breaks)
    }
}

impl WeekSchedule {
    fn of_weekday(&self, weekday: usize) -> Option<&super::DayHours> {
        self.days().get(weekday).and_then(|(_, hours)| *hours)
    }
}

impl StoreSchedule {
    /// The hours of the business day that begins on `date`; a holiday has none.
    pub fn hours_of(&self, date: KstDate) -> Option<Hours> {
        if self.holidays.contains(&date) {
            return None;
        }
        let day = self.week.of_weekday(date.weekday())?;
        let at = |minute: MinuteOfDay| date.at(minute);
        let mut breaks: Vec<_> = day.breaks().map(|(from, to)| (at(from), at(to))).collect();
        breaks.sort_unstable();
        Some(Hours { open: at(day.open), close: at(day.close), breaks })
    }

    /// The hours that `now` lies in; those of yesterday may pass midnight.
    pub fn hours_at(&self, now: TimeMs) -> Option<Hours> {
        let today = KstDate::of(now);
        [today.plus_days(-1), today]
            .into_iter()
            .filter_map(|date| self.hours_of(date))
            .find(|hours| hours.contains(now))
    }

    /// The first hours that begin after `now`.
    pub fn next_hours(&self, now: TimeMs) -> Option<Hours> {
        let today = KstDate::of(now);
        // Yesterday's too: a business day may begin after midnight by its own clock.
        (-1..=LOOK_AHEAD_DAYS)
            .filter_map(|days| self.hours_of(today.plus_days(days)))
            .filter(|hours| hours.open > now)
            .min_by_key(|hours| hours.open)
    }

    /// When the store opens next.
    pub fn next_opening(&self, now: TimeMs) -> Option<TimeMs> {
        self.next_hours(now).map(|hours| hours.open)
    }

    /// What the schedule wants now.
    pub fn wanted(&self, now: TimeMs) -> Wanted {
        let Some(hours) = self.hours_at(now) else { return Wanted::Closed };
        hours.break_at(now).map_or(Wanted::Open, |(_, until)| Wanted::Break { until })
    }

    /// When the schedule next wants something else.
    pub fn next_boundary(&self, now: TimeMs) -> Option<TimeMs> {
        let near = [self.hours_at(now), self.next_hours(now)];
        near.into_iter()
            .flatten()
            .flat_map(|hours| hours.boundaries().collect::<Vec<_>>())
            .filter(|at| *at > now)
            .min()
    }
}
