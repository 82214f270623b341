//! The fold against what the domain says, and what it does beside it.

use proptest::prelude::*;
use shared::availability::{Sellable, SoldOutUntil};
use shared::day::{DayEvent, DayTotals, TransitionCause};
use shared::id::{DayId, DeviceId, OrderId, StaffId};
use shared::log::{BODY_VERSION, LogBody, Position, StoreEvent, Subject};
use shared::menu::PricedLine;
use shared::order::{
    Actor, CancelReason, Context, Order, OrderCommand, OrderDetails, OrderEvent, OrderMode, RejectReason,
    decide,
};
use shared::{TimeMs, Won};

use super::Ledger;
use crate::commands::Desk;
use crate::journal::{Fate, StoredEvent, Waiting};

const NOW: TimeMs = TimeMs(1_763_683_200_000);

fn details() -> OrderDetails {
    let total = Won::new(5_500).expect("five thousand won");
    OrderDetails {
        mode: OrderMode::Takeout,
        lines: Vec::new(),
        total,
        tax_free: Won::ZERO,
        vat: total.vat_included(),
        points: Won::ZERO,
    }
}

fn stored(day_id: DayId, by: Actor, subject: Subject) -> StoredEvent {
    let body = LogBody { v: BODY_VERSION, at: NOW, day_id, by, subject };
    StoredEvent { position: Position::start(1), body: body.to_bytes(), private: None, received_at: NOW }
}

fn place() -> OrderCommand {
    OrderCommand::Place { number: 1, call_name: "사과".to_owned(), accept_by: NOW.plus_minutes(5) }
}

fn counter() -> Actor {
    Actor::Counter { device_id: DeviceId::fresh(), staff_id: StaffId::fresh() }
}

/// Decides and applies, in the ledger by way of the log and in the model directly.
fn act(ledger: &mut Ledger, model: &mut Order, day_id: DayId, by: Actor, command: &OrderCommand) {
    let context = Context { now: NOW, by, default_prep_minutes: 15 };
    for event in decide(model, command, &context).unwrap_or_default() {
        model.evolve(&event);
        let subject = Subject::Order { order_id: model.id, order_version: model.version, event };
        ledger.apply(&stored(day_id, by, subject));
    }
}

fn pending() -> Order {
    Order::pending(OrderId::fresh(), details(), false)
}

#[test]
fn a_new_day_clears_what_has_ended_and_keeps_what_is_open() {
    let (mut ledger, day) = (Ledger::default(), DayId::fresh());
    let (mut open, mut ended) = (pending(), pending());
    for order in [&mut open, &mut ended] {
        act(&mut ledger, order, day, Actor::Payment, &place());
    }
    act(&mut ledger, &mut ended, day, counter(), &OrderCommand::HandOver);
    assert_eq!(ledger.orders.len(), 2);
    let next = DayId::fresh();
    let opened = DayEvent::DayOpened { opened_at: NOW, cause: TransitionCause::ByHand, made_at: None };
    ledger.apply(&stored(next, Actor::Operator, Subject::Day(opened)));
    assert_eq!(ledger.orders.keys().collect::<Vec<_>>(), [&open.id]);
    assert_eq!(ledger.day.expect("the day was opened").id, next);
}

#[test]
fn the_end_of_a_day_puts_back_on_sale_what_lasted_for_the_day() {
    let (mut ledger, day) = (Ledger::default(), DayId::fresh());
    let sold_out = |item: &str, until| {
        let what = Sellable::Item(item.into());
        Subject::Store(StoreEvent::SoldOut { what, until, sold_out_at: NOW })
    };
    ledger.apply(&stored(day, Actor::Operator, sold_out("eel", SoldOutUntil::EndOfDay)));
    ledger.apply(&stored(day, Actor::Operator, sold_out("soup", SoldOutUntil::Manual)));
    let closed = DayEvent::DayClosed {
        closed_at: NOW,
        cause: TransitionCause::ByHand,
        upto_seq: 2,
        head_hash: String::new(),
        totals: DayTotals::default(),
    };
    ledger.apply(&stored(day, Actor::Operator, Subject::Day(closed)));
    let left: Vec<_> = ledger.availability.sold_out.iter().map(|one| one.what.clone()).collect();
    assert_eq!(left, [Sellable::Item("soup".into())]);
}

