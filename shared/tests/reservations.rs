//! Times that can be reserved, times as people type them, and the life of a reservation.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared::TimeMs;
use shared::day::{BreakCause, Day, DayPhase};
use shared::id::DayId;
use shared::reservation::{
    Book, NoReservation, ReservationProblem, ReservationRules, Wish, fires_at, problem,
};
use shared::schedule::{KstDate, StoreSchedule};

/// 11:00–22:00 with a break from 15:00 to 17:00; closed on Mondays and on one holiday; Fridays until 02:00.
fn schedule() -> StoreSchedule {
    let usual = serde_json::json!({"open": "11:00", "close": "22:00", "break": ["15:00", "17:00"]});
    let late = serde_json::json!({"open": "18:00", "close": "26:00"});
    serde_json::from_value(serde_json::json!({
        "week": {"mon": null, "tue": usual, "wed": usual, "thu": usual, "fri": late, "sat": usual, "sun": usual},
        "holidays": ["2026-11-25"],
    }))
    .unwrap()
}

/// A time of the Korean clock in November 2026; the 22nd is a Sunday.
fn at(day: u32, clock: &str) -> TimeMs {
    let date = KstDate::try_from(format!("2026-11-{day:02}")).unwrap();
    date.at(clock.to_owned().try_into().unwrap())
}

fn open_day(since: TimeMs) -> Day {
    let mut day = Day::preparing(DayId::fresh(), since);
    day.phase = DayPhase::Open { since };
    day.opened_at = Some(since);
    day
}

struct Store {
    schedule: StoreSchedule,
    day: Day,
    taken: BTreeMap<TimeMs, u32>,
    rules: ReservationRules,
    now: TimeMs,
}

impl Store {
    fn at(now: TimeMs) -> Self {
        let opened = now.plus_minutes(0);
        let (schedule, day) = (schedule(), open_day(opened));
        Self { schedule, day, taken: BTreeMap::new(), rules: ReservationRules::default(), now }
    }

    fn book(&self) -> Book<'_> {
        Book {
            schedule: &self.schedule,
            day: Some(&self.day),
            rules: self.rules,
            prep_minutes: 20,
            taken: &self.taken,
            now: self.now,
        }
    }
}

#[test]
fn a_time_is_refused_for_what_is_wrong_with_it() {
    let store = Store::at(at(22, "12:03"));
    let book = store.book();
    let hours = NoReservation::OutsideHours { open: at(22, "11:00"), close: at(22, "22:00") };
    let rest = NoReservation::InBreak { from: at(22, "15:00"), to: at(22, "17:00") };
    for (clock, expected) in [
        ("13:00", Ok(())),
        ("12:30", Ok(())),
        ("12:20", Err(NoReservation::TooNear)),
        ("12:00", Err(NoReservation::Past)),
        ("15:00", Err(rest)),
        ("16:50", Err(rest)),
        ("17:00", Err(NoReservation::BeforeKitchen { opens: at(22, "17:00") })),
        ("17:20", Ok(())),
        ("21:50", Ok(())),
        ("22:00", Err(hours)),
        ("13:05", Err(NoReservation::BetweenSlots)),
    ] {
        assert_eq!(book.check(at(22, clock)), expected, "{clock}");
    }
    assert_eq!(book.check(at(24, "12:00")), Err(hours), "another business day");
    for why in [rest, hours, NoReservation::Past, NoReservation::TooNear, NoReservation::Full] {
        assert!(why.customer_text().ends_with('.'), "{why:?}");
    }
}

#[test]
fn only_a_running_day_that_is_not_closing_takes_them() {
    let now = at(22, "12:00");
    let mut store = Store::at(now);
    assert_eq!(Book { day: None, ..store.book() }.check(at(22, "13:00")), Err(NoReservation::NoDay));
    store.day.phase = DayPhase::Closing { since: now, cut: None };
    assert_eq!(store.book().check(at(22, "13:00")), Err(NoReservation::NoDay));
    store.day.phase = DayPhase::OnBreak { since: now, until: None, cause: BreakCause::Rest };
    assert_eq!(store.book().check(at(22, "13:00")), Err(NoReservation::Resting));
    let until = Some(at(22, "13:00"));
    store.day.phase = DayPhase::OnBreak { since: now, until, cause: BreakCause::Rest };
    assert!(matches!(store.book().check(at(22, "12:50")), Err(NoReservation::InBreak { .. })));
    assert_eq!(store.book().times()[0], at(22, "13:20"));
    store.rules.enabled = false;
    assert_eq!(store.book().check(at(22, "14:00")), Err(NoReservation::NotOffered));
}

