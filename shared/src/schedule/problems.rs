//! Whether a schedule makes sense, told with the place of each problem.

use std::fmt;

use super::{DayHours, MAX_BREAKS, MinuteOfDay, StoreSchedule, WeekSchedule};
use crate::day::MAX_BREAK_MINUTES;

/// Most holidays of a schedule: two years of a store that is never open.
const MAX_HOLIDAYS: usize = 731;
const MINUTES_A_DAY: u16 = 24 * 60;

/// One thing that is wrong with a schedule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleProblem {
    /// Such as `mon`, `tue.break` or `tue.more_breaks[0]`.
    pub path: String,
    /// What is wrong and what would be right.
    pub problem: &'static str,
}

impl fmt::Display for ScheduleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl WeekSchedule {
    /// Every problem of the week; empty when a store can live by it.
    pub fn problems(&self) -> Vec<ScheduleProblem> {
        let days = self.days();
        let mut found = Vec::new();
        for (index, (name, hours)) in days.iter().enumerate() {
            let Some(hours) = hours else { continue };
            check(&mut found, name, hours);
            let (next, tomorrow) = days[(index + 1) % days.len()];
            let into_tomorrow = hours.close.0.saturating_sub(MINUTES_A_DAY);
            if tomorrow.is_some_and(|tomorrow| tomorrow.open.0 < into_tomorrow) {
                found.push(ScheduleProblem {
                    path: next.to_owned(),
                    problem: "opens before the day before has closed; one of the two must give way",
                });
            }
        }
        found
    }
}

impl StoreSchedule {
    /// Every problem of the week and the holidays.
    pub fn problems(&self) -> Vec<ScheduleProblem> {
        let mut found = self.week.problems();
        let mut dates = self.holidays.clone();
        dates.sort_unstable();
        dates.dedup();
        if dates.len() < self.holidays.len() {
            found.push(ScheduleProblem { path: "holidays".to_owned(), problem: "a date is there twice" });
        }
        if dates.len() > MAX_HOLIDAYS {
            found.push(ScheduleProblem {
                path: "holidays".to_owned(),
                problem: "more than two years of dates",
            });
        }
        found
    }
}

fn check(found: &mut Vec<ScheduleProblem>, name: &str, hours: &DayHours) {
    let mut say = |path: String, problem| found.push(ScheduleProblem { path, problem });
    if hours.open >= hours.close {
        say(name.to_owned(), "open must come before close");
    }
    let first = hours.rest.map(|one| (format!("{name}.break"), one));
    let more = hours.more_breaks.iter().enumerate();
    let more = more.map(|(index, one)| (format!("{name}.more_breaks[{index}]"), *one));
    let breaks: Vec<_> = first.into_iter().chain(more).collect();
    if breaks.len() > MAX_BREAKS {
        return say(format!("{name}.more_breaks"), "more breaks than a day can have; join some of them");
    }
    for (index, (path, (from, to))) in breaks.iter().enumerate() {
        // One that begins the moment another ends is the same break.
        let meets = |(_, other): &(String, (MinuteOfDay, MinuteOfDay))| *from <= other.1 && other.0 <= *to;
        if !(hours.open < *from && from < to && *to < hours.close) {
            say(path.clone(), "must lie inside the opening hours, start first");
        } else if u32::from(to.0 - from.0) > MAX_BREAK_MINUTES {
            say(path.clone(), "must not be longer than 12 hours");
        } else if breaks[..index].iter().any(meets) {
            say(path.clone(), "overlaps or touches another break of the day; make one of the two");
        }
    }
}
