//! Proof of life end to end, and the watch over orders that no disk has.

use std::time::Duration;

use cloud_api::log::relay::Relay;
use cloud_api::log::{canary, unjournaled};
use serde_json::json;

use super::follower::{Follower, head};
use super::orders::{command, place, send_one};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_number_comes_back_through_redis() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let app = world.app().clone();
    let mut last = 0;
    for _ in 0..2 {
        canary::run_once(&app).await.unwrap();
        let written = cloud_api::db::canary::read(&world.db).await.unwrap();
        assert!(app.hub.canary().is_none_or(|canary| canary.number < written.number));
        Relay::default().run_once(&app).await.unwrap();
        world.until("the canary comes back", async || app.hub.canary() == Some(written)).await;
        let beat = Follower::open(&world, &counter, None).await.next_beat().await;
        assert_eq!(beat.canary, Some(written));
        assert!(written.number > last);
        last = written.number;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_journaled_is_found() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let app = world.app().clone();
    let (waits, accepted) = (place(&world).await, place(&world).await);
    send_one(&counter, &command(accepted.order_id, json!({"kind": "accept", "prep_minutes": 5}))).await;
    assert!(unjournaled::run_once(&app).await.unwrap().is_empty(), "it has fifteen seconds");
    world.clock.advance(Duration::from_secs(16));
    let found = unjournaled::run_once(&app).await.unwrap();
    assert_eq!(found.len(), 1, "{waits:?} alone is not journaled and not answered: {found:?}");
    assert_eq!(found[0].device_id, counter.device_id);
    let end = head(&world, world.coffee.store_id).await;
    assert_eq!(counter.post("/v1/store/acks", &json!({"position": end})).await.status, 204);
    assert!(unjournaled::run_once(&app).await.unwrap().is_empty());
    // A counter that is dark is another matter.
    place(&world).await;
    world.clock.advance(Duration::from_secs(120));
    assert!(unjournaled::run_once(&app).await.unwrap().is_empty());
}
