//! Commands: what each does in each state, and that it does so once.

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::Code;
use shared::id::{CommandKey, OrderId};
use shared::order::{Actor, CancelReason, Context, Order, OrderCommand, PhaseName, RejectReason, decide};
use shared::wire::{CommandAction, Outcome, Target};

use super::follower::head;
use super::orders::{command, happen, log, place, reserve, send, send_one};
use crate::world::{Counter, TestOrder, World};

fn actions() -> [CommandAction; 7] {
    [
        CommandAction::Accept { prep_minutes: 20 },
        CommandAction::Accept { prep_minutes: 0 },
        CommandAction::Reject { reason: RejectReason::SoldOut },
        CommandAction::Cooking,
        CommandAction::Ready,
        CommandAction::HandedOver,
        CommandAction::Cancel { reason: CancelReason::SoldOut },
    ]
}

/// A fresh order in this state.
async fn order_in(world: &World, phase: PhaseName) -> TestOrder {
    if phase == PhaseName::PendingPayment {
        return world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await;
    }
    if phase == PhaseName::Reserved {
        return reserve(world).await;
    }
    let order = place(world).await;
    let operator = Actor::Operator;
    let steps = match phase {
        PhaseName::PendingPayment | PhaseName::Reserved | PhaseName::Placed => vec![],
        PhaseName::Accepted => vec![OrderCommand::Accept { prep_minutes: 5 }],
        PhaseName::Cooking => vec![OrderCommand::StartCooking],
        PhaseName::Ready => vec![OrderCommand::MarkReady],
        PhaseName::HandedOver => vec![OrderCommand::HandOver],
        PhaseName::Completed => vec![OrderCommand::HandOver, OrderCommand::Complete],
        PhaseName::Rejected => vec![OrderCommand::Reject { reason: RejectReason::Other }],
        PhaseName::Cancelled => vec![OrderCommand::Cancel { reason: CancelReason::Operator }],
    };
    for step in steps {
        happen(world, &order, step, operator).await;
    }
    order
}

async fn stored(world: &World, order: &TestOrder) -> Order {
    let mut tx = world.db.begin().await.unwrap();
    let read = cloud_api::db::orders::read(&mut tx, order.store_id, order.order_id).await.unwrap();
    read.expect("the order exists").order
}

