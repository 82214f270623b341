//! The moment at which a reservation becomes an order that waits for the store.

use std::time::Duration;

use serde_json::json;
use shared::order::{Actor, OrderCommand, Phase};
use shared::wire::Outcome;

use super::{NAMES, at_noon, kinds, reserved};
use crate::store::orders::{command, happen, send_one};
use crate::world::{TestOrder, World};

async fn timer_is_done(world: &World, order: &TestOrder, kind: &str) -> bool {
    sqlx::query_scalar("select done_at is not null from timer where order_id = $1 and kind = $2")
        .bind(order.order_id.0)
        .bind(kind)
        .fetch_one(&world.db)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fires_at_its_time_and_is_then_an_order_like_any_other() {
    let world = World::start().await;
    at_noon(&world).await;
    let counter = world.sign_in_counter().await;
    let order = reserved(&world, "13:30").await;
    let snapshot = counter.get("/v1/store/snapshot").await;
    assert!(snapshot.body.contains("\"state\":\"reserved\"") && snapshot.body.contains("pick_up_at"));
    world.until("the customer is told", async || told(&world, "SO_RESERVED").await).await;
    world.until_clock("13:20").await;
    // Long after an order of now would have been given up.
    assert_eq!(world.phase(&order).await, "reserved");
    world.until_clock("13:22").await;
    world.wait_for_phase(&order, "placed").await;
    world.until("the customer is told", async || told(&world, "SO_RESERVATION_DUE").await).await;
    assert!(timer_is_done(&world, &order, "reservation").await);
    assert!(!timer_is_done(&world, &order, "accept_deadline").await);
    // A counter that was away saw version 1 and may take it all the same.
    let mut accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    accept["expected_version"] = json!(1);
    let answer = send_one(&counter, &accept).await;
    assert_eq!(answer.outcome, Outcome::Applied, "{answer:?}");
    let state: serde_json::Value = sqlx::query_scalar("select state from orders where order_id = $1")
        .bind(order.order_id.0)
        .fetch_one(&world.db)
        .await
        .unwrap();
    let phase: Phase = serde_json::from_value(state).unwrap();
    assert!(
        matches!(phase, Phase::Accepted { ready_by, .. } if ready_by.kst_clock() == "13:30"),
        "{phase:?}"
    );
    assert_eq!(kinds(&world, &order).await, ["order_reserved", "reservation_fired", "order_accepted"]);
    world.assert_money_agrees().await;
}

async fn told(world: &World, template: &str) -> bool {
    world.kakao.messages().await.iter().any(|message| message["template"] == template)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fires_once_however_the_server_dies_at_it() {
    let mut world = World::start().await;
    at_noon(&world).await;
    for (name, clocks) in NAMES.iter().zip([["13:30", "13:22"], ["14:30", "14:22"]]) {
        let order = reserved(&world, clocks[0]).await;
        let stop = world.arm(name, "return(stop)");
        world.until_clock(clocks[1]).await;
        world.kill_at(stop).await;
        world.wait_for_phase(&order, "placed").await;
        world.until("its timer is done", async || timer_is_done(&world, &order, "reservation").await).await;
        assert_eq!(kinds(&world, &order).await, ["order_reserved", "reservation_fired"], "{name}");
        // Out of the way of the next one.
        happen(&world, &order, OrderCommand::HandOver, Actor::Operator).await;
    }
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fires_when_the_server_comes_back_after_its_time() {
    let mut world = World::start().await;
    at_noon(&world).await;
    let order = reserved(&world, "13:30").await;
    world.kill_api().await;
    world.clock.advance(Duration::from_secs(3 * 60 * 60));
    world.restart_api().await;
    world.wait_for_phase(&order, "placed").await;
    assert_eq!(kinds(&world, &order).await, ["order_reserved", "reservation_fired"]);
    // Nobody answers: the money goes back as with any other order.
    world.advance(Duration::from_secs(8 * 60)).await;
    world.wait_for_phase(&order, "cancelled").await;
    world.wait_for_refund(&order, "done").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_may_begin_earlier_or_cancel_with_a_reason() {
    let world = World::start().await;
    at_noon(&world).await;
    let counter = world.sign_in_counter().await;
    let (early, dropped) = (reserved(&world, "13:30").await, reserved(&world, "14:00").await);
    let accept = command(early.order_id, json!({"kind": "accept", "prep_minutes": 10}));
    assert_eq!(send_one(&counter, &accept).await.outcome, Outcome::Applied);
    assert_eq!(kinds(&world, &early).await, ["order_reserved", "reservation_fired", "order_accepted"]);
    let reject = command(dropped.order_id, json!({"kind": "reject", "reason": "too_busy"}));
    assert_eq!(send_one(&counter, &reject).await.outcome, Outcome::Refused);
    let cancel = command(dropped.order_id, json!({"kind": "cancel", "reason": "sold_out"}));
    assert_eq!(send_one(&counter, &cancel).await.outcome, Outcome::Applied);
    world.wait_for_refund(&dropped, "done").await;
    world.until_clock("14:05").await;
    world.until("no reservation waits", async || timer_is_done(&world, &dropped, "reservation").await).await;
    assert_eq!(kinds(&world, &dropped).await[..2], ["order_reserved", "order_cancelled"]);
    assert_eq!(kinds(&world, &early).await.len(), 3, "it does not fire again");
    world.assert_money_agrees().await;
}