#[test]
fn before_opening_the_first_time_leaves_the_kitchen_its_minutes() {
    let now = at(22, "09:30");
    let mut store = Store::at(now);
    store.day = Day::preparing(DayId::fresh(), now);
    assert_eq!(store.book().times()[0], at(22, "11:20"));
    // Holidays, days off, and a day that was never closed belong to no hours.
    for (day, clock) in [(25, "09:30"), (23, "09:30")] {
        let mut store = Store::at(at(day, clock));
        store.day = Day::preparing(DayId::fresh(), store.now);
        assert_eq!(store.book().times(), []);
        assert_eq!(store.book().check(at(day, "12:00")), Err(NoReservation::NoHours), "{day}");
    }
    let mut forgotten = Store::at(at(24, "09:30"));
    forgotten.day = open_day(at(22, "11:00"));
    assert_eq!(forgotten.book().check(at(24, "12:00")), Err(NoReservation::NoHours));
}

#[test]
fn hours_past_midnight_are_one_day() {
    let store = Store::at(at(27, "23:30"));
    let times = store.book().times();
    assert_eq!((times[0], *times.last().unwrap()), (at(28, "00:00"), at(28, "01:50")));
}

#[test]
fn a_slot_that_is_full_is_left_out_and_the_next_ones_are_offered() {
    let mut store = Store::at(at(22, "12:00"));
    store.rules = ReservationRules { capacity: 2, slot_minutes: 15, ..ReservationRules::default() };
    store.taken = BTreeMap::from([(at(22, "13:00"), 2), (at(22, "13:15"), 1)]);
    assert_eq!(store.book().check(at(22, "13:00")), Err(NoReservation::Full));
    let near = store.book().nearest(at(22, "13:00"), 3);
    assert_eq!(near, [at(22, "13:15"), at(22, "13:30"), at(22, "13:45")]);
    // After the last time the last ones are offered.
    assert_eq!(store.book().nearest(at(22, "23:00"), 2), [at(22, "21:30"), at(22, "21:45")]);
}

#[test]
fn times_are_read_as_people_type_them() {
    let store = Store::at(at(22, "12:03"));
    for (text, clock) in [
        ("7시 반", "19:30"),
        ("19:30", "19:30"),
        ("7:30", "19:30"),
        ("1930", "19:30"),
        ("저녁 7시 반에 갈게요", "19:30"),
        ("오후 7시30분", "19:30"),
        ("일곱시 반", "19:30"),
        ("일곱 시 삼십 분이요", "19:30"),
        ("열두시 사십분", "12:40"),
        ("점심 1시", "13:00"),
        ("오늘 20시", "20:00"),
        ("30분 뒤", "12:40"),
        ("30분쯤 있다가", "12:40"),
        ("한 시간 뒤", "13:10"),
        ("1시간 반 후에", "13:40"),
        ("2시간 10분 뒤", "14:20"),
        ("두시", "14:00"),
        ("9시", "21:00"),
        ("PM 9:00", "21:00"),
    ] {
        let wish = Wish::parse(text).unwrap_or_else(|| panic!("{text} is no time"));
        assert_eq!(store.book().choose(&wish), Ok(at(22, clock)), "{text}");
    }
    for text in [
        "",
        "아메리카노",
        "25시",
        "7시 70분",
        "3개",
        "12345",
        "010-1234-5678",
        "7",
        "😀",
        "19:3",
        "내일",
        "시",
    ] {
        assert_eq!(Wish::parse(text), None, "{text}");
    }
}

