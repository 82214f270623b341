//! Any sequence of commands, by anybody, keeps an order's invariants, and its log alone rebuilds it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use shared::id::{DayId, DeviceId, ItemKey, OrderId, StaffId};
use shared::log::{LogBody, Subject};
use shared::menu::PricedLine;
use shared::order::{
    Actor, CancelReason, Context, Order, OrderCommand, OrderDetails, OrderEvent, OrderMode, Phase, PhaseName,
    Refusal, RejectReason, decide,
};
use shared::{TimeMs, Won};

const TOTAL: i64 = 12_500;

fn pending() -> Order {
    let total = Won::new(TOTAL).unwrap();
    let line = PricedLine {
        item: ItemKey::from("americano"),
        name: "아메리카노".into(),
        quantity: 1,
        options: Vec::new(),
        unit_price: total,
        amount: total,
        tax_free: false,
    };
    let details = OrderDetails {
        mode: OrderMode::Takeout,
        lines: vec![line],
        total,
        tax_free: Won::ZERO,
        vat: total.vat_included(),
        points: Won::ZERO,
    };
    Order::pending(OrderId::fresh(), details, true)
}

fn counter() -> Actor {
    Actor::Counter { device_id: DeviceId::fresh(), staff_id: StaffId::fresh() }
}

fn place() -> OrderCommand {
    OrderCommand::Place { number: 7, call_name: "사과".into(), accept_by: TimeMs(420_000) }
}

fn reserve() -> OrderCommand {
    OrderCommand::Reserve { number: 7, call_name: "사과".into(), fires_at: FIRES_AT }
}

/// When the customer of a reservation comes, and when it has to begin.
const PICK_UP_AT: TimeMs = TimeMs(7_200_000);
const FIRES_AT: TimeMs = TimeMs(6_000_000);

fn context(now: i64, by: Actor) -> Context {
    Context { now: TimeMs(now), by, default_prep_minutes: 20 }
}

/// Applies a command as the server does and says what it appended.
fn apply(order: &mut Order, command: &OrderCommand, context: &Context) -> Result<Vec<OrderEvent>, Refusal> {
    let events = decide(order, command, context)?;
    events.iter().for_each(|event| order.evolve(event));
    Ok(events)
}

fn in_phase(phase: PhaseName) -> Order {
    let mut order = if phase == PhaseName::Reserved { pending().for_later(PICK_UP_AT) } else { pending() };
    let by = counter();
    let steps: Vec<OrderCommand> = match phase {
        PhaseName::PendingPayment => vec![],
        PhaseName::Reserved => vec![reserve()],
        PhaseName::Placed => vec![place()],
        PhaseName::Accepted => vec![place(), OrderCommand::Accept { prep_minutes: 15 }],
        PhaseName::Cooking => vec![place(), OrderCommand::StartCooking],
        PhaseName::Ready => vec![place(), OrderCommand::MarkReady],
        PhaseName::HandedOver => vec![place(), OrderCommand::HandOver],
        PhaseName::Completed => vec![place(), OrderCommand::HandOver, OrderCommand::Complete],
        PhaseName::Rejected => vec![place(), OrderCommand::Reject { reason: RejectReason::TooBusy }],
        PhaseName::Cancelled => vec![place(), OrderCommand::Cancel { reason: CancelReason::SoldOut }],
    };
    for step in steps {
        apply(&mut order, &step, &context(0, by)).unwrap();
    }
    assert_eq!(order.phase.name(), phase);
    order
}

#[test]
fn who_may_cancel_when() {
    use PhaseName::{
        Accepted, Completed, Cooking, HandedOver, PendingPayment, Placed, Ready, Rejected, Reserved,
    };
    let customer = [PendingPayment, Reserved, Placed, Accepted];
    let store = [Reserved, Placed, Accepted, Cooking];
    let operator = [PendingPayment, Reserved, Placed, Accepted, Cooking, Ready, HandedOver];
    let timer = [PendingPayment, Placed];
    for phase in PhaseName::ALL {
        let allowed = |by: Actor, reason: CancelReason| {
            apply(&mut in_phase(phase), &OrderCommand::Cancel { reason }, &context(1, by)).is_ok()
        };
        assert_eq!(
            allowed(Actor::Customer, CancelReason::CustomerChangedMind),
            customer.contains(&phase),
            "{phase:?}"
        );
        assert_eq!(allowed(counter(), CancelReason::SoldOut), store.contains(&phase), "{phase:?}");
        assert_eq!(allowed(Actor::Operator, CancelReason::Operator), operator.contains(&phase), "{phase:?}");
        assert_eq!(allowed(Actor::Timer, CancelReason::NotAccepted), timer.contains(&phase), "{phase:?}");
        assert!(!allowed(counter(), CancelReason::NotAccepted), "{phase:?}: not a reason of the store");
    }
    let mut rejected = in_phase(Rejected);
    let again =
        apply(&mut rejected, &OrderCommand::Cancel { reason: CancelReason::SoldOut }, &context(1, counter()));
    assert_eq!(again, Err(Refusal::AlreadyRejected));
    assert_eq!(in_phase(Completed).phase, Phase::Completed { at: TimeMs(0) });
}

