//! When a store is open by its schedule.

use super::{KstDate, MinuteOfDay, StoreSchedule, WeekSchedule};
use crate::TimeMs;

/// Days that are looked ahead for an opening; a store that is closed for longer names none.
const LOOK_AHEAD_DAYS: i32 = 62;

/// The hours of one business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub open: TimeMs,
    pub close: TimeMs,
    /// From and to.
    pub rest: Option<(TimeMs, TimeMs)>,
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

    fn boundaries(&self) -> impl Iterator<Item = TimeMs> {
        [Some(self.open), Some(self.close), self.rest.map(|rest| rest.0), self.rest.map(|rest| rest.1)]
            .into_iter()
            .flatten()
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
        Some(Hours {
            open: at(day.open),
            close: at(day.close),
            rest: day.rest.map(|(from, to)| (at(from), at(to))),
        })
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
        match self.hours_at(now) {
            None => Wanted::Closed,
            Some(Hours { rest: Some((from, to)), .. }) if from <= now && now < to => {
                Wanted::Break { until: to }
            }
            Some(_) => Wanted::Open,
        }
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
