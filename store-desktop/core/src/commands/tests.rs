//! Predictions of the store: whatever is pressed without a line, in whatever order, the server comes to the same.

use proptest::prelude::*;
use shared::TimeMs;
use shared::availability::{MAX_PIECES, MAX_SOLD_OUT_MINUTES, Sellable, SoldOutUntil};
use shared::day::{self, BreakCause, DayContext, DayEvent, TransitionCause};
use shared::id::{CommandKey, DayId, DeviceId, StaffId};
use shared::log::{BODY_VERSION, LogBody, Position, StoreEvent, Subject};
use shared::order::Actor;
use shared::wire::{Command, CommandAction, Incarnation, Target};

use super::{Desk, PredictedStore, opposite};
use crate::fold::Ledger;
use crate::journal::{Fate, StoredEvent, Waiting};

const START: TimeMs = TimeMs(1_763_683_200_000);

fn desk() -> Desk {
    Desk {
        device_id: DeviceId::fresh(),
        staff_id: StaffId::fresh(),
        default_prep_minutes: 15,
        server_offset_ms: 0,
    }
}

fn waiting(action: CommandAction, minute: u32) -> Waiting {
    let command = Command {
        key: CommandKey::fresh(),
        device_seq: i64::from(minute),
        incarnation: Incarnation::NONE,
        made_at: START.plus_minutes(minute),
        order_id: None,
        expected_version: None,
        action,
    };
    Waiting { command, fate: Fate::Unanswered }
}

/// What the server writes when it hears of a command at the moment at which it was pressed.
fn serve(ledger: &mut Ledger, command: &Command) {
    let now = command.made_at;
    let running = ledger.day.as_ref().map(|day| day.id).unwrap_or_else(|| command.day_id());
    let subjects: Vec<(DayId, Subject)> = match command.action.target() {
        Target::Order(_) => Vec::new(),
        Target::Day(asked) => {
            let context = DayContext { now, made_at: Some(now), cause: TransitionCause::ByHand };
            let mut id = running;
            let events = day::decide(ledger.day.as_ref(), &asked, &context).unwrap_or_default();
            let with_day = events.into_iter().map(|event| {
                if matches!(event, DayEvent::DayPrepared { .. }) {
                    id = command.day_id();
                }
                (id, Subject::Day(event))
            });
            with_day.collect()
        }
        Target::Store => store_event(&command.action, now)
            .map(|event| (running, Subject::Store(event)))
            .into_iter()
            .collect(),
    };
    for (day_id, subject) in subjects {
        let body = LogBody { v: BODY_VERSION, at: now, day_id, by: Actor::Operator, subject };
        let (position, body) = (Position::start(1), body.to_bytes());
        ledger.apply(&StoredEvent { position, body, private: None, received_at: now });
    }
}

fn store_event(action: &CommandAction, now: TimeMs) -> Option<StoreEvent> {
    if let CommandAction::SoldOut { what, until } = action {
        return Some(StoreEvent::SoldOut { what: what.clone(), until: *until, sold_out_at: now });
    }
    if let CommandAction::BackOnSale { what } = action {
        return Some(StoreEvent::BackOnSale { what: what.clone() });
    }
    if let CommandAction::StockSet { item, pieces } = action {
        return Some(StoreEvent::StockSet { item: item.clone(), pieces: *pieces });
    }
    None
}

fn actions() -> impl Strategy<Value = CommandAction> {
    let until = prop::option::of((0..300_u32).prop_map(|minutes| START.plus_minutes(minutes)));
    let what = prop_oneof![
        Just(Sellable::Item("eel".into())),
        Just(Sellable::Item("soup".into())),
        Just(Sellable::Option { group: "size".into(), option: "large".into() }),
    ];
    let sold_out_until = prop_oneof![
        Just(SoldOutUntil::EndOfDay),
        Just(SoldOutUntil::Manual),
        (1..300_u32).prop_map(|minutes| SoldOutUntil::At(START.plus_minutes(minutes))),
    ];
    prop_oneof![
        Just(CommandAction::DayPrepare),
        Just(CommandAction::DayOpen),
        until.clone().prop_map(|until| CommandAction::BreakStart { until, cause: BreakCause::TooBusy }),
        Just(CommandAction::BreakEnd),
        (0..130_u32, until)
            .prop_map(|(extra_minutes, until)| CommandAction::BusySet { extra_minutes, until }),
        Just(CommandAction::ClosingStart),
        Just(CommandAction::ClosingResume),
        (what.clone(), sold_out_until).prop_map(|(what, until)| CommandAction::SoldOut { what, until }),
        what.prop_map(|what| CommandAction::BackOnSale { what }),
        prop::option::of(0..50_u32).prop_map(|pieces| CommandAction::StockSet { item: "eel".into(), pieces }),
    ]
}

fn shown(desk: &Desk, ledger: &Ledger, waiting: &[Waiting]) -> PredictedStore {
    desk.predict_store(ledger, waiting.iter())
}

