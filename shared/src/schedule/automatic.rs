//! What the server does with a business day by itself: breaks and busy time that run out, the schedule where the store wants it followed,
//! and a day that nobody closed.

use super::{Hours, StoreSchedule, Wanted};
use crate::TimeMs;
use crate::day::{BreakCause, Day, DayCommand, DayPhase, TransitionCause};

/// A day that still runs so many hours after its scheduled end was forgotten.
pub const FORGOTTEN_AFTER_HOURS: u32 = 6;
/// A day that began outside of all hours counts as ended after this.
const UNSCHEDULED_DAY_HOURS: u32 = 8;
/// A forgotten day makes room so long before the next opening.
const ROOM_BEFORE_OPENING_MINUTES: u32 = 30;
/// A day that began so long before opening time belongs to those hours.
const EARLY_OPENING_HOURS: u32 = 6;
/// Business days without a gap between them that are looked through.
const MAX_HOURS_IN_A_ROW: u32 = 14;
/// How often a store is looked at that only waits for somebody to be there, and a forgotten day.
const LOOK_OFTEN_MINUTES: u32 = 1;
/// How often every store is looked at.
const LOOK_SELDOM_MINUTES: u32 = 12 * 60;

/// Something to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Automatic {
    Change {
        command: DayCommand,
        cause: TransitionCause,
    },
    /// Nobody closed the day: finish what is left of it.
    Forgotten,
}

/// A store at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The store's latest day, running or not.
    pub day: Option<&'a Day>,
    pub schedule: &'a StoreSchedule,
    /// Whether somebody can be there.
    pub counter_connected: bool,
    /// Whether the day was found to be forgotten before.
    pub forgotten: bool,
    pub now: TimeMs,
}

