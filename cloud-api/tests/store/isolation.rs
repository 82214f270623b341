//! One store never reaches into another.

use serde_json::json;
use shared::Code;
use shared::wire::{Outcome, Snapshot};

use super::follower::Follower;
use super::orders::{command, log, place, send_one};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn another_stores_token_finds_nothing() {
    let world = World::start_without_workers().await;
    let coffee = world.claim(&world.coffee).await;
    let bunsik = world.claim(&world.bunsik).await;
    let order = place(&world).await;
    let before = log(&world, &world.coffee).await.len();
    for action in [
        json!({"kind": "accept", "prep_minutes": 5}),
        json!({"kind": "reject", "reason": "other"}),
        json!({"kind": "cooking"}),
        json!({"kind": "ready"}),
        json!({"kind": "handed_over"}),
        json!({"kind": "cancel", "reason": "sold_out"}),
    ] {
        let answer = send_one(&bunsik, &command(order.order_id, action)).await;
        assert_eq!((answer.outcome, answer.code), (Outcome::Refused, Some(Code::OrderNotFound)));
    }
    assert_eq!(world.phase(&order).await, "placed");
    assert_eq!(log(&world, &world.coffee).await.len(), before);
    let snapshot: Snapshot = serde_json::from_str(&bunsik.get("/v1/store/snapshot").await.body).unwrap();
    assert!(snapshot.orders.is_empty());
    assert_eq!(snapshot.store.store_id, world.bunsik.store_id);
    let page = bunsik.get("/v1/store/log?after=0").await.body;
    assert!(!page.contains(&order.order_id.to_string()));
    // The same key in two stores is two commands.
    let same = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    assert_eq!(send_one(&bunsik, &same).await.code, Some(Code::OrderNotFound));
    assert_eq!(send_one(&coffee, &same).await.outcome, Outcome::Applied);
    // A position of the other log is no position here.
    let foreign = super::follower::head(&world, world.coffee.store_id).await;
    let ack = bunsik.post("/v1/store/acks", &json!({"position": foreign})).await;
    assert_eq!(ack.status, 409);
    let mut follower = Follower::open(&world, &bunsik, Some(&foreign)).await;
    assert!(matches!(follower.next().await, super::follower::Frame::Reset(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_answers_without_a_session() {
    let world = World::start_without_workers().await;
    for path in ["snapshot", "log?after=0", "events"] {
        assert_eq!(world.get(&format!("/v1/store/{path}")).await.status, 401, "{path}");
    }
    for path in ["commands", "acks"] {
        let request = world.http.post(world.url(&format!("/v1/store/{path}"))).json(&json!({}));
        assert_eq!(crate::world::answer(request).await.status, 401, "{path}");
    }
}
