//! The business day: any sequence of commands keeps what must always hold.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use shared::TimeMs;
use shared::day::{
    BreakCause, Day, DayCommand, DayContext, DayEvent, DayPhase, DayRefusal, DayState, DayTotals,
    MAX_BREAK_MINUTES, MAX_BUSY_MINUTES, TransitionCause, decide,
};
use shared::id::DayId;

const START: TimeMs = TimeMs(1_700_000_000_000);

fn context(now: TimeMs) -> DayContext {
    DayContext { now, made_at: None, cause: TransitionCause::ByHand }
}

fn any_command() -> impl Strategy<Value = DayCommand> {
    let until = proptest::option::of(
        (-10i64..(i64::from(MAX_BREAK_MINUTES) + 10)).prop_map(|m| START.plus_ms(m * 60_000)),
    );
    prop_oneof![
        Just(DayCommand::Prepare),
        Just(DayCommand::Open),
        until.clone().prop_map(|until| DayCommand::StartBreak { until, cause: BreakCause::TooBusy }),
        Just(DayCommand::EndBreak),
        (0..MAX_BUSY_MINUTES + 5, until)
            .prop_map(|(extra_minutes, until)| DayCommand::SetBusy { extra_minutes, until }),
        Just(DayCommand::StartClosing),
        Just(DayCommand::ResumeSales),
        (1i64..9).prop_map(|upto_seq| DayCommand::Cut { upto_seq }),
        (1i64..9).prop_map(|upto_seq| DayCommand::Close {
            upto_seq,
            head_hash: "00".repeat(32),
            totals: DayTotals::default()
        }),
    ]
}

proptest! {
    #[test]
    fn a_command_that_took_effect_has_no_second_one(commands in proptest::collection::vec(any_command(), 1..40)) {
        let mut day: Option<Day> = None;
        for (minute, command) in commands.iter().enumerate() {
            let now = START.plus_minutes(u32::try_from(minute).unwrap());
            let Ok(events) = decide(day.as_ref(), command, &context(now)) else { continue };
            let before = day.as_ref().map(Day::state);
            for event in &events {
                let begins = matches!(event, DayEvent::DayPrepared { .. });
                let running = day.as_ref().filter(|_| !begins);
                let id = running.map_or_else(DayId::fresh, |day| day.id);
                day = Some(Day::fold(day, id, event));
            }
            let after = day.as_ref().unwrap().state();
            if before.is_none_or(|before| before == DayState::Closed) && !events.is_empty() {
                prop_assert!(matches!(events[0], DayEvent::DayPrepared { .. }), "a day begins with its preparation");
            }
            if after == DayState::Closed && before != Some(DayState::Closed) {
                prop_assert_eq!(before, Some(DayState::Closing), "only a closing day closes");
            }
            // What only says "be so" says nothing the second time; a break or busy mode may be set anew, a cut too.
            let again = decide(day.as_ref(), command, &context(now));
            let says_be_so = matches!(
                command,
                DayCommand::Open
                    | DayCommand::Prepare
                    | DayCommand::EndBreak
                    | DayCommand::StartClosing
                    | DayCommand::ResumeSales
            );
            if says_be_so {
                prop_assert_eq!(again, Ok(Vec::new()));
            }
        }
    }

    #[test]
    fn a_log_tells_the_day(commands in proptest::collection::vec(any_command(), 1..40)) {
        let id = DayId::fresh();
        let mut day = Day::preparing(id, START);
        let mut log = Vec::new();
        for command in &commands {
            for event in decide(Some(&day), command, &context(START)).unwrap_or_default() {
                day = Day::fold(Some(day), id, &event);
                log.push(serde_json::to_string(&event).unwrap());
            }
            if day.state() == DayState::Closed {
                break;
            }
        }
        let mut told = Day::preparing(id, START);
        for line in &log {
            told = Day::fold(Some(told), id, &serde_json::from_str(line).unwrap());
        }
        prop_assert_eq!(told, day);
    }
}