proptest! {
    /// The server hears of them one by one; at every point the screen shows what it will all come to.
    #[test]
    fn any_sequence_comes_to_what_was_shown(actions in prop::collection::vec(actions(), 0..25)) {
        let desk = desk();
        let all: Vec<Waiting> = actions.into_iter().zip(1..).map(|(action, minute)| waiting(action, minute)).collect();
        let mut ledger = Ledger::default();
        let first = shown(&desk, &ledger, &all);
        prop_assert_eq!(first.pending.len(), all.len());
        for (index, one) in all.iter().enumerate() {
            serve(&mut ledger, &one.command);
            let now = shown(&desk, &ledger, &all[index + 1..]);
            prop_assert_eq!(&now.day, &first.day);
            prop_assert_eq!(&now.availability, &first.availability);
        }
        let last = shown(&desk, &ledger, &[]);
        prop_assert!(!last.day_is_expected && !last.availability_is_expected);
        prop_assert_eq!(last.day, first.day);
    }

    /// What the log has caught up with and what it has not may overlap: an applied command whose events are here already changes nothing.
    #[test]
    fn running_a_day_command_twice_shows_the_same_state(actions in prop::collection::vec(actions(), 1..15)) {
        let desk = desk();
        let all: Vec<Waiting> = actions.into_iter().zip(1..).map(|(action, minute)| waiting(action, minute)).collect();
        let mut ledger = Ledger::default();
        for one in &all {
            serve(&mut ledger, &one.command);
        }
        let last = all.last().expect("one at least").clone();
        let settled = shown(&desk, &ledger, &[]);
        let again = shown(&desk, &ledger, &[Waiting { fate: Fate::Applied { position: None }, ..last }]);
        let state = |store: &PredictedStore| store.day.as_ref().map(|day| day.state());
        prop_assert_eq!(state(&again), state(&settled));
        prop_assert_eq!(again.availability.stock, settled.availability.stock);
        prop_assert!(again.pending.is_empty(), "it has its answer");
    }

    /// Whatever is taken back by its opposite is as it was.
    #[test]
    fn the_opposite_takes_back(before in prop::collection::vec(actions(), 0..12), action in actions()) {
        let desk = desk();
        let mut all: Vec<Waiting> = before.into_iter().zip(1..).map(|(action, minute)| waiting(action, minute)).collect();
        let ledger = Ledger::default();
        let was = shown(&desk, &ledger, &all);
        let minute = 20;
        let Some(back) = opposite(&was, &action, START.plus_minutes(minute)) else { return Ok(()) };
        // Only what has an effect is pressed.
        let menu = None;
        if desk.check_store(&was, menu, &action, START.plus_minutes(minute)).is_err() {
            return Ok(());
        }
        all.push(waiting(action, minute));
        let changed = shown(&desk, &ledger, &all);
        if desk.check_store(&changed, menu, &back, START.plus_minutes(minute)).is_err() {
            return Ok(());
        }
        all.push(waiting(back, minute));
        let after = shown(&desk, &ledger, &all);
        let state = |store: &PredictedStore| store.day.as_ref().map(|day| (day.state(), day.busy.map(|busy| busy.extra_minutes).unwrap_or(0)));
        if changed.day.as_ref().map(|day| day.state()) != was.day.as_ref().map(|day| day.state()) {
            prop_assert_eq!(state(&after), state(&was));
        }
        let holds = |store: &PredictedStore| {
            let marks = store.availability.sold_out.iter().filter(|one| one.holds(START.plus_minutes(minute)));
            let mut marks: Vec<_> = marks.map(|one| (one.what.clone(), format!("{:?}", one.until))).collect();
            marks.sort();
            marks
        };
        prop_assert_eq!(holds(&after), holds(&was));
        prop_assert_eq!(after.availability.stock, was.availability.stock);
    }
}

#[test]
fn a_day_that_begins_without_a_line_has_the_id_that_the_server_will_give_it() {
    let (desk, ledger) = (desk(), Ledger::default());
    let open = waiting(CommandAction::DayOpen, 1);
    let shown = desk.predict_store(&ledger, [&open].into_iter());
    let day = shown.day.expect("a day begins");
    assert_eq!(day.id, open.command.day_id());
    assert!(shown.day_is_expected && day.state() == shared::day::DayState::Open);
    let refused =
        Waiting { fate: Fate::Refused { code: shared::Code::DayAlreadyRunning, at: START }, ..open };
    assert_eq!(
        desk.predict_store(&ledger, [&refused].into_iter()).day,
        None,
        "a refused command did nothing"
    );
}

/// What the server would refuse is refused here already, and nothing else is: the bounds are the same constants.
#[test]
fn a_mark_or_a_count_out_of_bounds_is_not_given_at_all() {
    let (desk, shown) = (desk(), shown(&desk(), &Ledger::default(), &[]));
    let what = Sellable::Item("eel".into());
    let until = |minutes| {
        let until = SoldOutUntil::At(START.plus_minutes(minutes));
        desk.check_store(&shown, None, &CommandAction::SoldOut { what: what.clone(), until }, START)
    };
    assert_eq!(until(MAX_SOLD_OUT_MINUTES), Ok(()));
    assert_eq!(until(MAX_SOLD_OUT_MINUTES + 1), Err(shared::Code::TimeOutOfRange));
    assert_eq!(until(0), Err(shared::Code::TimeOutOfRange));
    let count = |pieces| {
        let set = CommandAction::StockSet { item: "eel".into(), pieces: Some(pieces) };
        desk.check_store(&shown, None, &set, START)
    };
    assert_eq!((count(MAX_PIECES), count(MAX_PIECES + 1)), (Ok(()), Err(shared::Code::CommandMalformed)));
}