#[test]
fn a_typed_time_that_cannot_be_had_says_why() {
    let store = Store::at(at(22, "12:03"));
    let why = |text: &str| store.book().choose(&Wish::parse(text).unwrap()).unwrap_err();
    assert!(matches!(why("4시"), (at_, NoReservation::InBreak { .. }) if at_ == at(22, "16:00")));
    assert!(matches!(why("내일 12시"), (_, NoReservation::OutsideHours { .. })));
    assert!(matches!(why("오전 9시"), (_, NoReservation::OutsideHours { .. })));
    assert!(matches!(why("오늘 오전 9시"), (_, NoReservation::Past)));
    assert!(matches!(why("10분 뒤"), (_, NoReservation::TooNear)));
    assert!(matches!(why("밤 12시"), (_, NoReservation::OutsideHours { .. })));
}

#[test]
fn a_later_change_is_a_problem_and_nothing_else_is() {
    let (pick_up, prep) = (at(22, "19:30"), 20);
    let fires = fires_at(pick_up, prep);
    let open = DayPhase::Open { since: at(22, "11:00") };
    assert_eq!(problem(Some(&schedule()), Some(&open), pick_up, fires), None);
    assert_eq!(problem(None, Some(&open), pick_up, fires), None);
    let mut changed = schedule();
    changed.holidays.push(KstDate::of(pick_up));
    assert_eq!(problem(Some(&changed), Some(&open), pick_up, fires), Some(ReservationProblem::OutsideHours));
    let closing = DayPhase::Closing { since: at(22, "18:00"), cut: None };
    assert_eq!(
        problem(Some(&schedule()), Some(&closing), pick_up, fires),
        Some(ReservationProblem::DayIsClosing)
    );
    let rest = |until| DayPhase::OnBreak { since: at(22, "18:00"), until, cause: BreakCause::Rest };
    assert_eq!(problem(Some(&schedule()), Some(&rest(Some(fires))), pick_up, fires), None);
    let too_long = rest(Some(fires.plus_minutes(1)));
    assert_eq!(
        problem(Some(&schedule()), Some(&too_long), pick_up, fires),
        Some(ReservationProblem::InBreak)
    );
    assert_eq!(
        problem(Some(&schedule()), Some(&rest(None)), pick_up, fires),
        Some(ReservationProblem::InBreak)
    );
    let in_break = at(22, "16:00");
    let found = problem(Some(&schedule()), Some(&open), in_break, fires_at(in_break, prep));
    assert_eq!(found, Some(ReservationProblem::InBreak));
}

proptest! {
    #[test]
    fn every_time_that_is_offered_can_be_kept(minutes in 0_u32..7 * 24 * 60, prep in 1_u32..180, quarter: bool) {
        let now = at(22, "00:00").plus_minutes(minutes);
        let mut store = Store::at(now);
        store.rules.slot_minutes = if quarter { 15 } else { 10 };
        let book = Book { prep_minutes: prep, ..store.book() };
        let times = book.times();
        prop_assert!(times.is_sorted());
        for time in times {
            let fires = fires_at(time, prep);
            prop_assert!(fires > now && book.check(time).is_ok() && book.check_chosen(time).is_ok());
            prop_assert_eq!(problem(Some(&store.schedule), Some(&store.day.phase), time, fires), None);
        }
    }

    #[test]
    fn a_clock_is_read_as_it_is_written(hour in 0_u16..24, minute in 0_u16..60) {
        let now = at(22, "00:00").plus_ms(-1);
        let wish = Wish::parse(&format!("{hour}:{minute:02}")).unwrap();
        let readings = wish.readings(now);
        let clock = format!("{hour:02}:{minute:02}");
        prop_assert!(readings.iter().any(|time| time.kst_clock() == clock), "{:?}", readings);
        let spoken = Wish::parse(&format!("{hour}시 {minute}분")).unwrap();
        prop_assert_eq!(spoken.readings(now), readings);
    }

    #[test]
    fn nothing_that_is_typed_breaks_the_reading(text in ".{0,60}") {
        if let Some(wish) = Wish::parse(&text) {
            prop_assert!(!wish.readings(at(22, "12:00")).is_empty());
        }
    }
}
