//! Messages: sent once, retried, dropped when they are no longer true, and logged in every case.

mod fallback;
mod load;

use std::time::Duration;

use cloud_api::db::personal::{self, OrderPrivate, Subject};
use cloud_api::orders::{self, Change, next_ticket};
use cloud_api::{db, notify};
use serde_json::{Value, json};
use shared::order::{Actor, CancelReason, OrderCommand};

use crate::world::{TestOrder, World};

const PHONE: &str = "01000000042";

/// A placed order of a customer who left a phone number.
async fn placed(world: &World) -> TestOrder {
    let order = world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await;
    let private = OrderPrivate { request: None, phone: Some(PHONE.to_owned()) };
    let subject = Subject::Order(order.store_id, order.order_id);
    let app = world.app();
    personal::put(&world.db, &app.vault, subject, &private, world.clock.now_ms()).await.expect("sealed");
    let mut tx = world.db.begin().await.expect("a transaction");
    let locked = db::orders::lock(&mut tx, order.store_id, order.order_id).await.expect("locked");
    let locked = locked.expect("the order exists");
    let (_, number, call_name) =
        next_ticket(&mut tx, &locked).await.expect("a ticket").expect("a running day");
    let accept_by = world.clock.now_ms().plus_minutes(7);
    let command = OrderCommand::Place { number, call_name, accept_by };
    orders::transition(&mut tx, &world.clock, change(&order, command, Actor::Payment)).await.expect("placed");
    tx.commit().await.expect("committed");
    order
}

fn change(order: &TestOrder, command: OrderCommand, by: Actor) -> Change {
    Change { store_id: order.store_id, order_id: order.order_id, command, by, expected_version: None }
}

async fn make(world: &World, order: &TestOrder, command: OrderCommand, by: Actor) {
    let app = world.app();
    orders::run(&app.db, &app.clock, &app.wake, change(order, command, by)).await.expect("made");
}

/// Template, state and result of each message of an order, oldest first.
async fn log(world: &World, order: &TestOrder) -> Vec<(String, String, Option<String>)> {
    sqlx::query_as(
        "select template, state, result from notification where order_id = $1 order by order_version",
    )
    .bind(order.order_id.0)
    .fetch_all(&world.db)
    .await
    .expect("the log can be read")
}

/// What the provider delivered, as text to search in.
async fn delivered(world: &World) -> String {
    Value::from(world.kakao.messages().await).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_placed_order_is_told_to_the_customer_with_its_deadline() {
    let world = World::start_without_workers().await;
    let order = placed(&world).await;
    assert_eq!(notify::run_once(world.app()).await.expect("sent"), 1);
    assert_eq!(log(&world, &order).await, [("SO_PLACED".to_owned(), "sent".to_owned(), None)]);
    let messages = delivered(&world).await;
    for part in [PHONE, "골목커피 홍대점", "1번 (사과)", "5,500원", "자동으로 취소되고 전액 환불"]
    {
        assert!(messages.contains(part), "{part} is missing in {messages}");
    }
    assert_eq!(notify::run_once(world.app()).await.expect("nothing left"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_waited_out_and_nothing_is_sent_twice() {
    let world = World::start_without_workers().await;
    let order = placed(&world).await;
    world.kakao.fault(json!({"target": "alimtalk", "kind": "drop_after_commit", "times": 1})).await;
    notify::run_once(world.app()).await.expect("tried");
    assert_eq!(log(&world, &order).await[0].1, "pending");
    world.clock.advance(Duration::from_secs(3));
    notify::run_once(world.app()).await.expect("tried again");
    assert_eq!(log(&world, &order).await[0].1, "sent", "the provider knew the key");
    let messages = delivered(&world).await;
    assert_eq!(messages.matches("SO_PLACED").count(), 1, "{messages}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_no_longer_true_is_dropped() {
    let world = World::start_without_workers().await;
    let order = placed(&world).await;
    let cancel = OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind };
    make(&world, &order, cancel, Actor::Customer).await;
    notify::run_once(world.app()).await.expect("sent");
    let log = log(&world, &order).await;
    assert_eq!(log[0], ("SO_PLACED".into(), "dropped".into(), Some("the order is cancelled by now".into())));
    assert_eq!((log[1].0.as_str(), log[1].1.as_str()), ("SO_CANCELLED", "sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_phone_number_ends_in_the_log_and_not_in_a_loop() {
    let world = World::start_without_workers().await;
    let order = placed(&world).await;
    sqlx::query("delete from personal_data where subject_id = $1")
        .bind(order.order_id.0)
        .execute(&world.db)
        .await
        .expect("erased");
    notify::run_once(world.app()).await.expect("settled");
    let log = log(&world, &order).await;
    assert_eq!(log[0].1, "failed");
    assert!(log[0].2.as_ref().is_some_and(|why| why.contains("no phone number")), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_read_holds_up_no_other_message() {
    let world = World::start_without_workers().await;
    let (broken, sound) = (placed(&world).await, placed(&world).await);
    sqlx::query("update orders set state = '{\"state\": \"teleported\"}' where order_id = $1")
        .bind(broken.order_id.0)
        .execute(&world.db)
        .await
        .expect("changed");
    notify::run_once(world.app()).await.expect("a round");
    assert_eq!(log(&world, &sound).await[0].1, "sent");
    assert_eq!(log(&world, &broken).await[0].1, "pending", "it is tried again, a bounded number of times");
}
