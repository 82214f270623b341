//! Devices: keys, confirmation from the counter, removal.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use shared::wire::{ByeReason, ConfirmedBy, SessionKind};

use super::device::{Device, code, confirmation, owner_at, problem};
use super::follower::Frame;
use super::orders::{command, place};
use super::second_factor::App;
use crate::world::{Answer, PASSWORD, World, answer};

const TWO_HOURS_MS: i64 = 2 * 60 * 60 * 1000;

async fn confirm_new_devices(world: &World, owner: &Device) -> App {
    let body = json!({"own_password": PASSWORD, "confirm_new_devices": true});
    let refused = owner.post(world, "/v1/store/settings", &body).await;
    assert_eq!(code(&refused), (409, "second_factor_missing"), "nobody locks themselves out");
    let app = App::set_up(world, owner).await;
    assert_eq!(owner.post(world, "/v1/store/settings", &body).await.status, 204);
    assert!(owner.desk(world).await.settings.confirm_new_devices);
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_token_is_of_no_use_on_another_device() {
    let world = World::start().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let order = place(&world).await;
    let thief = Device::new("도둑");
    let token = owner.token().to_owned();
    for path in ["/v1/store/snapshot", "/v1/store/log?after=0", "/v1/store/events", "/v1/store/desk"] {
        let bare = answer(world.http.get(world.url(path)).bearer_auth(&token)).await;
        assert_eq!(code(&bare), (401, "device_key_needed"), "{path}");
        let signed = answer(thief.with_token(&world, Method::GET, path, &token)).await;
        assert_eq!(code(&signed), (401, "device_key_needed"), "{path}");
    }
    let accept = json!({"commands": [command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}))]});
    for path in ["/v1/store/commands", "/v1/store/acks", "/v1/store/sessions/renew", "/v1/store/staff"] {
        let signed = answer(thief.with_token(&world, Method::POST, path, &token).json(&accept)).await;
        assert_eq!(code(&signed), (401, "device_key_needed"), "{path}");
    }
    // A proof that was made for one address opens no other.
    let of_snapshot = owner.with_token(&world, Method::GET, "/v1/store/snapshot", &token).build().unwrap();
    let proof = of_snapshot.headers()[shared::wire::PROOF_HEADER].clone();
    let moved = world.http.get(world.url("/v1/store/desk")).bearer_auth(&token);
    let moved = answer(moved.header(shared::wire::PROOF_HEADER, proof)).await;
    assert_eq!(code(&moved), (401, "device_key_needed"));
    assert_eq!(world.phase(&order).await, "placed");
    let accepted = owner.post(&world, "/v1/store/commands", &accept).await;
    assert!(accepted.body.contains("\"applied\""), "{}", accepted.body);
    // The thief knows password and device id, but has another key, or none.
    let mut twin = Device { device_id: owner.device_id, ..Device::new("쌍둥이") };
    let refused = twin.sign_in(&world, "owner1", json!({"take_over": true})).await;
    assert_eq!(code(&refused), (403, "device_key_wrong"));
    let body = json!({"login_id": "owner1", "password": PASSWORD, "device_id": owner.device_id,
                      "device_name": "쌍둥이", "take_over": true});
    let keyless = answer(world.http.post(world.url("/v1/store/sessions")).json(&body)).await;
    assert_eq!(code(&keyless), (403, "device_key_wrong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_a_key_goes_on_as_before_and_may_bring_one() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    assert_eq!(counter.get("/v1/store/snapshot").await.status, 200);
    // The program was updated: the same device has a key now, and brings it with a renewal.
    let mut device = Device { device_id: counter.device_id, ..Device::new("카운터") };
    device.session = Some(counter.session.clone());
    let renewed = device.post(&world, "/v1/store/sessions/renew", &json!({"device_key": device.key()})).await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    assert_eq!(code(&counter.get("/v1/store/snapshot").await), (401, "device_key_needed"), "from now on");
    assert_eq!(device.get(&world, "/v1/store/snapshot").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_two_hours_off_is_told_the_time() {
    let world = World::start_without_workers().await;
    let mut owner = owner_at(&world, &world.coffee, "owner1").await;
    for behind in [TWO_HOURS_MS, -TWO_HOURS_MS] {
        owner.behind_ms = behind;
        let late = owner.get(&world, "/v1/store/snapshot").await;
        assert_eq!(code(&late), (403, "clock_off"));
        let told = problem(&late).server_time.expect("the right time");
        assert!((told.0 - world.clock.now_ms().0).abs() < 60_000);
        assert_eq!(code(&owner.sign_in(&world, "owner1", json!({})).await), (403, "clock_off"));
        // Whoever has no key learns nothing.
        let thief = Device { behind_ms: behind, ..Device::new("도둑") };
        let stolen = thief.with_token(&world, Method::GET, "/v1/store/snapshot", owner.token());
        assert_eq!(code(&answer(stolen).await), (401, "device_key_needed"));
    }
    owner.behind_ms = 0;
    assert_eq!(owner.get(&world, "/v1/store/snapshot").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counter_lets_a_new_device_in() {
    let world = World::start().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    confirm_new_devices(&world, &owner).await;
    let mut stream = owner.follow(&world).await;
    let known = stream.next_beat().await.desk.expect("a beat says how people and devices stand");

    let mut new = Device::new("새 카운터");
    let asked = confirmation(&new.sign_in(&world, "owner1", json!({})).await);
    assert!(asked.by_counter && asked.by_second_factor);
    // The counter hears of it at once: the next beat would come in ten seconds.
    let began = std::time::Instant::now();
    while stream.next_beat().await.desk == Some(known) {}
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let desk = owner.desk(&world).await;
    let [request] = desk.requests.as_slice() else { panic!("one device waits: {desk:?}") };
    assert_eq!((&request.number, request.device_name.as_str()), (&asked.number, "새 카운터"));
    assert_eq!((request.staff_id, request.is_known), (desk.me.staff_id, false));
    assert_eq!(confirmation(&new.confirm(&world, &asked, json!({})).await).number, asked.number);

    let path = format!("/v1/store/devices/requests/{}", request.confirmation_id);
    let other = if asked.number == "111" { "222" } else { "111" };
    let wrong = owner.post(&world, &path, &json!({"allow": true, "number": other})).await;
    assert_eq!(code(&wrong), (409, "confirmation_expired"), "another number than the one that is shown");
    let allowed = owner.post(&world, &path, &json!({"allow": true, "number": asked.number})).await;
    assert_eq!(allowed.status, 204, "{}", allowed.body);
    let mut stranger = Device::new("새 카운터");
    let stolen = stranger.confirm(&world, &asked, json!({"take_over": true})).await;
    assert_eq!(code(&stolen), (403, "device_key_wrong"), "the wait belongs to the device that asked");
    let held = new.confirm(&world, &asked, json!({})).await;
    assert_eq!(code(&held), (409, "counter_session_held"));
    assert_eq!(new.confirm(&world, &asked, json!({"take_over": true})).await.status, 201);
    let last = stream.last_word().await;
    let Frame::Bye(bye) = last else { panic!("a good-bye was expected, not {last:?}") };
    assert_eq!(bye.reason, ByeReason::TakenOver);
    assert_eq!(bye.by.expect("who took it").device_name, "새 카운터");
    let lost = owner.get(&world, "/v1/store/snapshot").await;
    assert_eq!(code(&lost), (401, "session_taken_over"));
    assert_eq!(problem(&lost).holder.expect("who took it").device_name, "새 카운터");
    let desk = new.desk(&world).await;
    let card = desk.devices.iter().find(|card| card.device_id == new.device_id).unwrap();
    assert_eq!(card.confirmed_by, ConfirmedBy::Counter);
    assert!(desk.requests.is_empty());
    // It is known now: the password is enough.
    assert_eq!(new.sign_in(&world, "owner1", json!({})).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_waits_is_sent_away_or_forgotten() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    confirm_new_devices(&world, &owner).await;
    let mut new = Device::new("모르는 기기");
    let asked = confirmation(&new.sign_in(&world, "owner1", json!({})).await);
    let id = owner.desk(&world).await.requests[0].confirmation_id;
    let path = format!("/v1/store/devices/requests/{id}");
    assert_eq!(owner.post(&world, &path, &json!({"allow": false, "number": asked.number})).await.status, 204);
    assert_eq!(code(&new.confirm(&world, &asked, json!({})).await), (403, "device_denied"));
    let twice = owner.post(&world, &path, &json!({"allow": true, "number": asked.number})).await;
    assert_eq!(code(&twice), (409, "confirmation_expired"), "a decision stands");
    let late = confirmation(&new.sign_in(&world, "owner1", json!({})).await);
    world.clock.advance(Duration::from_secs(601));
    assert_eq!(code(&new.confirm(&world, &late, json!({})).await), (403, "confirmation_expired"));
    assert!(owner.desk(&world).await.requests.is_empty());
    // Many that ask crowd nobody's screen.
    for n in 0..8 {
        confirmation(&Device::new(&format!("기기 {n}")).sign_in(&world, "owner1", json!({})).await);
    }
    assert_eq!(owner.desk(&world).await.requests.len(), 5);
    // Another store's counter decides nothing here.
    let stranger = owner_at(&world, &world.bunsik, "owner2").await;
    let request = owner.desk(&world).await.requests[0].clone();
    let path = format!("/v1/store/devices/requests/{}", request.confirmation_id);
    let refused = stranger.post(&world, &path, &json!({"allow": true, "number": request.number})).await;
    assert_eq!(refused.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_device_is_gone_at_once_until_an_owner_takes_it_back() {
    let world = World::start().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let _counter = owner.follow(&world).await;
    let mut viewer = Device::new("주방 화면");
    assert_eq!(viewer.sign_in(&world, "owner1", json!({"kind": SessionKind::Viewer})).await.status, 201);
    let mut stream = viewer.follow(&world).await;
    let _ = stream.next_beat().await;
    let path = format!("/v1/store/devices/{}", viewer.device_id);
    let began = std::time::Instant::now();
    assert_eq!(owner.post(&world, &path, &json!({"revoked": true})).await.status, 204);
    let last = stream.last_word().await;
    let Frame::Bye(bye) = last else { panic!("a good-bye was expected, not {last:?}") };
    assert_eq!(bye.reason, ByeReason::Revoked);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let gone: Answer = viewer.get(&world, "/v1/store/snapshot").await;
    assert_eq!(code(&gone), (401, "device_revoked"));
    let back = viewer.sign_in(&world, "owner1", json!({"kind": "viewer"})).await;
    assert_eq!(code(&back), (403, "device_revoked"));
    assert!(owner.desk(&world).await.devices.iter().any(|card| card.revoked_at.is_some()));
    let own = format!("/v1/store/devices/{}", owner.device_id);
    assert_eq!(code(&owner.post(&world, &own, &json!({"revoked": true})).await), (409, "not_allowed"));
    assert_eq!(owner.post(&world, &path, &json!({"revoked": false})).await.status, 204);
    assert_eq!(viewer.sign_in(&world, "owner1", json!({"kind": "viewer"})).await.status, 201);
}
