//! Sessions that go on: renewal without an interruption, and the lease when renewal fails.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use shared::wire::SessionTerms;

use super::device::{Device, code, owner_at};
use super::follower::Frame;
use super::orders::{command, place};
use crate::world::{PASSWORD, World, answer};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn look(world: &World, device: &Device, token: &str) -> u16 {
    answer(device.with_token(world, Method::GET, "/v1/store/snapshot", token)).await.status
}

fn terms(device: &Device) -> SessionTerms {
    device.session.as_ref().unwrap().terms.clone().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_interrupts_nothing() {
    let world = World::start().await;
    let mut owner = owner_at(&world, &world.coffee, "owner1").await;
    let mut stream = owner.follow(&world).await;
    let (first, before) = (owner.token().to_owned(), terms(&owner));
    assert!(before.renew_at.ms_since(world.clock.now_ms()) <= 24 * 60 * 60 * 1000);
    world.clock.advance(DAY);
    assert_eq!(owner.renew(&world).await.status, 200);
    let second = owner.token().to_owned();
    assert_ne!(first, second);
    assert!(terms(&owner).expires_at > before.expires_at);
    // Both work: requests that were on their way are not refused, and the stream did not notice.
    assert_eq!(look(&world, &owner, &first).await, 200);
    let order = place(&world).await;
    let head = super::follower::head(&world, world.coffee.store_id).await;
    assert!(
        stream
            .catch_up(head.seq)
            .await
            .iter()
            .any(|entry| { entry.frame.body.contains(&order.order_id.to_string()) })
    );
    // The new one was used: the old one ends ten minutes later, and not before.
    assert_eq!(look(&world, &owner, &second).await, 200);
    world.clock.advance(Duration::from_secs(9 * 60));
    assert_eq!(look(&world, &owner, &first).await, 200);
    world.clock.advance(Duration::from_secs(2 * 60));
    assert_eq!(look(&world, &owner, &first).await, 401);
    assert_eq!(look(&world, &owner, &second).await, 200);
    // A stream begins with either while both count.
    let again = owner.renew(&world).await;
    assert_eq!(again.status, 200, "{}", again.body);
    let old = owner.with_token(&world, Method::GET, "/v1/store/events", &second).send().await.unwrap();
    assert_eq!(old.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_whose_answer_is_lost_is_asked_for_again() {
    let world = World::start_without_workers().await;
    let mut owner = owner_at(&world, &world.coffee, "owner1").await;
    let first = owner.token().to_owned();
    for _ in 0..3 {
        let lost = owner.post(&world, "/v1/store/sessions/renew", &json!({})).await;
        assert_eq!(lost.status, 200, "{}", lost.body);
    }
    // Days later it still works with the one that it has.
    world.clock.advance(20 * DAY);
    assert_eq!(look(&world, &owner, &first).await, 200);
    assert_eq!(owner.renew(&world).await.status, 200);
    world.clock.advance(20 * DAY);
    assert_eq!(look(&world, &owner, owner.token()).await, 200, "renewed beyond the first thirty days");
    assert_eq!(look(&world, &owner, &first).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_goes_on_for_a_day_under_its_lease() {
    let world = World::start().await;
    let mut owner = owner_at(&world, &world.coffee, "owner1").await;
    let order = place(&world).await;
    let lease = owner.lease();
    world.clock.advance(30 * DAY + Duration::from_secs(1));
    assert_eq!(code(&owner.get(&world, "/v1/store/snapshot").await), (401, "signed_out"));
    // Only this device has it.
    let mut thief = Device::new("도둑");
    assert_eq!(code(&thief.go_on(&world, &lease).await), (401, "device_key_needed"));
    let forged = format!("{}x", &lease[..lease.len() - 1]);
    assert_eq!(code(&owner.go_on(&world, &forged).await), (401, "signed_out"));

    let leased = owner.go_on(&world, &lease).await;
    assert_eq!(leased.status, 200, "{}", leased.body);
    assert!(terms(&owner).leased && terms(&owner).lease.is_none());
    let _ = owner.follow(&world).await.next_beat().await;
    let cancel = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    let worked = owner.post(&world, "/v1/store/commands", &json!({"commands": [cancel]})).await;
    assert_eq!(worked.status, 200, "{}", worked.body);
    let body = json!({"own_password": PASSWORD, "confirm_new_devices": false});
    assert_eq!(code(&owner.post(&world, "/v1/store/settings", &body).await), (403, "sign_in_again"));
    assert_eq!(code(&owner.renew(&world).await), (403, "sign_in_again"), "a lease does not breed");
    world.clock.advance(DAY);
    assert_eq!(code(&owner.get(&world, "/v1/store/snapshot").await), (401, "signed_out"));
    assert_eq!(code(&owner.go_on(&world, &lease).await), (401, "signed_out"), "it was for a day");
    assert_eq!(owner.sign_in(&world, "owner1", json!({})).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_brings_back_nothing_that_a_person_ended() {
    let world = World::start_without_workers().await;
    let mut owner = owner_at(&world, &world.coffee, "owner1").await;
    let mut other = Device::new("다른 카운터");
    let taken = owner.lease();
    assert_eq!(other.sign_in(&world, "owner1", json!({"take_over": true})).await.status, 201);
    assert_eq!(code(&owner.go_on(&world, &taken).await), (401, "session_taken_over"));
    let signed_out = other.lease();
    assert_eq!(other.delete(&world, "/v1/store/sessions/current").await.status, 204);
    assert_eq!(code(&other.go_on(&world, &signed_out).await), (401, "signed_out"));
    assert_eq!(owner.sign_in(&world, "owner1", json!({})).await.status, 201);
    let revoked = owner.lease();
    assert_eq!(other.sign_in(&world, "owner1", json!({"take_over": true})).await.status, 201);
    let path = format!("/v1/store/devices/{}", owner.device_id);
    assert_eq!(other.post(&world, &path, &json!({"revoked": true})).await.status, 204);
    assert_eq!(owner.go_on(&world, &revoked).await.status, 401);
    assert_eq!(other.get(&world, "/v1/store/snapshot").await.status, 200, "the counter noticed nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_forgot_the_session_learns_it_from_the_lease() {
    let world = World::start().await;
    let mut owner = owner_at(&world, &world.coffee, "owner1").await;
    let lease = owner.lease();
    // As after a restore from before the sign-in.
    for sql in ["delete from store_session", "delete from device_incarnation", "delete from device"] {
        sqlx::query(sql).execute(&world.db).await.unwrap();
    }
    assert_eq!(code(&owner.get(&world, "/v1/store/snapshot").await), (401, "signed_out"));
    assert_eq!(owner.go_on(&world, &lease).await.status, 200);
    assert_eq!(owner.get(&world, "/v1/store/snapshot").await.status, 200);
    // The device's key came back with it.
    let bare = world.http.get(world.url("/v1/store/snapshot")).bearer_auth(owner.token());
    assert_eq!(code(&answer(bare).await), (401, "device_key_needed"));
    let mut stream = owner.follow(&world).await;
    assert!(matches!(stream.next().await, Frame::Beat(_)));
}

/// What older clients read of a sign-in did not change.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_in_an_answer_is_beside_what_was_there() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let body = serde_json::to_value(&counter.session).unwrap();
    for field in ["token", "session_id", "store_id", "store_name", "staff_id", "login_id", "fence"] {
        assert!(!matches!(body[field], Value::Null), "{field}");
    }
    assert!(terms_of(&body)["lease"].is_string());
}

fn terms_of(body: &Value) -> &Value {
    &body["terms"]
}
