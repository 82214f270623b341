//! What is left of counted items, followed over random lives of orders.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use shared::availability::Availability;
use shared::id::{ItemKey, OrderId};
use shared::log::StoreEvent;
use shared::menu::PricedLine;
use shared::order::{
    Actor, CancelReason, Context, Order, OrderCommand, OrderDetails, OrderMode, RejectReason, decide,
};
use shared::{TimeMs, Won};

const NOW: TimeMs = TimeMs(1_763_683_200_000);
const ORDERS: usize = 6;
/// More than all orders together have.
const PLENTY: u32 = 1_000;

#[derive(Debug, Clone)]
enum Step {
    Count(usize, Option<u32>),
    Order(usize, OrderCommand),
}

fn item(index: usize) -> ItemKey {
    ItemKey::from(["eel", "soup"][index])
}

/// An unpaid order; the same item may stand on several lines.
fn order(index: usize) -> Order {
    let line = |item: ItemKey, quantity| PricedLine {
        name: item.0.clone(),
        item,
        quantity,
        options: Vec::new(),
        unit_price: Won::ZERO,
        amount: Won::ZERO,
        tax_free: false,
    };
    let quantity = u32::try_from(index).unwrap();
    let lines = vec![line(item(0), quantity + 1), line(item(1), 2), line(item(0), 1)];
    let json = serde_json::json!({"mode": OrderMode::Takeout, "lines": lines, "total": 9_000, "tax_free": 0, "vat": 818});
    let details: OrderDetails = serde_json::from_value(json).unwrap();
    Order::pending(OrderId::fresh(), details, false)
}

fn needs(order: &Order, what: &ItemKey) -> i64 {
    order.details.lines.iter().filter(|line| line.item == *what).map(|line| i64::from(line.quantity)).sum()
}

fn command() -> impl Strategy<Value = OrderCommand> {
    prop_oneof![
        4 => Just(OrderCommand::Place { number: 1, call_name: "사과".to_owned(), accept_by: NOW.plus_minutes(5) }),
        2 => Just(OrderCommand::Accept { prep_minutes: 10 }),
        1 => Just(OrderCommand::MarkReady),
        1 => Just(OrderCommand::HandOver),
        1 => Just(OrderCommand::Reject { reason: RejectReason::TooBusy }),
        1 => Just(OrderCommand::Cancel { reason: CancelReason::StoreTrouble }),
        1 => Just(OrderCommand::Cancel { reason: CancelReason::PaymentExpired }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0..2_usize, prop::option::weighted(0.8, 0..20_u32)).prop_map(|(item, pieces)| Step::Count(item, pieces)),
        6 => (0..ORDERS, command()).prop_map(|(order, command)| Step::Order(order, command)),
    ]
}

/// Runs a command as the server does; what does not fit changes nothing.
fn run(availability: &mut Availability, order: &mut Order, command: &OrderCommand) {
    let counter =
        Actor::Counter { device_id: shared::id::DeviceId::fresh(), staff_id: shared::id::StaffId::fresh() };
    for by in [Actor::Payment, counter, Actor::Operator] {
        let context = Context { now: NOW, by, default_prep_minutes: 10 };
        let Ok(events) = decide(order, command, &context) else { continue };
        for event in events {
            let before = order.clone();
            order.evolve(&event);
            availability.order_changed(Some(&before), order);
        }
        return;
    }
}

fn is_over(order: &Order) -> bool {
    matches!(order.phase.name().as_str(), "rejected" | "cancelled")
}

proptest! {
    /// With enough of it, what is left is what was counted, less every order that was placed and did not end early.
    #[test]
    fn every_piece_is_somewhere(steps in prop::collection::vec((0..ORDERS, command()), 0..40)) {
        let mut orders: Vec<Order> = (0..ORDERS).map(order).collect();
        let mut availability = Availability::default();
        for index in 0..2 {
            availability.store_changed(&StoreEvent::StockSet { item: item(index), pieces: Some(PLENTY) });
        }
        for (index, command) in &steps {
            run(&mut availability, &mut orders[*index], command);
        }
        for what in (0..2).map(item) {
            let sold: i64 = orders.iter().filter(|one| one.ticket.is_some() && !is_over(one)).map(|one| needs(one, &what)).sum();
            prop_assert_eq!(i64::from(availability.stock[&what]), i64::from(PLENTY) - sold);
        }
    }

    /// A counter that begins anywhere in the log, with what was left then, comes to the same; nothing that nobody counts appears.
    #[test]
    fn it_goes_on_from_any_moment(steps in prop::collection::vec(step(), 0..40), at in 0..40_usize) {
        let mut orders: Vec<Order> = (0..ORDERS).map(order).collect();
        let (mut whole, mut later) = (Availability::default(), None);
        for (index, step) in steps.iter().enumerate() {
            if index == at {
                let json = serde_json::to_string(&whole).unwrap();
                later = Some(serde_json::from_str::<Availability>(&json).unwrap());
            }
            let mut sides: Vec<&mut Availability> = std::iter::once(&mut whole).chain(later.as_mut()).collect();
            match step {
                Step::Count(index, pieces) => {
                    let event = StoreEvent::StockSet { item: item(*index), pieces: *pieces };
                    sides.iter_mut().for_each(|side| side.store_changed(&event));
                }
                Step::Order(index, command) => {
                    let was = orders[*index].clone();
                    for side in sides {
                        orders[*index] = was.clone();
                        run(side, &mut orders[*index], command);
                    }
                }
            }
        }
        if let Some(later) = later {
            prop_assert_eq!(&later, &whole);
        }
        let counted = |what: &ItemKey| steps.iter().any(|step| matches!(step, Step::Count(index, Some(_)) if item(*index) == *what));
        prop_assert!(whole.stock.keys().all(counted));
    }
}
