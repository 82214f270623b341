//! What comes by itself and what should not be forgotten. Pure: the day, the hours and the server's time go in.

use shared::TimeMs;
use shared::availability::Availability;
use shared::day::{BreakCause, Day, DayCommand, DayPhase, TransitionCause};
use shared::schedule::automatic::{Automatic, Situation};
use shared::schedule::{Hours, SchedulePolicy, StoreSchedule, WeekSchedule};

use super::{DayAction, Reminder, ReminderKind, Transition, TransitionKind};
use crate::commands::may;

/// So long before its time something is soon.
const SOON_MINUTES: u32 = 15;
/// So long after its time something is late.
const LATE_MINUTES: u32 = 5;
/// A store that still takes orders so long after closing time was forgotten, and so was a closing that takes so long.
const FORGOTTEN_MINUTES: u32 = 60;
/// Boundaries of the hours that are looked through for the next change; a day has four.
const BOUNDARIES: usize = 6;

/// The next thing that the server will do by itself.
pub fn next_transition(
    day: Option<&Day>,
    schedule: Option<&StoreSchedule>,
    availability: &Availability,
    now: TimeMs,
) -> Option<Transition> {
    let nothing = without_hours();
    let schedule = schedule.unwrap_or(&nothing);
    let on_sale = availability.next_change(now).map(|at| Transition {
        kind: TransitionKind::BackOnSale,
        at,
        cause: TransitionCause::TimeUp,
    });
    let change = candidates(day, schedule, now).into_iter().find_map(|at| {
        // Whether it is forgotten is the server's to find out.
        let then = Situation { day, schedule, counter_connected: true, forgotten: true, now: at };
        match then.due()? {
            Automatic::Change { command, cause } => Some(Transition { kind: kind(&command)?, at, cause }),
            Automatic::Forgotten => None,
        }
    });
    [change, on_sale].into_iter().flatten().min_by_key(|transition| transition.at)
}

fn without_hours() -> StoreSchedule {
    let week = WeekSchedule { mon: None, tue: None, wed: None, thu: None, fri: None, sat: None, sun: None };
    StoreSchedule { week, holidays: Vec::new(), policy: SchedulePolicy::default() }
}

/// Times at which something may happen, in order.
fn candidates(day: Option<&Day>, schedule: &StoreSchedule, now: TimeMs) -> Vec<TimeMs> {
    let mut times = Vec::new();
    if let Some(DayPhase::OnBreak { until: Some(until), .. }) = day.map(|day| &day.phase) {
        times.push(*until);
    }
    times.extend(day.and_then(|day| day.busy).and_then(|busy| busy.until));
    let mut at = now;
    for _ in 0..BOUNDARIES {
        let Some(next) = schedule.next_boundary(at) else { break };
        times.push(next);
        at = next;
    }
    times.retain(|at| *at > now);
    times.sort_unstable();
    times
}

fn kind(command: &DayCommand) -> Option<TransitionKind> {
    match command {
        DayCommand::Open => Some(TransitionKind::Open),
        DayCommand::StartBreak { .. } => Some(TransitionKind::BreakStart),
        DayCommand::EndBreak => Some(TransitionKind::BreakEnd),
        DayCommand::SetBusy { .. } => Some(TransitionKind::BusyEnd),
        DayCommand::StartClosing => Some(TransitionKind::ClosingStart),
        DayCommand::Prepare | DayCommand::ResumeSales | DayCommand::Cut { .. } | DayCommand::Close { .. } => {
            None
        }
    }
}

