//! Placed orders without a payment: what the store's side of the server begins with.

use std::time::Duration;

use cloud_api::db;
use cloud_api::db::personal::{OrderPrivate, Subject};
use cloud_api::orders::{self, Change};
use serde_json::{Value, json};
use shared::id::{CommandKey, OrderId};
use shared::log::{ChainHash, GENESIS, LogBody, chain};
use shared::order::{Actor, OrderCommand};
use shared::wire::{CommandAnswer, CommandAnswers};

use crate::world::{Counter, Store, TestOrder, Wish, World};

/// Minutes that the store has to answer.
const ACCEPT_MINUTES: u32 = 10;

/// Nobody counts them: as many can be ordered as a test likes.
const UNCOUNTED: Wish<'static> = ("icecup", &[], 1);

/// An order of the coffee shop that waits for it.
pub async fn place(world: &World) -> TestOrder {
    let order = world.unpaid_order(&world.coffee, &[UNCOUNTED]).await;
    place_unpaid(world, &order).await;
    order
}

/// An order of the coffee shop that was paid for later.
pub async fn reserve(world: &World) -> TestOrder {
    let order = world.unpaid_order(&world.coffee, &[UNCOUNTED]).await;
    let later = world.clock.now() + Duration::from_secs(2 * 60 * 60);
    sqlx::query("update orders set pick_up_at = $2 where order_id = $1")
        .bind(order.order_id.0)
        .bind(later)
        .execute(&world.db)
        .await
        .unwrap();
    place_unpaid(world, &order).await;
    order
}

/// As the payment does when the money is there.
pub async fn place_unpaid(world: &World, order: &TestOrder) {
    let mut tx = world.db.begin().await.unwrap();
    // The order's lock comes before the day's.
    let locked = db::orders::lock(&mut tx, order.store_id, order.order_id).await.unwrap();
    let locked = locked.expect("the order exists");
    let (_, number, call_name) =
        orders::next_ticket(&mut tx, &locked).await.unwrap().expect("the store's day runs");
    let accept_by = world.clock.now_ms().plus_minutes(ACCEPT_MINUTES);
    let command = match locked.fires_at() {
        Some(fires_at) => OrderCommand::Reserve { number, call_name, fires_at },
        None => OrderCommand::Place { number, call_name, accept_by },
    };
    orders::transition(&mut tx, &world.clock, change(order, command, Actor::Payment)).await.unwrap();
    tx.commit().await.unwrap();
    world.app().wake.relay.notify_one();
}

/// Something that happens to an order without a counter.
pub async fn happen(world: &World, order: &TestOrder, command: OrderCommand, by: Actor) {
    orders::run(&world.db, &world.clock, &world.app().wake, change(order, command, by)).await.unwrap();
}

fn change(order: &TestOrder, command: OrderCommand, by: Actor) -> Change {
    Change { store_id: order.store_id, order_id: order.order_id, command, by, expected_version: None }
}

/// What the customer wrote, as the chat keeps it.
pub async fn write_request(world: &World, order: &TestOrder, request: &str) {
    let data = OrderPrivate { request: Some(request.to_owned()), phone: Some("01000001234".to_owned()) };
    let subject = Subject::Order(order.store_id, order.order_id);
    db::personal::put(&world.db, &world.app().vault, subject, &data, world.clock.now_ms()).await.unwrap();
}

/// A command with a fresh key.
pub fn command(order_id: OrderId, action: Value) -> Value {
    let mut command =
        json!({"key": CommandKey::fresh(), "device_seq": 1, "made_at": 1, "order_id": order_id});
    for (name, value) in action.as_object().expect("an action is an object") {
        command[name] = value.clone();
    }
    command
}

/// Sends commands; the answers in the same order.
pub async fn send(counter: &Counter, commands: &[Value]) -> Vec<CommandAnswer> {
    let answer = counter.post("/v1/store/commands", &json!({"commands": commands})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answers: CommandAnswers = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answers.answers.len(), commands.len());
    answers.answers
}

/// Sends one command.
pub async fn send_one(counter: &Counter, command: &Value) -> CommandAnswer {
    send(counter, std::slice::from_ref(command)).await.remove(0)
}

/// The whole log from the database, with its chain verified.
pub async fn log(world: &World, store: &Store) -> Vec<(i64, ChainHash, LogBody)> {
    let events = db::events::range(&world.db, store.store_id, 0, i64::MAX).await.unwrap();
    let (mut last, mut seq) = (GENESIS, 0);
    events
        .into_iter()
        .map(|event| {
            seq += 1;
            last = chain(last, seq, &event.body);
            assert_eq!((event.seq, event.hash), (seq, last), "the chain is whole");
            (seq, last, LogBody::parse(&event.body).expect("our own event can be read"))
        })
        .collect()
}
