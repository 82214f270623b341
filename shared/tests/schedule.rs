//! Schedules: hours past midnight, holidays, and what happens by itself; over random weeks where a rule is for every week.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use shared::TimeMs;
use shared::day::{BreakCause, Day, DayCommand, DayContext, DayPhase, DayState, TransitionCause, decide};
use shared::id::DayId;
use shared::schedule::automatic::{Automatic, FORGOTTEN_AFTER_HOURS, Situation};
use shared::schedule::{
    DayHours, KstDate, MAX_BREAKS, MinuteOfDay, SchedulePolicy, StoreSchedule, Wanted, WeekSchedule,
};

/// Most things that can be due one after another.
const MOST_AT_ONCE: usize = 4;

fn date(text: &str) -> KstDate {
    KstDate::try_from(text.to_owned()).unwrap()
}

/// `2026-11-23 22:30`, a Monday, or `2026-11-23 25:00`.
fn at(text: &str) -> TimeMs {
    let (day, clock) = text.split_once(' ').unwrap();
    date(day).at(MinuteOfDay::try_from(clock.to_owned()).unwrap())
}

fn hours(open: &str, close: &str, rest: Option<(&str, &str)>) -> Option<DayHours> {
    resting(open, close, rest.as_slice())
}

fn resting(open: &str, close: &str, breaks: &[(&str, &str)]) -> Option<DayHours> {
    let minute = |text: &str| MinuteOfDay::try_from(text.to_owned()).unwrap();
    let mut breaks = breaks.iter().map(|(from, to)| (minute(from), minute(to)));
    let rest = breaks.next();
    Some(DayHours { open: minute(open), close: minute(close), rest, more_breaks: breaks.collect() })
}

fn every_day(day: Option<DayHours>, policy: SchedulePolicy) -> StoreSchedule {
    let week = WeekSchedule {
        mon: day.clone(),
        tue: day.clone(),
        wed: day.clone(),
        thu: day.clone(),
        fri: day.clone(),
        sat: day.clone(),
        sun: day,
    };
    StoreSchedule { week, holidays: Vec::new(), policy }
}

const ALL: SchedulePolicy = SchedulePolicy { auto_open: true, auto_break: true, auto_close: true };

fn opened(at: TimeMs) -> Day {
    let mut day = Day::preparing(DayId::fresh(), at);
    day.opened_at = Some(at);
    day.phase = DayPhase::Open { since: at };
    day
}

fn look<'a>(day: Option<&'a Day>, schedule: &'a StoreSchedule, now: TimeMs) -> Situation<'a> {
    Situation { day, schedule, counter_connected: true, forgotten: false, now }
}

fn changed(due: Option<Automatic>) -> Option<(DayCommand, TransitionCause)> {
    match due? {
        Automatic::Change { command, cause } => Some((command, cause)),
        Automatic::Forgotten => None,
    }
}

#[test]
fn hours_past_midnight_belong_to_the_day_before() {
    let schedule = every_day(hours("17:00", "26:00", None), SchedulePolicy::default());
    assert_eq!(schedule.problems(), []);
    let hours = schedule.hours_at(at("2026-11-24 01:59")).unwrap();
    assert_eq!((hours.open, hours.close), (at("2026-11-23 17:00"), at("2026-11-23 26:00")));
    assert_eq!(schedule.wanted(at("2026-11-24 02:00")), Wanted::Closed);
    assert_eq!(schedule.next_opening(at("2026-11-24 02:00")), Some(at("2026-11-24 17:00")));
}

#[test]
fn a_holiday_has_no_hours_and_a_closed_week_no_opening() {
    let mut schedule = every_day(hours("10:00", "20:00", None), SchedulePolicy::default());
    schedule.holidays = vec![date("2026-11-24"), date("2026-11-25")];
    assert_eq!(schedule.wanted(at("2026-11-24 12:00")), Wanted::Closed);
    assert_eq!(schedule.next_opening(at("2026-11-23 21:00")), Some(at("2026-11-26 10:00")));
    assert_eq!(every_day(None, ALL).next_opening(at("2026-11-23 21:00")), None);
}

#[test]
fn what_overlaps_itself_is_told_with_its_place() {
    let mut schedule = every_day(hours("02:00", "25:30", None), ALL);
    assert_eq!(schedule.problems(), [], "it ends half an hour before it begins");
    schedule.week.wed = hours("01:00", "20:00", Some(("19:00", "21:00")));
    schedule.week.fri = hours("12:00", "12:00", None);
    schedule.week.sat = hours("06:00", "30:00", Some(("08:00", "21:00")));
    schedule.holidays = vec![date("2026-11-24"), date("2026-11-24")];
    let told: Vec<String> = schedule.problems().iter().map(ToString::to_string).collect();
    for part in [
        "wed: opens before",
        "wed.break: must lie",
        "fri: open must",
        "sat.break: must not",
        "sun: opens before",
        "holidays: a date",
    ] {
        assert!(told.iter().any(|one| one.starts_with(part)), "{part} is missing in {told:?}");
    }
    assert_eq!(told.len(), 6, "{told:?}");
}