/// What somebody should not forget now.
pub fn reminder(day: Option<&Day>, schedule: Option<&StoreSchedule>, now: TimeMs) -> Option<Reminder> {
    let phase = day.map(|day| &day.phase);
    match (phase, schedule) {
        (Some(DayPhase::Closing { since, .. }), _) => {
            let late = *since <= ago(now, FORGOTTEN_MINUTES);
            late.then(|| remind(ReminderKind::CloseForgotten, *since, None))
        }
        (Some(DayPhase::OnBreak { since, until, .. }), schedule) => {
            let over = until.filter(|until| *until <= ago(now, 1));
            let over = over.map(|until| remind(ReminderKind::BreakOver, until, Some(DayAction::BreakEnd)));
            over.or_else(|| schedule.and_then(|schedule| closing(schedule, *since, now)))
        }
        (Some(DayPhase::Open { since }), Some(schedule)) => {
            closing(schedule, *since, now).or_else(|| rest(schedule, *since, now))
        }
        (Some(DayPhase::Preparing), Some(schedule)) => opening(schedule, None, DayAction::Open, now),
        (Some(DayPhase::Closed { at }), Some(schedule)) => {
            opening(schedule, Some(*at), DayAction::Prepare, now)
        }
        (None, Some(schedule)) => opening(schedule, None, DayAction::Prepare, now),
        (None | Some(DayPhase::Open { .. } | DayPhase::Preparing | DayPhase::Closed { .. }), None) => None,
    }
}

fn ago(now: TimeMs, minutes: u32) -> TimeMs {
    now.plus_ms(-i64::from(minutes) * 60_000)
}

/// A day that a person closed in these hours stays closed.
fn opening(
    schedule: &StoreSchedule,
    closed_at: Option<TimeMs>,
    action: DayAction,
    now: TimeMs,
) -> Option<Reminder> {
    let running = schedule.hours_at(now).filter(|hours| closed_at.is_none_or(|at| at < hours.open));
    if let Some(Hours { open, .. }) = running {
        let kind =
            if open <= ago(now, LATE_MINUTES) { ReminderKind::OpenLate } else { ReminderKind::OpenSoon };
        let action = if kind == ReminderKind::OpenLate { DayAction::Open } else { action };
        return Some(remind(kind, open, Some(action)));
    }
    let next = schedule.next_opening(now).filter(|open| *open <= now.plus_minutes(SOON_MINUTES));
    next.map(|open| remind(ReminderKind::OpenSoon, open, Some(action)))
}

fn closing(schedule: &StoreSchedule, since: TimeMs, now: TimeMs) -> Option<Reminder> {
    let close = schedule.hours_at(since).map(|hours| hours.close)?;
    let kind = if close <= ago(now, FORGOTTEN_MINUTES) {
        ReminderKind::CloseForgotten
    } else if close <= ago(now, LATE_MINUTES) {
        ReminderKind::CloseLate
    } else if close <= now.plus_minutes(SOON_MINUTES) {
        ReminderKind::CloseSoon
    } else {
        return None;
    };
    Some(remind(kind, close, Some(DayAction::ClosingStart)))
}

/// A break of the schedule is near, or has begun without anybody taking it.
fn rest(schedule: &StoreSchedule, since: TimeMs, now: TimeMs) -> Option<Reminder> {
    let soon = now.plus_minutes(SOON_MINUTES);
    let hours = schedule.hours_at(now)?;
    let (from, _) = hours.breaks.iter().find(|(from, to)| *from <= soon && now < *to && since < *from)?;
    Some(remind(ReminderKind::BreakSoon, *from, Some(DayAction::BreakStart)))
}

fn remind(kind: ReminderKind, at: TimeMs, action: Option<DayAction>) -> Reminder {
    let clock = at.kst_clock();
    let (korean, english) = match kind {
        ReminderKind::OpenSoon => (
            format!("{clock}에 영업을 시작할 시간이에요. 개점 점검을 해 두세요."),
            format!("Opening time is {clock}. Go through the opening check."),
        ),
        ReminderKind::OpenLate => (
            format!(
                "영업 시작 시각({clock})이 지났어요. 손님이 주문할 수 없어요. '영업 시작'을 눌러 주세요."
            ),
            format!("Opening time ({clock}) has passed and customers cannot order. Press 'Open'."),
        ),
        ReminderKind::BreakSoon => (
            format!("{clock}은 휴식 시간이에요. 쉬려면 '휴식'을 눌러 주세요."),
            format!("The break is at {clock}. Press 'Break' to take it."),
        ),
        ReminderKind::BreakOver => (
            format!("휴식이 {clock}에 끝났어요. 다시 주문을 받으려면 '휴식 끝'을 눌러 주세요."),
            format!("The break ended at {clock}. Press 'End break' to take orders again."),
        ),
        ReminderKind::CloseSoon => (
            format!("{clock}에 마감할 시간이에요. 준비되면 '영업 마감'을 눌러 주세요."),
            format!("Closing time is {clock}. Press 'Start closing' when you are ready."),
        ),
        ReminderKind::CloseLate => (
            format!("마감 시각({clock})이 지났는데 아직 주문을 받고 있어요. '영업 마감'을 눌러 주세요."),
            format!("Closing time ({clock}) has passed and orders are still taken. Press 'Start closing'."),
        ),
        ReminderKind::CloseForgotten => (
            format!("마감을 잊지 않으셨나요? {clock}부터 마감되지 않았어요. 마감을 끝내 주세요."),
            format!("Was closing forgotten? It has waited since {clock}. Finish closing the day."),
        ),
    };
    Reminder { kind, at, action, korean, english }
}