impl Situation<'_> {
    /// The next thing that is due; ask again after it was done.
    pub fn due(&self) -> Option<Automatic> {
        let running = self.day.filter(|day| day.state().is_running());
        let Some(day) = running else { return self.opening() };
        if self.forgotten_at().is_some_and(|at| self.now >= at) && !self.forgotten {
            return Some(match day.phase {
                DayPhase::Closing { .. } => Automatic::Forgotten,
                DayPhase::Preparing
                | DayPhase::Open { .. }
                | DayPhase::OnBreak { .. }
                | DayPhase::Closed { .. } => change(DayCommand::StartClosing, TransitionCause::Forgotten),
            });
        }
        self.closing(day)
            .or_else(|| self.time_up(day))
            .or_else(|| self.resting(day))
            .or_else(|| self.opening())
    }

    /// When to look again. Always later than now, and never far away, so that nothing has to be foreseen.
    pub fn next_look(&self) -> TimeMs {
        let soon = self.now.plus_minutes(LOOK_OFTEN_MINUTES);
        let running = self.day.filter(|day| day.state().is_running());
        let forgotten = self.forgotten_at().filter(|_| !self.forgotten);
        let ends = running
            .into_iter()
            .flat_map(|day| [break_end(day).map(|(until, _)| until), busy_end(day)])
            .flatten();
        let boundary =
            if self.schedule.policy.is_none() { None } else { self.schedule.next_boundary(self.now) };
        let waits = self.waits_for_somebody() || (self.forgotten && running.is_some());
        ends.chain(forgotten)
            .chain(boundary)
            .chain(waits.then_some(soon))
            .filter(|at| *at > self.now)
            .fold(self.now.plus_minutes(LOOK_SELDOM_MINUTES), TimeMs::min)
    }

    fn opening(&self) -> Option<Automatic> {
        let wanted = self.waits_for_somebody() && self.counter_connected;
        wanted.then(|| change(DayCommand::Open, TransitionCause::Schedule))
    }

    /// Whether the store should open as soon as somebody is there. A day that was closed by a person in these hours stays closed.
    fn waits_for_somebody(&self) -> bool {
        if !self.schedule.policy.auto_open || self.schedule.wanted(self.now) != Wanted::Open {
            return false;
        }
        let Some(hours) = self.schedule.hours_at(self.now) else { return false };
        match self.day.map(|day| &day.phase) {
            None | Some(DayPhase::Preparing) => true,
            Some(DayPhase::Closed { at }) => *at < hours.open,
            Some(DayPhase::Open { .. } | DayPhase::OnBreak { .. } | DayPhase::Closing { .. }) => false,
        }
    }

    /// The scheduled end has passed since somebody last said that the store is open.
    fn closing(&self, day: &Day) -> Option<Automatic> {
        let (DayPhase::Open { since } | DayPhase::OnBreak { since, .. }) = day.phase else { return None };
        let ended = self.schedule.policy.auto_close && self.end_of(since).is_some_and(|end| end <= self.now);
        ended.then(|| change(DayCommand::StartClosing, TransitionCause::Schedule))
    }

    fn time_up(&self, day: &Day) -> Option<Automatic> {
        if let Some((until, cause)) = break_end(day)
            && until <= self.now
        {
            return Some(change(DayCommand::EndBreak, cause));
        }
        let over = busy_end(day).is_some_and(|until| until <= self.now);
        over.then(|| change(DayCommand::SetBusy { extra_minutes: 0, until: None }, TransitionCause::TimeUp))
    }

    /// A break of the schedule, unless somebody opened the store in the middle of it.
    fn resting(&self, day: &Day) -> Option<Automatic> {
        let DayPhase::Open { since } = day.phase else { return None };
        if !self.schedule.policy.auto_break {
            return None;
        }
        let (from, to) = self.schedule.hours_at(self.now)?.break_at(self.now)?;
        let rest = DayCommand::StartBreak { until: Some(to), cause: BreakCause::Schedule };
        (since < from).then(|| change(rest, TransitionCause::Schedule))
    }

    /// The end of the hours that something which began at `since` belongs to.
    fn end_of(&self, since: TimeMs) -> Option<TimeMs> {
        self.hours_around(since).map(|hours| hours.close)
    }

    fn hours_around(&self, since: TimeMs) -> Option<Hours> {
        let early = since.plus_minutes(EARLY_OPENING_HOURS * 60);
        self.schedule
            .hours_at(since)
            .or_else(|| self.schedule.next_hours(since).filter(|hours| hours.open <= early))
    }

    /// When the day counts as forgotten. Never in the middle of opening hours: rather shortly before they begin, or after the next end.
    pub fn forgotten_at(&self) -> Option<TimeMs> {
        let day = self.day?;
        let scheduled = |since: TimeMs| {
            self.end_of(since).unwrap_or_else(|| since.plus_minutes(UNSCHEDULED_DAY_HOURS * 60))
        };
        let mut end = match day.phase {
            DayPhase::Preparing => scheduled(day.prepared_at),
            DayPhase::Open { since } | DayPhase::OnBreak { since, .. } => scheduled(since),
            // Whoever began to close said that this was the end.
            DayPhase::Closing { since, .. } => since,
            DayPhase::Closed { .. } => return None,
        };
        for _ in 0..MAX_HOURS_IN_A_ROW {
            if let Some(hours) = self.schedule.hours_at(end) {
                end = hours.close;
            }
            let at = end.plus_minutes(FORGOTTEN_AFTER_HOURS * 60);
            let Some(next) = self.schedule.next_hours(end.plus_ms(-1)).filter(|next| next.open <= at) else {
                return Some(at);
            };
            let room = next.open.plus_ms(-i64::from(ROOM_BEFORE_OPENING_MINUTES) * 60_000);
            if room >= end.plus_minutes(ROOM_BEFORE_OPENING_MINUTES) {
                return Some(room);
            }
            end = next.close;
        }
        None
    }
}

fn change(command: DayCommand, cause: TransitionCause) -> Automatic {
    Automatic::Change { command, cause }
}

/// When the break ends by itself, and why it does.
fn break_end(day: &Day) -> Option<(TimeMs, TransitionCause)> {
    let DayPhase::OnBreak { until: Some(until), cause, .. } = day.phase else { return None };
    let by = if cause == BreakCause::Schedule { TransitionCause::Schedule } else { TransitionCause::TimeUp };
    Some((until, by))
}

/// When busy mode ends by itself. A day that closes promises nothing any more.
fn busy_end(day: &Day) -> Option<TimeMs> {
    match day.phase {
        DayPhase::Preparing | DayPhase::Open { .. } | DayPhase::OnBreak { .. } => day.busy?.until,
        DayPhase::Closing { .. } | DayPhase::Closed { .. } => None,
    }
}
