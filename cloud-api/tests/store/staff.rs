//! People: roles, what each may do, and several stores of one login.

use serde_json::{Value, json};
use shared::order::Actor;
use shared::wire::{ByeReason, Desk, SessionKind, StaffCard, StaffRole};

use super::device::{Device, code, owner_at, problem};
use super::follower::Frame;
use super::orders::{command, log, place};
use crate::world::{Answer, PASSWORD, World};

const STAFF_PASSWORD: &str = "주방에서 일하는 사람 1";

async fn add(world: &World, owner: &Device, login_id: &str, name: &str) -> StaffCard {
    let body = json!({"own_password": PASSWORD, "login_id": login_id, "password": STAFF_PASSWORD,
                      "name": name, "role": "staff"});
    let added = owner.post(world, "/v1/store/staff", &body).await;
    assert_eq!(added.status, 201, "{}", added.body);
    serde_json::from_str(&added.body).unwrap()
}

async fn change(world: &World, owner: &Device, card: &StaffCard, mut body: Value) -> Answer {
    body["own_password"] = json!(PASSWORD);
    owner.post(world, &format!("/v1/store/staff/{}", card.staff_id), &body).await
}

fn as_staff(more: Value) -> Value {
    let mut body = json!({"password": STAFF_PASSWORD, "take_over": true});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn who_pressed_what_is_in_the_log_and_their_name_is_not() {
    let world = World::start().await;
    let mut owner = Device::new("카운터");
    let claimed = owner.claim(&world, &world.coffee, "owner1", json!({"name": "김사장"})).await;
    assert_eq!(claimed.status, 201, "{}", claimed.body);
    let card = add(&world, &owner, "kitchen1", "이주방").await;
    assert_eq!((card.name.as_str(), card.role, card.has_second_factor), ("이주방", StaffRole::Staff, false));
    let order = place(&world).await;
    let mut kitchen = Device::new("주방");
    assert_eq!(kitchen.sign_in(&world, "kitchen1", as_staff(json!({}))).await.status, 201);
    assert_eq!(kitchen.session.as_ref().unwrap().role, Some(StaffRole::Staff));
    let accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    let applied = kitchen.post(&world, "/v1/store/commands", &json!({"commands": [accept]})).await;
    assert!(applied.body.contains("\"applied\""), "{}", applied.body);
    let events = log(&world, &world.coffee).await;
    let pressed = Actor::Counter { device_id: kitchen.device_id, staff_id: card.staff_id };
    assert!(events.iter().any(|(_, _, body)| body.by == pressed));
    let bodies: Vec<Vec<u8>> =
        sqlx::query_scalar("select body from store_event").fetch_all(&world.db).await.unwrap();
    let bodies: Vec<String> = bodies.iter().map(|body| String::from_utf8_lossy(body).into_owned()).collect();
    assert!(bodies.iter().all(|body| !body.contains("이주방") && !body.contains("김사장")));
    let desk: Desk = kitchen.desk(&world).await;
    let names: Vec<&str> = desk.staff.iter().map(|card| card.name.as_str()).collect();
    assert_eq!((names, desk.me.name.as_str()), (vec!["김사장", "이주방"], "이주방"));
    // Sealed like a customer's data.
    let sealed: Vec<Vec<u8>> = sqlx::query_scalar("select sealed from personal_data where subject = 'staff'")
        .fetch_all(&world.db)
        .await
        .unwrap();
    assert_eq!(sealed.len(), 2);
    assert!(sealed.iter().all(|bytes| !String::from_utf8_lossy(bytes).contains("이주방")));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_owner_with_the_own_password_manages_people() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let card = add(&world, &owner, "kitchen1", "이주방").await;
    let new = json!({"own_password": PASSWORD, "login_id": "kitchen2", "password": STAFF_PASSWORD,
                     "name": "박주방", "role": "owner"});
    for (field, value, expected) in [
        ("own_password", json!("somebody passing by"), (403, "own_password_wrong")),
        ("login_id", json!("kitchen1"), (409, "login_id_taken")),
        ("login_id", json!("주방"), (400, "login_id_invalid")),
        ("password", json!("1q2w3e4r"), (400, "password_too_weak")),
        ("name", json!("  \n"), (400, "staff_name_invalid")),
        ("role", json!("manager"), (400, "bad_request")),
    ] {
        let mut body = new.clone();
        body[field] = value;
        assert_eq!(code(&owner.post(&world, "/v1/store/staff", &body).await), expected, "{field}");
    }
    let mut kitchen = Device::new("주방");
    kitchen.sign_in(&world, "kitchen1", as_staff(json!({}))).await;
    let mut own = new.clone();
    own["own_password"] = json!(STAFF_PASSWORD);
    assert_eq!(code(&kitchen.post(&world, "/v1/store/staff", &own).await), (403, "owner_only"));
    let promoted = json!({"own_password": STAFF_PASSWORD, "role": "owner"});
    let path = format!("/v1/store/staff/{}", card.staff_id);
    assert_eq!(code(&kitchen.post(&world, &path, &promoted).await), (403, "owner_only"));
    let settings = json!({"own_password": STAFF_PASSWORD, "confirm_new_devices": false});
    assert_eq!(code(&kitchen.post(&world, "/v1/store/settings", &settings).await), (403, "owner_only"));
    // Another store's owner reaches nobody here.
    let stranger = owner_at(&world, &world.bunsik, "owner2").await;
    let reached = stranger.post(&world, &path, &json!({"own_password": PASSWORD, "disabled": true})).await;
    assert_eq!(code(&reached), (404, "not_found"));
    assert_eq!(kitchen.get(&world, "/v1/store/desk").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_disabled_is_out_at_once_and_looks_like_nobody() {
    let world = World::start().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let card = add(&world, &owner, "kitchen1", "이주방").await;
    let _counter = owner.follow(&world).await;
    let mut kitchen = Device::new("주방");
    let viewer = as_staff(json!({"kind": SessionKind::Viewer}));
    assert_eq!(kitchen.sign_in(&world, "kitchen1", viewer.clone()).await.status, 201);
    let mut stream = kitchen.follow(&world).await;
    assert_eq!(change(&world, &owner, &card, json!({"disabled": true})).await.status, 200);
    let last = stream.last_word().await;
    let Frame::Bye(bye) = last else { panic!("a good-bye was expected, not {last:?}") };
    assert_eq!(bye.reason, ByeReason::Revoked);
    let disabled = kitchen.sign_in(&world, "kitchen1", viewer.clone()).await;
    let nobody = kitchen.sign_in(&world, "nobody1", viewer.clone()).await;
    assert_eq!((code(&disabled), &disabled.body), ((401, "sign_in_failed"), &nobody.body));
    assert_eq!(change(&world, &owner, &card, json!({"disabled": false})).await.status, 200);
    assert_eq!(kitchen.sign_in(&world, "kitchen1", viewer).await.status, 201);
    // The store is never without an owner.
    let own = owner.desk(&world).await.me;
    assert_eq!(code(&change(&world, &owner, &own, json!({"role": "staff"})).await), (409, "last_owner"));
    assert_eq!(code(&change(&world, &owner, &own, json!({"disabled": true})).await), (409, "not_allowed"));
    assert_eq!(change(&world, &owner, &card, json!({"role": "owner"})).await.status, 200);
    assert_eq!(change(&world, &owner, &own, json!({"role": "staff"})).await.status, 200);
    assert_eq!(code(&change(&world, &owner, &own, json!({"role": "owner"})).await), (403, "owner_only"));
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_set_anew_and_end_other_sessions() {
    let world = World::start().await;
    let mut owner = owner_at(&world, &world.coffee, "owner1").await;
    let card = add(&world, &owner, "kitchen1", "이주방").await;
    let _counter = owner.follow(&world).await;
    let mut kitchen = Device::new("주방");
    kitchen.sign_in(&world, "kitchen1", as_staff(json!({"kind": "viewer"}))).await;
    let reset = change(&world, &owner, &card, json!({"password": "새로운 비밀번호 12"})).await;
    assert_eq!(reset.status, 200, "{}", reset.body);
    assert_eq!(code(&kitchen.get(&world, "/v1/store/desk").await), (401, "device_revoked"));
    let old = kitchen.sign_in(&world, "kitchen1", as_staff(json!({"kind": "viewer"}))).await;
    assert_eq!(code(&old), (401, "sign_in_failed"));
    let new = json!({"password": "새로운 비밀번호 12", "kind": "viewer"});
    assert_eq!(kitchen.sign_in(&world, "kitchen1", new).await.status, 201);
    let own = json!({"own_password": PASSWORD, "password": "사장님의 새 비밀번호"});
    assert_eq!(owner.post(&world, "/v1/store/password", &own).await.status, 204);
    assert_eq!(owner.get(&world, "/v1/store/desk").await.status, 200, "the session in force goes on");
    assert_eq!(code(&owner.sign_in(&world, "owner1", json!({})).await), (401, "sign_in_failed"));
    let signed_in = owner.sign_in(&world, "owner1", json!({"password": "사장님의 새 비밀번호"})).await;
    assert_eq!(signed_in.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_login_has_several_stores() {
    let world = World::start_without_workers().await;
    let first = owner_at(&world, &world.coffee, "owner1").await;
    let mut second = Device::new("분식 카운터");
    let wrong = json!({"existing_login": true, "password": "not the right one"});
    let refused = second.claim(&world, &world.bunsik, "owner1", wrong).await;
    assert_eq!(code(&refused), (401, "sign_in_failed"));
    let joined = second.claim(&world, &world.bunsik, "owner1", json!({"existing_login": true})).await;
    assert_eq!(joined.status, 201, "{}", joined.body);
    let mut third = Device::new("다른 기기");
    let asked = third.sign_in(&world, "owner1", json!({"take_over": true})).await;
    assert_eq!(code(&asked), (409, "choose_store"));
    let stores = problem(&asked).stores.expect("the stores to choose from");
    let names: Vec<&str> = stores.iter().map(|store| store.store_name.as_str()).collect();
    assert_eq!(names, ["골목커피 홍대점", "망원분식 본점"]);
    for store in &stores {
        let chosen = json!({"take_over": true, "store_id": store.store_id});
        assert_eq!(third.sign_in(&world, "owner1", chosen).await.status, 201, "{}", store.store_name);
        let desk = third.desk(&world).await;
        assert_eq!(desk.stores.len(), 1);
        assert_ne!(desk.stores[0].store_id, store.store_id);
    }
    let elsewhere = json!({"take_over": true, "store_id": shared::id::StoreId::fresh()});
    assert_eq!(code(&third.sign_in(&world, "owner1", elsewhere).await), (409, "choose_store"));
    // An owner of one store sets no password of somebody who works in another too.
    let own = third.desk(&world).await.me;
    assert_eq!(
        code(&change(&world, &third, &own, json!({"password": "남의 가게 비밀번호"})).await),
        (409, "not_allowed")
    );
    drop(first);
}