#[test]
fn a_paid_order_that_ends_early_gives_all_its_money_back() {
    let total = Won::new(TOTAL).unwrap();
    for (phase, expected) in
        [(PhaseName::PendingPayment, Won::ZERO), (PhaseName::Placed, total), (PhaseName::Cooking, total)]
    {
        let command = OrderCommand::Cancel { reason: CancelReason::Operator };
        let events = apply(&mut in_phase(phase), &command, &context(5, Actor::Operator)).unwrap();
        let at = TimeMs(5);
        assert_eq!(
            events,
            [OrderEvent::OrderCancelled { at, reason: CancelReason::Operator, refund: expected }]
        );
    }
}

#[test]
fn kitchen_facts_fill_in_what_nobody_pressed() {
    let mut order = in_phase(PhaseName::Placed);
    let events = apply(&mut order, &OrderCommand::MarkReady, &context(60_000, counter())).unwrap();
    let kinds: Vec<&str> = events.iter().map(OrderEvent::kind).collect();
    assert_eq!(kinds, ["order_accepted", "cooking_started", "order_ready"]);
    let again = apply(&mut order, &OrderCommand::StartCooking, &context(61_000, counter())).unwrap();
    assert!(again.is_empty(), "what is past is no news");
}

#[test]
fn a_reservation_fires_once_and_is_promised_for_its_time() {
    let mut order = in_phase(PhaseName::Reserved);
    assert_eq!(order.phase, Phase::Reserved { fires_at: FIRES_AT });
    let seen = order.version;
    let fire = OrderCommand::Fire { accept_by: TimeMs(6_400_000) };
    let now = context(FIRES_AT.0, Actor::Timer);
    let fired = apply(&mut order, &fire, &now).unwrap();
    assert_eq!(fired.iter().map(OrderEvent::kind).collect::<Vec<_>>(), ["reservation_fired"]);
    assert_eq!(order.ticket.as_ref().unwrap().placed_at, FIRES_AT, "it is as old as any other order now");
    assert!(apply(&mut order, &fire, &now).unwrap().is_empty(), "a second time changes nothing");
    assert!(order.is_as_seen(seen) && order.is_as_seen(order.version) && !order.is_as_seen(seen + 2));
    assert!(!order.is_as_seen(u32::MAX));
    // Made sooner than usual, it is still for its own time; made late, as soon as it can be.
    for (now, ready_by) in [(FIRES_AT.0, PICK_UP_AT), (PICK_UP_AT.0, PICK_UP_AT.plus_minutes(5))] {
        let mut order = order.clone();
        let accept = OrderCommand::Accept { prep_minutes: 5 };
        apply(&mut order, &accept, &context(now, counter())).unwrap();
        assert!(matches!(order.phase, Phase::Accepted { ready_by: by, .. } if by == ready_by), "{order:?}");
    }
}

#[test]
fn a_reservation_can_be_begun_early_and_cannot_be_rejected() {
    for (command, kinds) in [
        (OrderCommand::Accept { prep_minutes: 15 }, &["reservation_fired", "order_accepted"][..]),
        (OrderCommand::StartCooking, &["reservation_fired", "order_accepted", "cooking_started"]),
    ] {
        let events =
            apply(&mut in_phase(PhaseName::Reserved), &command, &context(60_000, counter())).unwrap();
        assert_eq!(events.iter().map(OrderEvent::kind).collect::<Vec<_>>(), kinds);
        assert!(events.iter().any(|event| matches!(event,
            OrderEvent::OrderAccepted { ready_by, prep_minutes } if *ready_by == PICK_UP_AT && *prep_minutes == 119)));
    }
    let reject = OrderCommand::Reject { reason: RejectReason::TooBusy };
    let refused = apply(&mut in_phase(PhaseName::Reserved), &reject, &context(1, counter()));
    assert_eq!(refused, Err(Refusal::NotAllowed));
    let now = apply(&mut pending(), &reserve(), &context(1, Actor::Payment));
    assert_eq!(now, Err(Refusal::NotAllowed), "an order of now has no time to wait for");
}

#[test]
fn a_reservation_reads_back_as_it_is_written() {
    let order = in_phase(PhaseName::Reserved);
    let text = serde_json::to_string(&order).unwrap();
    assert_eq!(text.matches("pick_up_at").count(), 1, "{text}");
    assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
}