/// What may be pressed of the day, the most likely first.
pub fn actions(day: Option<&Day>, now: TimeMs) -> Vec<DayAction> {
    let rest = DayCommand::StartBreak { until: None, cause: BreakCause::Rest };
    let busy = DayCommand::SetBusy { extra_minutes: 10, until: None };
    let on_break = day.is_some_and(|day| matches!(day.phase, DayPhase::OnBreak { .. }));
    let offered = [
        (DayAction::Prepare, may(day, &DayCommand::Prepare, now)),
        // On a break, opening is ending it.
        (DayAction::Open, may(day, &DayCommand::Open, now) && !on_break),
        (DayAction::BreakEnd, may(day, &DayCommand::EndBreak, now)),
        (DayAction::ClosingResume, may(day, &DayCommand::ResumeSales, now)),
        (DayAction::BreakStart, may(day, &rest, now)),
        (DayAction::Busy, may(day, &busy, now)),
        (DayAction::ClosingStart, may(day, &DayCommand::StartClosing, now)),
    ];
    offered.into_iter().filter(|(_, may)| *may).map(|(action, _)| action).collect()
}

#[cfg(test)]
mod tests {
    use shared::day::{Busy, DayEvent};
    use shared::id::DayId;
    use shared::schedule::{DayHours, KstDate, MinuteOfDay};

    use super::*;

    /// 11:00 to 22:00 with breaks from 15:00 to 17:00 and from 19:30 to 20:00, every day.
    fn schedule(policy: SchedulePolicy) -> StoreSchedule {
        let hours = Some(DayHours {
            open: MinuteOfDay(11 * 60),
            close: MinuteOfDay(22 * 60),
            rest: Some((MinuteOfDay(15 * 60), MinuteOfDay(17 * 60))),
            more_breaks: vec![(MinuteOfDay(19 * 60 + 30), MinuteOfDay(20 * 60))],
        });
        let week = WeekSchedule {
            mon: hours.clone(),
            tue: hours.clone(),
            wed: hours.clone(),
            thu: hours.clone(),
            fri: hours.clone(),
            sat: hours.clone(),
            sun: hours,
        };
        StoreSchedule { week, holidays: Vec::new(), policy }
    }

    fn at(hour: u16, minute: u16) -> TimeMs {
        KstDate::of(TimeMs(1_763_683_200_000)).at(MinuteOfDay(hour * 60 + minute))
    }

    fn open(since: TimeMs) -> Day {
        let opened = DayEvent::DayOpened { opened_at: since, cause: TransitionCause::ByHand, made_at: None };
        Day::fold(None, DayId::fresh(), &opened)
    }

    fn kind_at(day: Option<&Day>, now: TimeMs) -> Option<(ReminderKind, Option<DayAction>)> {
        let schedule = schedule(SchedulePolicy::default());
        reminder(day, Some(&schedule), now).map(|reminder| (reminder.kind, reminder.action))
    }

