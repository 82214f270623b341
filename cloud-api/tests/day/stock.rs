//! What is left of counted items: the number of the server is the one that the log makes of it, whatever happens in which order.

use std::collections::HashMap;

use cloud_api::db;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;
use shared::availability::Availability;
use shared::id::{ItemKey, OrderId};
use shared::log::Subject;
use shared::order::{Actor, CancelReason, Order, OrderCommand};

use super::{does, snapshot};
use crate::store::orders::{command, log, place_unpaid, send_one};
use crate::world::{Counter, TestOrder, World};

/// Sequences of one run.
const SEQUENCES: usize = 8;
const STEPS: usize = 24;
/// Orders of one sequence.
const ORDERS: usize = 6;
/// More than all orders of a sequence need.
const PLENTY: u32 = 100;

#[derive(Debug, Clone)]
enum Step {
    /// The store counts anew, or counts no more.
    Set(Option<u32>),
    /// A payment begins, and takes what it needs or is told that there is not enough.
    Hold(usize),
    /// A payment ends without money.
    Free(usize),
    /// The money is there.
    Place(usize),
    Counter(usize, serde_json::Value),
    CustomerCancels(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let order = 0..ORDERS;
    let told = prop_oneof![
        Just(json!({"kind": "accept", "prep_minutes": 5})),
        Just(json!({"kind": "cooking"})),
        Just(json!({"kind": "reject", "reason": "too_busy"})),
        Just(json!({"kind": "cancel", "reason": "sold_out"})),
    ];
    prop_oneof![
        2 => prop::option::weighted(0.8, 0_u32..9).prop_map(Step::Set),
        4 => order.clone().prop_map(Step::Hold),
        1 => order.clone().prop_map(Step::Free),
        6 => order.clone().prop_map(Step::Place),
        3 => (order.clone(), told).prop_map(|(order, told)| Step::Counter(order, told)),
        2 => order.prop_map(Step::CustomerCancels),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_alone_tells_what_is_left() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let begun = snapshot(&counter).await;
    let mut runner = TestRunner::default();
    let sequences = prop::collection::vec(step(), STEPS);
    for _ in 0..SEQUENCES {
        let steps = sequences.new_tree(&mut runner).unwrap().current();
        set(&counter, Some(PLENTY)).await;
        let mut orders = Vec::new();
        for quantity in 0..ORDERS as u32 {
            orders.push(world.unpaid_order(&world.coffee, &[("ttok", &[], quantity % 3 + 1)]).await);
        }
        for step in &steps {
            take(&world, &counter, &orders, step).await;
        }
        let told = follow(&world, begun.availability.clone(), begun.position.seq).await;
        let server = snapshot(&counter).await.availability;
        assert_eq!(server.stock, told.stock, "{steps:?}");
        assert_eq!(held(&world).await, unpaid(&world).await, "what payments hold: {steps:?}");
    }
}

async fn take(world: &World, counter: &Counter, orders: &[TestOrder], step: &Step) {
    match step {
        Step::Set(pieces) => set(counter, *pieces).await,
        Step::Hold(n) if !is_reserved(world, &orders[*n]).await => {
            let mut tx = world.db.begin().await.unwrap();
            let order = &orders[*n];
            if db::stock::reserve(&mut tx, order.store_id, order.order_id).await.unwrap() {
                tx.commit().await.unwrap();
            }
        }
        Step::Free(n) if phase(world, &orders[*n]).await == "pending_payment" => {
            let mut tx = world.db.begin().await.unwrap();
            db::stock::release(&mut tx, orders[*n].store_id, orders[*n].order_id).await.unwrap();
            tx.commit().await.unwrap();
        }
        Step::Place(n) if phase(world, &orders[*n]).await == "pending_payment" => {
            place_unpaid(world, &orders[*n]).await;
        }
        Step::Counter(n, told) => {
            send_one(counter, &command(orders[*n].order_id, told.clone())).await;
        }
        Step::CustomerCancels(n) => {
            let order = &orders[*n];
            let change = cloud_api::orders::Change {
                store_id: order.store_id,
                order_id: order.order_id,
                command: OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind },
                by: Actor::Customer,
                expected_version: None,
            };
            // A refusal is as good as a change here.
            let _ = cloud_api::orders::run(&world.db, &world.clock, &world.app().wake, change).await;
        }
        Step::Hold(_) | Step::Free(_) | Step::Place(_) => {}
    }
}

async fn set(counter: &Counter, pieces: Option<u32>) {
    does(counter, json!({"kind": "stock_set", "item": "ttok", "pieces": pieces})).await;
}

/// As a counter does that has nothing but its journal.
async fn follow(world: &World, mut told: Availability, from: i64) -> Availability {
    let mut orders: HashMap<OrderId, Order> = HashMap::new();
    for (seq, _, body) in log(world, &world.coffee).await {
        if seq <= from {
            continue;
        }
        match body.subject {
            Subject::Store(event) => told.store_changed(&event),
            Subject::Order { order_id, order_version, event } => {
                let before = orders.remove(&order_id);
                let after = Order::fold(before.clone(), order_id, order_version, &event).unwrap();
                told.order_changed(before.as_ref(), &after);
                orders.insert(order_id, after);
            }
            Subject::Day(_) => {}
        }
    }
    told
}

async fn phase(world: &World, order: &TestOrder) -> String {
    world.phase(order).await
}

async fn is_reserved(world: &World, order: &TestOrder) -> bool {
    let one = "select stock_reserved or phase <> 'pending_payment' from orders where order_id = $1";
    sqlx::query_scalar(one).bind(order.order_id.0).fetch_one(&world.db).await.unwrap()
}

/// What the server says that payments hold, of every item that is counted.
async fn held(world: &World) -> HashMap<ItemKey, i64> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select item_key, held::bigint from item_stock where store_id = $1 and held > 0")
            .bind(world.coffee.store_id.0)
            .fetch_all(&world.db)
            .await
            .unwrap();
    rows.into_iter().map(|(item, held)| (ItemKey(item), held)).collect()
}