#[test]
fn a_store_that_wants_it_lives_by_its_schedule() {
    let schedule = every_day(hours("10:00", "21:00", Some(("15:00", "17:00"))), ALL);
    let morning = at("2026-11-23 10:00");
    let nobody = Situation { counter_connected: false, ..look(None, &schedule, morning) };
    assert_eq!(nobody.due(), None, "a store that nobody is at stays closed");
    assert!(nobody.next_look() <= morning.plus_minutes(1), "and is looked at often");
    assert_eq!(
        changed(look(None, &schedule, morning).due()),
        Some((DayCommand::Open, TransitionCause::Schedule))
    );
    let mut day = opened(morning);
    let rest = DayCommand::StartBreak { until: Some(at("2026-11-23 17:00")), cause: BreakCause::Schedule };
    let due = |day: &Day, now: &str| changed(look(Some(day), &schedule, at(now)).due());
    assert_eq!(due(&day, "2026-11-23 14:59"), None);
    assert_eq!(due(&day, "2026-11-23 15:00"), Some((rest, TransitionCause::Schedule)));
    day.phase = DayPhase::Open { since: at("2026-11-23 15:20") };
    assert_eq!(due(&day, "2026-11-23 15:30"), None, "somebody opened it in the middle of the break");
    assert_eq!(due(&day, "2026-11-23 21:00"), Some((DayCommand::StartClosing, TransitionCause::Schedule)));
    day.phase = DayPhase::Open { since: at("2026-11-23 21:10") };
    assert_eq!(due(&day, "2026-11-23 21:11"), None, "somebody goes on after the end");
    day.phase = DayPhase::Closed { at: at("2026-11-23 14:00") };
    assert_eq!(due(&day, "2026-11-23 14:30"), None, "a person closed it for today");
    assert_eq!(due(&day, "2026-11-24 10:00"), Some((DayCommand::Open, TransitionCause::Schedule)));
}

#[test]
fn each_of_several_breaks_is_taken_and_ended() {
    let day = resting("10:00", "26:00", &[("24:30", "25:00"), ("11:30", "12:00"), ("15:00", "17:00")]);
    let schedule = every_day(day, ALL);
    assert_eq!(schedule.problems(), []);
    let break_until = |until: &str| Some(Wanted::Break { until: at(until) });
    for (now, until) in [
        ("2026-11-23 11:29", None),
        ("2026-11-23 11:30", break_until("2026-11-23 12:00")),
        ("2026-11-23 12:00", None),
        ("2026-11-23 16:59", break_until("2026-11-23 17:00")),
        ("2026-11-23 24:45", break_until("2026-11-23 25:00")),
        ("2026-11-23 25:00", None),
    ] {
        assert_eq!(schedule.wanted(at(now)), until.unwrap_or(Wanted::Open), "{now}");
    }
    let mut day = opened(at("2026-11-23 10:00"));
    let (mut now, mut breaks) = (day.prepared_at, Vec::new());
    while now < at("2026-11-23 26:00") {
        let situation = look(Some(&day), &schedule, now);
        if let Some((command, cause)) = changed(situation.due()) {
            if let DayCommand::StartBreak { until, .. } = command {
                breaks.push((now, until.unwrap()));
            }
            for event in decide(Some(&day), &command, &DayContext { now, made_at: None, cause }).unwrap() {
                day = Day::fold(Some(day.clone()), day.id, &event);
            }
        }
        now = now.plus_minutes(1);
    }
    let wanted = schedule.hours_of(date("2026-11-23")).unwrap().breaks;
    assert_eq!((breaks, wanted.len()), (wanted, 3));
    assert_eq!(day.state(), DayState::Open, "the last break has ended");
}