#[test]
fn cooking_after_a_cancel_is_recorded_once_as_a_conflict() {
    let mut order = in_phase(PhaseName::Cancelled);
    let first = apply(&mut order, &OrderCommand::StartCooking, &context(9, counter())).unwrap();
    assert_eq!(first.iter().map(OrderEvent::kind).collect::<Vec<_>>(), ["conflict_raised"]);
    assert!(apply(&mut order, &OrderCommand::StartCooking, &context(9, counter())).unwrap().is_empty());
    assert_eq!(order.phase.name(), PhaseName::Cancelled);
}

#[test]
fn prep_time_has_bounds() {
    for prep_minutes in [0, 181, u32::MAX] {
        let refused = apply(
            &mut in_phase(PhaseName::Placed),
            &OrderCommand::Accept { prep_minutes },
            &context(0, counter()),
        );
        assert_eq!(refused, Err(Refusal::PrepTimeOutOfRange));
    }
}

fn any_actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        Just(Actor::Customer),
        Just(Actor::Timer),
        Just(Actor::Payment),
        Just(Actor::Operator),
        Just(counter()),
    ]
}

fn any_command() -> impl Strategy<Value = OrderCommand> {
    let cancel = prop_oneof![
        Just(CancelReason::NotAccepted),
        Just(CancelReason::CustomerChangedMind),
        Just(CancelReason::SoldOut),
        Just(CancelReason::PaymentExpired),
    ];
    prop_oneof![
        Just(place()),
        Just(reserve()),
        Just(OrderCommand::Fire { accept_by: TimeMs(420_000) }),
        (0u32..200).prop_map(|prep_minutes| OrderCommand::Accept { prep_minutes }),
        prop::sample::select(RejectReason::ALL.to_vec()).prop_map(|reason| OrderCommand::Reject { reason }),
        Just(OrderCommand::StartCooking),
        Just(OrderCommand::MarkReady),
        Just(OrderCommand::HandOver),
        cancel.prop_map(|reason| OrderCommand::Cancel { reason }),
        Just(OrderCommand::Complete),
    ]
}

/// How far along the happy path a state is; ended orders go nowhere.
fn rank(phase: PhaseName) -> Option<u8> {
    match phase {
        PhaseName::PendingPayment => Some(0),
        PhaseName::Reserved => Some(1),
        PhaseName::Placed => Some(2),
        PhaseName::Accepted => Some(3),
        PhaseName::Cooking => Some(4),
        PhaseName::Ready => Some(5),
        PhaseName::HandedOver => Some(6),
        PhaseName::Completed => Some(7),
        PhaseName::Rejected | PhaseName::Cancelled => None,
    }
}

proptest! {
    #[test]
    fn any_sequence_keeps_the_invariants(
        steps in prop::collection::vec((any_command(), any_actor(), 0i64..100_000), 0..40), later: bool
    ) {
        let mut order = if later { pending().for_later(PICK_UP_AT) } else { pending() };
        let (id, day_id) = (order.id, DayId::fresh());
        let mut log: Vec<Vec<u8>> = Vec::new();
        let (mut now, mut to_refund) = (0, 0);
        for (command, by, later) in steps {
            now += later;
            let before = order.clone();
            let context = context(now, by);
            let Ok(events) = apply(&mut order, &command, &context) else {
                prop_assert_eq!(&order, &before, "a refusal changes nothing");
                continue;
            };
            prop_assert_eq!(order.version as usize, before.version as usize + events.len());
            match (rank(before.phase.name()), rank(order.phase.name())) {
                (Some(from), Some(to)) => prop_assert!(from <= to, "{:?} -> {:?}", before.phase, order.phase),
                (None, _) => prop_assert_eq!(&before.phase, &order.phase, "an ended order stays ended"),
                (Some(_), None) => {}
            }
            for (event, order_version) in events.into_iter().zip(before.version + 1..) {
                if let OrderEvent::OrderRejected { refund, .. } | OrderEvent::OrderCancelled { refund, .. } = &event {
                    to_refund += refund.get();
                }
                let subject = Subject::Order { order_id: id, order_version, event };
                log.push(LogBody { v: 1, at: TimeMs(now), day_id, by, subject }.to_bytes());
            }
        }
        prop_assert!(to_refund == 0 || to_refund == TOTAL, "money goes back once and whole");
        prop_assert_eq!(to_refund == TOTAL, order.ticket.is_some() && rank(order.phase.name()).is_none());
        if order.ticket.is_some() {
            prop_assert_eq!(fold(&log), Some(order));
        }
    }
}

fn fold(log: &[Vec<u8>]) -> Option<Order> {
    log.iter().fold(None, |order, bytes| match LogBody::parse(bytes).unwrap().subject {
        Subject::Order { order_id, order_version, event } => {
            Order::fold(order, order_id, order_version, &event)
        }
        Subject::Day(_) | Subject::Store(_) => order,
    })
}