/// What payments under way need of every item that is counted.
async fn unpaid(world: &World) -> HashMap<ItemKey, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select i.item_key, sum(i.quantity) from order_item i join orders o using (store_id, order_id)
         join item_stock s using (store_id, item_key)
         where o.store_id = $1 and o.stock_reserved and o.number is null group by i.item_key",
    )
    .bind(world.coffee.store_id.0)
    .fetch_all(&world.db)
    .await
    .unwrap();
    rows.into_iter().map(|(item, pieces)| (ItemKey(item), pieces)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_under_way_holds_its_pieces_beside_a_new_count() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    let left = async || snapshot(&counter).await.availability.stock[&ItemKey::from("ttok")];
    let order = world.cake_order().await;
    let mut tx = world.db.begin().await.unwrap();
    assert!(db::stock::reserve(&mut tx, order.store_id, order.order_id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(left().await, 10, "the store does not know of it yet");
    set(&counter, Some(3)).await;
    let other = world.cake_order().await;
    let mut tx = world.db.begin().await.unwrap();
    let enough = db::stock::reserve(&mut tx, other.store_id, other.order_id).await.unwrap();
    assert!(!enough, "two of the three are being paid for");
    drop(tx);
    place_unpaid(&world, &order).await;
    assert_eq!(left().await, 1);
    send_one(&counter, &command(order.order_id, json!({"kind": "reject", "reason": "too_busy"}))).await;
    assert_eq!(left().await, 3);
    set(&counter, Some(0)).await;
    send_one(&counter, &command(order.order_id, json!({"kind": "reject", "reason": "too_busy"}))).await;
    assert_eq!(left().await, 0, "given back once");
}