#[test]
fn a_day_from_ready_to_close() {
    let mut day = None;
    let mut step = |command: DayCommand| {
        let events = decide(day.as_ref(), &command, &context(START))?;
        let id = day.as_ref().map_or_else(DayId::fresh, |day: &Day| day.id);
        for event in &events {
            day = Some(Day::fold(day.take(), id, event));
        }
        Ok::<_, DayRefusal>(day.as_ref().unwrap().state())
    };
    let close =
        |upto_seq| DayCommand::Close { upto_seq, head_hash: "00".repeat(32), totals: DayTotals::default() };
    assert_eq!(step(DayCommand::StartClosing), Err(DayRefusal::NotRunning));
    assert_eq!(step(DayCommand::Prepare), Ok(DayState::Preparing));
    assert_eq!(step(DayCommand::Open), Ok(DayState::Open));
    assert_eq!(step(DayCommand::StartBreak { until: None, cause: BreakCause::Rest }), Ok(DayState::OnBreak));
    assert_eq!(step(DayCommand::Open), Ok(DayState::Open));
    assert_eq!(step(close(4)), Err(DayRefusal::NotClosing));
    assert_eq!(step(DayCommand::StartClosing), Ok(DayState::Closing));
    assert_eq!(step(close(4)), Err(DayRefusal::NotCut));
    assert_eq!(step(DayCommand::Cut { upto_seq: 4 }), Ok(DayState::Closing));
    assert_eq!(step(DayCommand::ResumeSales), Ok(DayState::Open));
    assert_eq!(step(DayCommand::StartClosing), Ok(DayState::Closing));
    assert_eq!(step(close(4)), Err(DayRefusal::NotCut), "resuming made the cut void");
    assert_eq!(step(DayCommand::Cut { upto_seq: 6 }), Ok(DayState::Closing));
    assert_eq!(step(close(4)), Err(DayRefusal::NotCut));
    assert_eq!(step(close(6)), Ok(DayState::Closed));
    assert_eq!(step(DayCommand::ResumeSales), Err(DayRefusal::NotRunning));
}

#[test]
fn ends_that_are_over_or_far_away_are_refused() {
    let day = Day { phase: DayPhase::Open { since: START }, ..Day::preparing(DayId::fresh(), START) };
    let ask = |minutes: i64| {
        let until = Some(START.plus_ms(minutes * 60_000));
        decide(Some(&day), &DayCommand::StartBreak { until, cause: BreakCause::Rest }, &context(START))
    };
    assert!(ask(1).is_ok() && ask(i64::from(MAX_BREAK_MINUTES)).is_ok());
    for wrong in [-5, 0, i64::from(MAX_BREAK_MINUTES) + 1] {
        assert_eq!(ask(wrong), Err(DayRefusal::TimeOutOfRange), "{wrong}");
    }
}

#[test]
fn busy_minutes_end_by_themselves() {
    let id = DayId::fresh();
    let busy = DayEvent::BusySet {
        set_at: START,
        extra_minutes: 15,
        until: Some(START.plus_minutes(30)),
        made_at: None,
    };
    let day = Day::fold(Some(Day::preparing(id, START)), id, &busy);
    assert_eq!(day.extra_minutes(START.plus_minutes(29)), 15);
    assert_eq!(day.extra_minutes(START.plus_minutes(30)), 0);
}

#[test]
fn a_day_from_before_days_had_states_is_open() {
    let id = DayId::fresh();
    let old = serde_json::json!({"day_id": id, "opened_at": START});
    let day: Day = serde_json::from_value(old).unwrap();
    assert_eq!(day.phase, DayPhase::Open { since: START });
    assert_eq!((day.prepared_at, day.opened_at), (START, Some(START)));
    let text = serde_json::to_string(&day).unwrap();
    assert_eq!(serde_json::from_str::<Day>(&text).unwrap(), day);
}
