//! Whatever happens in whatever order: the log alone rebuilds every order, and its chain is whole.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use shared::id::OrderId;
use shared::log::Subject;
use shared::order::{Actor, CancelReason, Order, OrderCommand};
use shared::wire::Snapshot;

use super::orders::{command, log, place, send};
use crate::world::{Counter, TestOrder, World};

/// Sequences of one run.
const SEQUENCES: usize = 25;
const STEPS: usize = 24;

#[derive(Debug, Clone)]
enum Step {
    Place,
    /// A counter's commands for orders by number, sent together.
    Commands(Vec<(usize, Value)>),
    /// The last batch again, as after a lost answer.
    Repeat,
    CustomerCancels(usize),
    Timer(usize),
    Completed(usize),
}

fn action() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0u32..200).prop_map(|minutes| json!({"kind": "accept", "prep_minutes": minutes})),
        Just(json!({"kind": "reject", "reason": "too_busy"})),
        Just(json!({"kind": "cooking"})),
        Just(json!({"kind": "ready"})),
        Just(json!({"kind": "handed_over"})),
        Just(json!({"kind": "cancel", "reason": "sold_out"})),
        Just(json!({"kind": "cancel", "reason": "operator"})),
        (0u32..4)
            .prop_map(|version| json!({"kind": "accept", "prep_minutes": 9, "expected_version": version})),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Place),
        6 => prop::collection::vec((0usize..8, action()), 1..5).prop_map(Step::Commands),
        1 => Just(Step::Repeat),
        1 => (0usize..8).prop_map(Step::CustomerCancels),
        1 => (0usize..8).prop_map(Step::Timer),
        1 => (0usize..8).prop_map(Step::Completed),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_rebuilds_every_order() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let mut runner = TestRunner::default();
    let sequences = prop::collection::vec(step(), STEPS);
    for _ in 0..SEQUENCES {
        let steps = sequences.new_tree(&mut runner).unwrap().current();
        play(&world, &counter, &steps).await;
        compare(&world, &counter, &steps).await;
    }
}

async fn play(world: &World, counter: &Counter, steps: &[Step]) {
    let mut orders = vec![place(world).await];
    let mut last: Vec<Value> = Vec::new();
    for step in steps {
        let pick = |n: usize| -> &TestOrder { &orders[n % orders.len()] };
        match step {
            Step::Place => {
                let order = place(world).await;
                orders.push(order);
            }
            Step::Commands(actions) => {
                last = actions.iter().map(|(n, action)| command(pick(*n).order_id, action.clone())).collect();
                send(counter, &last).await;
            }
            Step::Repeat => {
                let answers = send(counter, &last).await;
                let applied = answers.iter().any(|answer| answer.outcome == shared::wire::Outcome::Applied);
                assert!(!applied, "nothing is applied a second time: {steps:?}");
            }
            Step::CustomerCancels(n) => {
                try_change(world, pick(*n), CancelReason::CustomerChangedMind, Actor::Customer).await;
            }
            Step::Timer(n) => try_change(world, pick(*n), CancelReason::NotAccepted, Actor::Timer).await,
            Step::Completed(n) => change(world, pick(*n), OrderCommand::Complete, Actor::Timer).await,
        }
    }
}

async fn try_change(world: &World, order: &TestOrder, reason: CancelReason, by: Actor) {
    change(world, order, OrderCommand::Cancel { reason }, by).await;
}

/// A refusal is as good as a change here.
async fn change(world: &World, order: &TestOrder, command: OrderCommand, by: Actor) {
    use cloud_api::orders::{Change, TransitionError, run};
    let change =
        Change { store_id: order.store_id, order_id: order.order_id, command, by, expected_version: None };
    match run(&world.db, &world.clock, &world.app().wake, change).await {
        Ok(_) | Err(TransitionError::Refused(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

async fn compare(world: &World, counter: &Counter, steps: &[Step]) {
    let mut folded: HashMap<OrderId, Order> = HashMap::new();
    for (_, _, body) in log(world, &world.coffee).await {
        if let Subject::Order { order_id, order_version, event } = body.subject {
            let before = folded.remove(&order_id);
            let after = Order::fold(before, order_id, order_version, &event)
                .expect("an order begins with its placement");
            folded.insert(order_id, after);
        }
    }
    let answer = counter.get("/v1/store/snapshot").await;
    let snapshot: Snapshot = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(snapshot.orders.len(), folded.len(), "{steps:?}");
    for entry in snapshot.orders {
        assert_eq!(folded.get(&entry.order.id), Some(&entry.order), "{steps:?}");
    }
}