#[test]
fn breaks_that_do_not_fit_together_are_told_with_their_place() {
    let week = |breaks: &[(&str, &str)]| {
        let mut week = every_day(None, ALL).week;
        week.mon = resting("10:00", "26:00", breaks);
        week
    };
    for (breaks, wanted) in [
        (&[("15:00", "17:00"), ("16:00", "18:00")][..], "mon.more_breaks[0]: overlaps or touches"),
        (&[("15:00", "17:00"), ("17:00", "18:00")], "mon.more_breaks[0]: overlaps or touches"),
        (&[("11:00", "12:00"), ("15:00", "17:00"), ("14:00", "18:00")], "mon.more_breaks[1]: overlaps"),
        (&[("15:00", "17:00"), ("25:30", "26:00")], "mon.more_breaks[0]: must lie inside"),
        // One o'clock in the morning is 25:00 of the business day.
        (&[("15:00", "17:00"), ("01:00", "01:30")], "mon.more_breaks[0]: must lie inside"),
        (&[("18:00", "17:00"), ("20:00", "20:10")], "mon.break: must lie inside"),
    ] {
        let told: Vec<String> = week(breaks).problems().iter().map(ToString::to_string).collect();
        assert!(told.len() == 1 && told[0].starts_with(wanted), "{breaks:?}: {told:?}");
    }
    let times: Vec<String> = (11..11 + 14).map(|hour| format!("{hour}:00")).collect();
    let hourly: Vec<(&str, &str)> = times.chunks(2).map(|pair| (&*pair[0], &*pair[1])).collect();
    assert_eq!(week(&hourly[..MAX_BREAKS]).problems(), []);
    assert!(week(&hourly[..=MAX_BREAKS]).problems()[0].to_string().starts_with("mon.more_breaks: more"));
}

#[test]
fn without_a_policy_only_what_a_person_limited_ends_by_itself() {
    let schedule = every_day(hours("10:00", "21:00", Some(("15:00", "17:00"))), SchedulePolicy::default());
    let mut day = opened(at("2026-11-23 10:00"));
    for now in ["2026-11-23 15:30", "2026-11-23 22:00"] {
        assert_eq!(look(Some(&day), &schedule, at(now)).due(), None, "{now}");
    }
    day.phase = DayPhase::OnBreak {
        since: at("2026-11-23 12:00"),
        until: Some(at("2026-11-23 12:20")),
        cause: BreakCause::TooBusy,
    };
    assert_eq!(look(Some(&day), &schedule, at("2026-11-23 12:19")).due(), None);
    assert_eq!(look(Some(&day), &schedule, at("2026-11-23 12:19")).next_look(), at("2026-11-23 12:20"));
    let ended = changed(look(Some(&day), &schedule, at("2026-11-23 12:20")).due());
    assert_eq!(ended, Some((DayCommand::EndBreak, TransitionCause::TimeUp)));
}

#[test]
fn a_forgotten_day_is_found_in_the_night_and_never_in_the_middle_of_business() {
    let forgotten = |schedule: &StoreSchedule, day: &Day, from: TimeMs| {
        let minutes = (0..3 * 24 * 60).map(|minute| from.plus_minutes(minute));
        minutes.into_iter().find(|now| match look(Some(day), schedule, *now).due() {
            Some(Automatic::Change { cause: TransitionCause::Forgotten, .. } | Automatic::Forgotten) => true,
            Some(Automatic::Change { .. }) | None => false,
        })
    };
    let schedule = every_day(hours("08:00", "22:30", None), SchedulePolicy::default());
    let early = opened(at("2026-11-23 06:30"));
    assert_eq!(forgotten(&schedule, &early, early.prepared_at), Some(at("2026-11-23 28:30")));
    let mut closing = opened(at("2026-11-23 08:00"));
    closing.phase = DayPhase::Closing { since: at("2026-11-23 22:40"), cut: None };
    assert_eq!(forgotten(&schedule, &closing, closing.prepared_at), Some(at("2026-11-23 28:40")));
    let late = opened(at("2026-11-23 23:00"));
    assert_eq!(
        forgotten(&schedule, &late, late.prepared_at),
        Some(at("2026-11-23 31:30")),
        "before the next opening"
    );
    let long = every_day(hours("07:00", "28:00", None), SchedulePolicy::default());
    let day = opened(at("2026-11-23 07:00"));
    assert_eq!(
        forgotten(&long, &day, day.prepared_at),
        Some(at("2026-11-23 30:30")),
        "only three hours between"
    );
    let always = every_day(hours("00:00", "24:00", None), SchedulePolicy::default());
    assert_eq!(forgotten(&always, &day, day.prepared_at), None, "a store that never closes");
    let never = every_day(None, SchedulePolicy::default());
    assert_eq!(forgotten(&never, &day, day.prepared_at), Some(at("2026-11-23 21:00")));
    assert_eq!(FORGOTTEN_AFTER_HOURS, 6);
}