/// The counter's number is the one that the domain makes of the log; the server's tests hold its own against the same.
#[test]
fn what_is_left_falls_with_an_order_and_rises_when_it_ends_early() {
    let (mut ledger, day) = (Ledger::default(), DayId::fresh());
    let left = |ledger: &Ledger| ledger.availability.stock.get(&"eel".into()).copied();
    let set = |pieces| Subject::Store(StoreEvent::StockSet { item: "eel".into(), pieces });
    let eels = |quantity| {
        let mut order = pending();
        order.details.lines.push(line("eel", quantity));
        order.details.lines.push(line("soup", 9));
        order
    };
    let (mut first, mut second, mut third) = (eels(2), eels(3), eels(4));
    act(&mut ledger, &mut first, day, Actor::Payment, &place());
    assert_eq!(left(&ledger), None, "nobody counts");
    ledger.apply(&stored(day, counter(), set(Some(4))));
    act(&mut ledger, &mut second, day, Actor::Payment, &place());
    assert_eq!(left(&ledger), Some(1));
    act(&mut ledger, &mut third, day, Actor::Payment, &place());
    assert_eq!(left(&ledger), Some(0), "the store counted less than was being paid for");
    act(&mut ledger, &mut second, day, counter(), &OrderCommand::Accept { prep_minutes: 10 });
    assert_eq!(left(&ledger), Some(0));
    act(
        &mut ledger,
        &mut second,
        day,
        counter(),
        &OrderCommand::Cancel { reason: CancelReason::StoreTrouble },
    );
    assert_eq!(left(&ledger), Some(3));
    act(
        &mut ledger,
        &mut first,
        day,
        Actor::Customer,
        &OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind },
    );
    assert_eq!(left(&ledger), Some(5));
    ledger.apply(&stored(day, counter(), set(None)));
    assert_eq!(left(&ledger), None);
}

fn line(item: &str, quantity: u32) -> PricedLine {
    PricedLine {
        item: item.into(),
        name: item.to_owned(),
        quantity,
        options: Vec::new(),
        unit_price: Won::ZERO,
        amount: Won::ZERO,
        tax_free: false,
    }
}

#[test]
fn the_kitchen_is_called_when_somebody_else_takes_its_order_away() {
    let accept = OrderCommand::Accept { prep_minutes: 10 };
    let cancel = |reason| OrderCommand::Cancel { reason };
    for (by, reason, in_kitchen, called) in [
        (Actor::Customer, CancelReason::CustomerChangedMind, true, true),
        (counter(), CancelReason::SoldOut, true, false),
        (Actor::Timer, CancelReason::NotAccepted, false, false),
    ] {
        let (mut ledger, mut order, day) = (Ledger::default(), pending(), DayId::fresh());
        act(&mut ledger, &mut order, day, Actor::Payment, &place());
        if in_kitchen {
            act(&mut ledger, &mut order, day, counter(), &accept);
        }
        act(&mut ledger, &mut order, day, by, &cancel(reason));
        assert_eq!(ledger.orders[&order.id].taken_from_kitchen_at.is_some(), called, "{by:?}");
    }
}