    #[test]
    fn a_day_is_reminded_from_opening_to_closing() {
        use {DayAction as Press, ReminderKind as Kind};
        let day = open(at(11, 0));
        for (who, now, wanted) in [
            (None, at(10, 44), None),
            (None, at(10, 45), Some((Kind::OpenSoon, Some(Press::Prepare)))),
            (None, at(11, 5), Some((Kind::OpenLate, Some(Press::Open)))),
            (Some(&day), at(14, 44), None),
            (Some(&day), at(14, 50), Some((Kind::BreakSoon, Some(Press::BreakStart)))),
            (Some(&day), at(17, 0), None),
            (Some(&day), at(19, 20), Some((Kind::BreakSoon, Some(Press::BreakStart)))),
            (Some(&day), at(20, 0), None),
            (Some(&day), at(21, 45), Some((Kind::CloseSoon, Some(Press::ClosingStart)))),
            (Some(&day), at(22, 5), Some((Kind::CloseLate, Some(Press::ClosingStart)))),
            (Some(&day), at(23, 0), Some((Kind::CloseForgotten, Some(Press::ClosingStart)))),
        ] {
            assert_eq!(kind_at(who, now), wanted, "{}", now.kst_clock());
        }
    }

    #[test]
    fn a_store_that_was_closed_in_its_hours_is_left_alone() {
        let mut day = open(at(11, 0));
        day.phase = DayPhase::Closed { at: at(20, 0) };
        assert_eq!(kind_at(Some(&day), at(20, 30)), None);
        day.phase = DayPhase::Closed { at: at(9, 0) };
        assert_eq!(kind_at(Some(&day), at(11, 30)).map(|one| one.0), Some(ReminderKind::OpenLate));
    }

    #[test]
    fn a_break_that_should_be_over_is_told_without_hours_too() {
        let mut day = open(at(11, 0));
        day.phase = DayPhase::OnBreak { since: at(12, 0), until: Some(at(12, 30)), cause: BreakCause::Rest };
        assert_eq!(reminder(Some(&day), None, at(12, 30)), None);
        let told = reminder(Some(&day), None, at(12, 31)).map(|one| one.kind);
        assert_eq!(told, Some(ReminderKind::BreakOver));
    }

    #[test]
    fn what_comes_by_itself_is_what_the_server_will_do() {
        let mut day = open(at(11, 0));
        let silent = schedule(SchedulePolicy::default());
        let nothing = Availability::default();
        let next = |day: &Day, schedule: &StoreSchedule, now| {
            next_transition(Some(day), Some(schedule), &nothing, now).map(|next| (next.kind, next.at))
        };
        assert_eq!(next(&day, &silent, at(12, 0)), None, "without a policy nothing comes by itself");
        let whole = schedule(SchedulePolicy { auto_open: true, auto_break: true, auto_close: true });
        assert_eq!(next(&day, &whole, at(12, 0)), Some((TransitionKind::BreakStart, at(15, 0))));
        assert_eq!(next(&day, &whole, at(18, 0)), Some((TransitionKind::BreakStart, at(19, 30))));
        assert_eq!(next(&day, &whole, at(20, 30)), Some((TransitionKind::ClosingStart, at(22, 0))));
        day.busy = Some(Busy { extra_minutes: 10, until: Some(at(12, 20)) });
        assert_eq!(next(&day, &silent, at(12, 0)), Some((TransitionKind::BusyEnd, at(12, 20))));
        day.phase = DayPhase::OnBreak { since: at(12, 0), until: Some(at(12, 10)), cause: BreakCause::Rest };
        assert_eq!(next(&day, &silent, at(12, 0)), Some((TransitionKind::BreakEnd, at(12, 10))));
        assert_eq!(
            next_transition(None, Some(&whole), &nothing, at(9, 0)).map(|next| (next.kind, next.at)),
            Some((TransitionKind::Open, at(11, 0)))
        );
    }

    #[test]
    fn only_what_has_an_effect_is_offered() {
        use DayAction as Press;
        assert_eq!(actions(None, at(9, 0)), [Press::Prepare, Press::Open]);
        let mut day = open(at(11, 0));
        assert_eq!(actions(Some(&day), at(12, 0)), [Press::BreakStart, Press::Busy, Press::ClosingStart]);
        day.phase = DayPhase::Closing { since: at(22, 0), cut: None };
        assert_eq!(actions(Some(&day), at(22, 1)), [Press::ClosingResume]);
    }
}