prop_compose! {
    fn some_hours()(
        open in 0_u16..1440,
        length in 1_u16..1440,
        breaks in prop::collection::vec((1_u16..500, 1_u16..400), 0..4),
    ) -> DayHours {
        let close = (open + length).min(36 * 60);
        let mut fit = Vec::new();
        let mut last = open;
        for (after, long) in breaks {
            let (from, to) = (last + after, last + after + long);
            if to < close {
                fit.push((MinuteOfDay(from), MinuteOfDay(to)));
                last = to;
            }
        }
        let more_breaks = fit.split_off(fit.len().min(1));
        DayHours { open: MinuteOfDay(open), close: MinuteOfDay(close), rest: fit.pop(), more_breaks }
    }
}

prop_compose! {
    fn sound_schedule()(
        days in prop::collection::vec(prop::option::weighted(0.8, some_hours()), 7),
        holidays in prop::collection::btree_set(20_780_i32..20_800, 0..4),
        policy in (any::<bool>(), any::<bool>(), any::<bool>()),
    ) -> StoreSchedule {
        let epoch = date("1970-01-01");
        let mut days = days.into_iter();
        let mut next = || days.next().flatten();
        let week = WeekSchedule { mon: next(), tue: next(), wed: next(), thu: next(), fri: next(), sat: next(), sun: next() };
        let policy = SchedulePolicy { auto_open: policy.0, auto_break: policy.1, auto_close: policy.2 };
        StoreSchedule { week, holidays: holidays.into_iter().map(|day| epoch.plus_days(day)).collect(), policy }
    }
}

/// Times around the holidays of the schedules above.
fn some_time() -> impl Strategy<Value = TimeMs> {
    (20_775_i64 * 24 * 60..20_805 * 24 * 60).prop_map(|minute| TimeMs(minute * 60_000))
}

proptest! {
    #[test]
    fn hours_never_overlap_and_the_next_opening_opens(schedule in sound_schedule(), now in some_time()) {
        prop_assume!(schedule.problems().is_empty());
        let today = KstDate::of(now);
        let mut last = None;
        for days in -2..9 {
            if let Some(hours) = schedule.hours_of(today.plus_days(days)) {
                prop_assert!(hours.open < hours.close && last.is_none_or(|last| last <= hours.open));
                last = Some(hours.close);
            }
        }
        if let Some(opening) = schedule.next_opening(now) {
            prop_assert!(opening > now);
            prop_assert_eq!(schedule.wanted(opening), Wanted::Open);
        }
        if let Some(boundary) = schedule.next_boundary(now) {
            prop_assert!(boundary > now);
            let before = TimeMs(now.0 + (boundary.0 - now.0) / 2);
            prop_assert_eq!(schedule.wanted(before), schedule.wanted(now), "nothing changes before the boundary");
        }
    }

    #[test]
    fn what_is_due_ends_and_then_there_is_something_to_wait_for(
        schedule in sound_schedule(),
        now in some_time(),
        ago in 1_u32..4_000,
        state in 0_usize..5,
        connected: bool,
        ends in prop::option::of(1_u32..600),
    ) {
        prop_assume!(schedule.problems().is_empty());
        let since = now.plus_ms(-i64::from(ago) * 60_000);
        let until = ends.map(|minutes| since.plus_minutes(minutes));
        let mut day = opened(since);
        day.phase = match DayState::ALL[state] {
            DayState::Preparing => DayPhase::Preparing,
            DayState::Open => DayPhase::Open { since },
            DayState::OnBreak => DayPhase::OnBreak { since, until, cause: BreakCause::Rest },
            DayState::Closing => DayPhase::Closing { since, cut: None },
            DayState::Closed => DayPhase::Closed { at: since },
        };
        let mut forgotten = false;
        for step in 0.. {
            prop_assert!(step <= MOST_AT_ONCE, "it never ends");
            let situation = Situation { day: Some(&day), schedule: &schedule, counter_connected: connected, forgotten, now };
            prop_assert!(situation.next_look() > now);
            if let Some(at) = situation.forgotten_at() {
                prop_assert_eq!(schedule.hours_at(at), None, "never in the middle of business");
                prop_assert!(at > since);
            }
            let Some(due) = situation.due() else { break };
            match due {
                Automatic::Forgotten => forgotten = true,
                Automatic::Change { command, cause } => {
                    let opens = command == DayCommand::Open && !matches!(day.phase, DayPhase::OnBreak { .. });
                    prop_assert!(connected || !opens, "nobody is there");
                    forgotten |= cause == TransitionCause::Forgotten;
                    let context = DayContext { now, made_at: None, cause };
                    let events = decide(Some(&day), &command, &context).unwrap();
                    prop_assert!(!events.is_empty(), "{command:?} changes something");
                    let id = if day.state().is_running() { day.id } else { DayId::fresh() };
                    for event in events {
                        day = Day::fold(Some(day), id, &event);
                    }
                }
            }
        }
    }
}