#[test]
fn a_reservation_is_new_when_it_fires_and_not_when_it_was_paid() {
    let (mut ledger, day) = (Ledger::default(), DayId::fresh());
    let mut order = pending().for_later(NOW.plus_minutes(90));
    let reserve =
        OrderCommand::Reserve { number: 1, call_name: "사과".to_owned(), fires_at: NOW.plus_minutes(75) };
    act(&mut ledger, &mut order, day, Actor::Payment, &reserve);
    assert_eq!(ledger.orders[&order.id].order, order);
    // It was learnt of long ago.
    if let Some(entry) = ledger.orders.get_mut(&order.id) {
        entry.received_at = NOW.plus_minutes(0).plus_ms(-3_600_000);
    }
    act(&mut ledger, &mut order, day, Actor::Timer, &OrderCommand::Fire { accept_by: NOW.plus_minutes(80) });
    let entry = &ledger.orders[&order.id];
    assert_eq!((&entry.order, entry.received_at), (&order, NOW));
    assert_eq!(entry.order.pick_up_at, Some(NOW.plus_minutes(90)));
}

#[test]
fn an_event_of_an_order_that_is_not_here_changes_nothing() {
    let mut ledger = Ledger::default();
    let subject = Subject::Order {
        order_id: OrderId::fresh(),
        order_version: 7,
        event: OrderEvent::OrderReady { at: NOW },
    };
    ledger.apply(&stored(DayId::fresh(), Actor::Timer, subject));
    assert!(ledger.orders.is_empty());
}

fn commands() -> impl Strategy<Value = Vec<OrderCommand>> {
    let command = prop_oneof![
        Just(OrderCommand::Accept { prep_minutes: 10 }),
        Just(OrderCommand::Reject { reason: RejectReason::SoldOut }),
        Just(OrderCommand::StartCooking),
        Just(OrderCommand::MarkReady),
        Just(OrderCommand::HandOver),
        Just(OrderCommand::Cancel { reason: CancelReason::SoldOut }),
    ];
    prop::collection::vec(command, 0..12)
}

proptest! {
    /// The fold of the log is the order that the server has.
    #[test]
    fn the_fold_is_the_model(commands in commands()) {
        let (mut ledger, mut model, day) = (Ledger::default(), pending(), DayId::fresh());
        act(&mut ledger, &mut model, day, Actor::Payment, &place());
        for command in &commands {
            act(&mut ledger, &mut model, day, counter(), command);
        }
        prop_assert_eq!(&ledger.orders[&model.id].order, &model);
    }

    /// A prediction of commands that the server takes as they are is what the server makes of them.
    #[test]
    fn a_prediction_comes_true_when_nothing_else_happens(ready in any::<bool>(), prep_minutes in 1..180_u32) {
        use shared::wire::{Command, CommandAction};
        let (mut ledger, mut model, day) = (Ledger::default(), pending(), DayId::fresh());
        act(&mut ledger, &mut model, day, Actor::Payment, &place());
        let desk = Desk {
            device_id: DeviceId::fresh(),
            staff_id: StaffId::fresh(),
            default_prep_minutes: 15,
            server_offset_ms: 0,
        };
        let mut actions = vec![CommandAction::Accept { prep_minutes }, CommandAction::Cooking];
        if ready {
            actions.push(CommandAction::Ready);
        }
        let waiting: Vec<Waiting> = actions.iter().zip(1..).map(|(action, device_seq)| {
            let key = shared::id::CommandKey::fresh();
            let command = Command {
                key, device_seq, incarnation: shared::wire::Incarnation::NONE, made_at: NOW, order_id: Some(model.id), expected_version: None, action: action.clone(),
            };
            Waiting { command, fate: Fate::Unanswered }
        }).collect();
        let predicted = desk.predict(&model, waiting.iter());
        prop_assert_eq!(&predicted.pending, &actions);
        for action in actions {
            let shared::wire::Target::Order(command) = action.target() else { unreachable!("about an order") };
            act(&mut ledger, &mut model, day, counter(), &command);
        }
        prop_assert_eq!(&predicted.order, &model);
        prop_assert!(desk.predict(&model, waiting.iter()).expected.is_empty());
    }
}