fn actor(counter: &Counter) -> Actor {
    Actor::Counter { device_id: counter.device_id, staff_id: counter.session.staff_id }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_in_every_state_does_what_the_domain_says() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    // More orders than there are cakes.
    sqlx::query("update item_stock set remaining = 1000").execute(&world.db).await.unwrap();
    for phase in PhaseName::ALL {
        for action in actions() {
            let order = order_in(&world, phase).await;
            let before = stored(&world, &order).await;
            let length = log(&world, &world.coffee).await.len();
            let context =
                Context { now: world.clock.now_ms(), by: actor(&counter), default_prep_minutes: 15 };
            let Target::Order(wanted) = action.target() else { panic!("{action:?} is about the store") };
            let expected = decide(&before, &wanted, &context);
            let sent = command(order.order_id, serde_json::to_value(&action).unwrap());
            let answer = send_one(&counter, &sent).await;
            let after = stored(&world, &order).await;
            let events = log(&world, &world.coffee).await;
            let case = format!("{action:?} in {phase:?}");
            match expected {
                Ok(expected) => {
                    assert_eq!((answer.outcome, answer.code), (Outcome::Applied, None), "{case}");
                    assert_eq!(answer.position, Some(head(&world, order.store_id).await), "{case}");
                    assert_eq!(events.len(), length + expected.len(), "{case}");
                    let grown = before.version + u32::try_from(expected.len()).unwrap();
                    assert_eq!(after.version, grown, "{case}");
                    if !expected.is_empty() {
                        assert_eq!(events.last().unwrap().2.by, actor(&counter), "{case}");
                    }
                }
                Err(refusal) => {
                    assert_eq!(
                        (answer.outcome, answer.code),
                        (Outcome::Refused, Some(refusal.code())),
                        "{case}"
                    );
                    assert_eq!(answer.position, None, "{case}");
                    assert_eq!((&after, events.len()), (&before, length), "{case}");
                }
            }
            // The same command again: nothing more, and the same answer.
            let again = send_one(&counter, &sent).await;
            let outcome =
                if answer.outcome == Outcome::Applied { Outcome::AlreadyApplied } else { Outcome::Refused };
            assert_eq!(
                (again.outcome, again.code, again.position),
                (outcome, answer.code, answer.position),
                "{case}"
            );
            assert_eq!(stored(&world, &order).await, after, "{case}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_decisions_need_the_version_that_was_seen() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let with_version = |order: OrderId, action: Value, version: u32| {
        let mut command = command(order, action);
        command["expected_version"] = json!(version);
        command
    };
    let order = place(&world).await;
    for action in [
        json!({"kind": "accept", "prep_minutes": 5}),
        json!({"kind": "reject", "reason": "other"}),
        json!({"kind": "cancel", "reason": "sold_out"}),
    ] {
        let answer = send_one(&counter, &with_version(order.order_id, action, 9)).await;
        assert_eq!((answer.outcome, answer.code), (Outcome::Refused, Some(Code::OrderChanged)));
    }
    let accept = with_version(order.order_id, json!({"kind": "accept", "prep_minutes": 5}), 1);
    assert_eq!(send_one(&counter, &accept).await.outcome, Outcome::Applied);
    let ready = with_version(order.order_id, json!({"kind": "ready"}), 1);
    assert_eq!(send_one(&counter, &ready).await.outcome, Outcome::Applied);
    assert_eq!(world.phase(&order).await, "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_command_and_a_refusal_stays_one() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let order = place(&world).await;
    let first = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    assert_eq!(send_one(&counter, &first).await.outcome, Outcome::Applied);
    let mut other = first.clone();
    other["prep_minutes"] = json!(6);
    let reused = send_one(&counter, &other).await;
    assert_eq!((reused.outcome, reused.code), (Outcome::Refused, Some(Code::CommandKeyReused)));
    assert_eq!(send_one(&counter, &first).await.outcome, Outcome::AlreadyApplied);

    // Refused while unpaid, and for ever, though the order is placed later.
    let unpaid = world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await;
    let early = command(unpaid.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    assert_eq!(send_one(&counter, &early).await.code, Some(Code::OrderNotPaid));
    super::orders::place_unpaid(&world, &unpaid).await;
    assert_eq!(send_one(&counter, &early).await.code, Some(Code::OrderNotPaid));
    assert_eq!(world.phase(&unpaid).await, "placed");

    // Not in the store: refused and kept.
    let stray = command(OrderId::fresh(), json!({"kind": "ready"}));
    for _ in 0..2 {
        assert_eq!(send_one(&counter, &stray).await.code, Some(Code::OrderNotFound));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_command_does_not_stop_the_others() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let (a, b) = (place(&world).await, place(&world).await);
    let unknown = command(a.order_id, json!({"kind": "teleport"}));
    let batch = [
        json!(null),
        unknown.clone(),
        command(a.order_id, json!({"kind": "accept", "prep_minutes": 5})),
        command(a.order_id, json!({"kind": "accept"})),
        command(b.order_id, json!({"kind": "ready"})),
    ];
    let answers = send(&counter, &batch).await;
    let codes: Vec<_> = answers.iter().map(|answer| answer.code).collect();
    let (malformed, no) = (Some(Code::CommandMalformed), Some(Code::UnknownCommand));
    assert_eq!(codes, [malformed, no, None, malformed, None]);
    assert_eq!(answers[0].key, None);
    assert_eq!(answers[1].key.map(|key| json!(key)), Some(unknown["key"].clone()));
    assert_eq!((world.phase(&a).await.as_str(), world.phase(&b).await.as_str()), ("accepted", "ready"));
    // An unknown command was not kept: its key is free for a server that knows it.
    let mut known = unknown;
    known["kind"] = json!("cooking");
    assert_eq!(send_one(&counter, &known).await.outcome, Outcome::Applied);

    assert!(send(&counter, &[]).await.is_empty());
    let many: Vec<Value> = vec![json!(null); 101];
    let answer = counter.post("/v1/store/commands", &json!({"commands": many})).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_copies_at_once_have_one_effect() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let order = place(&world).await;
    let length = log(&world, &world.coffee).await.len();
    let same = command(order.order_id, json!({"kind": "accept", "prep_minutes": 7}));
    let copies = (0..50).map(|_| send_one(&counter, &same));
    let answers = join_all(copies).await;
    let applied = answers.iter().filter(|answer| answer.outcome == Outcome::Applied).count();
    let already = answers.iter().filter(|answer| answer.outcome == Outcome::AlreadyApplied).count();
    assert_eq!((applied, already), (1, 49));
    assert!(answers.iter().all(|answer| answer.position == answers[0].position));
    assert_eq!(log(&world, &world.coffee).await.len(), length + 1);

    // Fifty different decisions on one order: one wins.
    let order = place(&world).await;
    let decisions = (0..50).map(|n| {
        let action = if n % 2 == 0 {
            json!({"kind": "accept", "prep_minutes": 7})
        } else {
            json!({"kind": "reject", "reason": "too_busy"})
        };
        let command = command(order.order_id, action);
        let counter = &counter;
        async move { send_one(counter, &command).await }
    });
    let answers = join_all(decisions).await;
    assert_eq!(answers.iter().filter(|answer| answer.outcome == Outcome::Applied).count(), 1);

    // One key for two orders at once: one of them gets it.
    let key = CommandKey::fresh();
    let orders = [place(&world).await, place(&world).await];
    let both = orders.iter().map(|order| {
        let mut command = command(order.order_id, json!({"kind": "accept", "prep_minutes": 7}));
        command["key"] = json!(key);
        let counter = &counter;
        async move { send_one(counter, &command).await }
    });
    let mut codes: Vec<_> = join_all(both).await.iter().map(|answer| answer.code.map(Code::as_str)).collect();
    codes.sort_unstable();
    assert_eq!(codes, [None, Some("command_key_reused")]);
    log(&world, &world.coffee).await;
}
