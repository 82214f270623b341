//! Claiming, signing in, taking over, signing out.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::id::DeviceId;
use shared::wire::{ByeReason, Problem, SignedIn};

use super::follower::{Follower, Frame};
use super::orders::{command, place};
use crate::world::{Answer, Store, World, answer};

const PASSWORD: &str = "맛있는 떡볶이 1인분";

async fn claim(world: &World, code: &str, login_id: &str, password: &str) -> Answer {
    let body = json!({"claim_code": code, "login_id": login_id, "password": password,
                      "device_id": DeviceId::fresh(), "device_name": "카운터 1"});
    answer(world.http.post(world.url("/v1/store/claim")).json(&body)).await
}

async fn sign_in(world: &World, login_id: &str, password: &str, device: DeviceId, take_over: bool) -> Answer {
    let body = json!({"login_id": login_id, "password": password, "device_id": device,
                      "device_name": "카운터 2", "take_over": take_over});
    answer(world.http.post(world.url("/v1/store/sessions")).json(&body)).await
}

fn problem(answer: &Answer) -> Problem {
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    serde_json::from_str(&answer.body).unwrap()
}

fn code(answer: &Answer) -> (u16, &'static str) {
    (answer.status, problem(answer).code.as_str())
}

fn signed_in(answer: &Answer) -> SignedIn {
    assert_eq!(answer.status, 201, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn use_token(world: &World, token: &str) -> Answer {
    answer(world.http.get(world.url("/v1/store/snapshot")).bearer_auth(token)).await
}

fn owner(world: &World) -> &Store {
    &world.coffee
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_claimed_once() {
    let world = World::start_without_workers().await;
    let good = &owner(&world).claim_code;
    for (given, login_id, password, expected) in [
        ("AAAA-BBBB-CCCC", "owner1", PASSWORD, (403, "claim_code_invalid")),
        ("", "owner1", PASSWORD, (403, "claim_code_invalid")),
        (good, "Owner1", PASSWORD, (400, "login_id_invalid")),
        (good, "own", PASSWORD, (400, "login_id_invalid")),
        (good, "owner1", "1q2w3e4r", (400, "password_too_weak")),
        (good, "owner1", "owner1", (400, "password_too_weak")),
        (good, "owner123", "owner123", (400, "password_too_weak")),
    ] {
        assert_eq!(code(&claim(&world, given, login_id, password).await), expected, "{given} {login_id}");
    }
    // Typed without dashes and in small letters.
    let typed = good.replace('-', "").to_lowercase();
    let session = signed_in(&claim(&world, &typed, "owner1", PASSWORD).await);
    assert_eq!((session.fence, session.store_name.as_str()), (1, "골목커피 홍대점"));
    assert_eq!(use_token(&world, &session.token).await.status, 200);
    assert_eq!(code(&claim(&world, good, "owner2", PASSWORD).await), (403, "claim_code_invalid"));
    assert_eq!(
        code(&claim(&world, &world.bunsik.claim_code, "owner1", PASSWORD).await),
        (409, "login_id_taken")
    );
    // What was refused used nothing up.
    signed_in(&claim(&world, &world.bunsik.claim_code, "owner2", PASSWORD).await);
    let stored: Vec<u8> = sqlx::query_scalar("select token_hash from store_session where store_id = $1")
        .bind(session.store_id.0)
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_ne!(stored, session.token.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_code_grows_old() {
    let world = World::start_without_workers().await;
    world.clock.advance(Duration::from_secs(15 * 24 * 60 * 60));
    let late = claim(&world, &world.coffee.claim_code, "owner1", PASSWORD).await;
    assert_eq!(code(&late), (403, "claim_code_invalid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_claims_at_once_make_one_owner() {
    let world = World::start_without_workers().await;
    let code = &world.coffee.claim_code;
    let (a, b) =
        tokio::join!(claim(&world, code, "owner1", PASSWORD), claim(&world, code, "owner2", PASSWORD));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403]);
    let staff: i64 = sqlx::query_scalar("select count(*) from staff").fetch_one(&world.db).await.unwrap();
    assert_eq!(staff, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_and_unknown_ids_look_the_same_and_run_into_a_limit() {
    let world = World::start_without_workers().await;
    let first = signed_in(&claim(&world, &world.coffee.claim_code, "owner1", PASSWORD).await);
    let timed = async |login_id: &str| {
        let started = Instant::now();
        let answer = sign_in(&world, login_id, "wrong-password", DeviceId::fresh(), false).await;
        assert_eq!(code(&answer), (401, "sign_in_failed"));
        (answer.body, started.elapsed())
    };
    let (wrong, wrong_time) = timed("owner1").await;
    let (unknown, unknown_time) = timed("nobody1").await;
    assert_eq!(wrong, unknown);
    // The hash dominates both; without it an unknown id would be answered tens of times faster.
    assert!(unknown_time * 5 > wrong_time, "{unknown_time:?} against {wrong_time:?}");
    // On a busy machine hashing takes so long that the limit moves meanwhile; it is met a few tries later then.
    let mut limited = None;
    for _ in 0..40 {
        let answer = sign_in(&world, "owner1", "wrong-password", DeviceId::fresh(), false).await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        assert_eq!(code(&answer), (401, "sign_in_failed"));
    }
    let limited = limited.expect("wrong passwords run into a limit");
    assert_eq!(code(&limited), (429, "too_many_requests"));
    let wait: u64 = limited.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    // The session that is open does not notice, and after the wait the right password works.
    assert_eq!(use_token(&world, &first.token).await.status, 200);
    world.clock.advance(Duration::from_secs(wait));
    signed_in(&sign_in(&world, "owner1", PASSWORD, DeviceId::fresh(), true).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_device_asks_before_it_takes_over() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    let order = place(&world).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    let _ = follower.next_beat().await;
    let (other, password) = (DeviceId::fresh(), crate::world::PASSWORD);
    let held = sign_in(&world, &counter.login_id, password, other, false).await;
    assert_eq!(code(&held), (409, "counter_session_held"));
    let holder = problem(&held).holder.expect("the answer says who holds it");
    assert_eq!(holder.device_name, "카운터");
    assert!(holder.last_seen.is_some());
    assert_eq!(use_token(&world, &counter.session.token).await.status, 200);

    let taken = signed_in(&sign_in(&world, &counter.login_id, password, other, true).await);
    assert_eq!(taken.fence, counter.session.fence + 1);
    let Frame::Bye(bye) = follower.last_word().await else { panic!("a good-bye was expected") };
    assert_eq!(bye.reason, ByeReason::TakenOver);
    assert_eq!(code(&use_token(&world, &counter.session.token).await), (401, "session_taken_over"));
    let accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 10}));
    let refused = counter.post("/v1/store/commands", &json!({"commands": [accept]})).await;
    assert_eq!(code(&refused), (401, "session_taken_over"));
    assert_eq!(world.phase(&order).await, "placed");
    assert_eq!(use_token(&world, &taken.token).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_device_signs_in_again_and_out() {
    let world = World::start_without_workers().await;
    let mut counter = world.claim(&world.coffee).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    let _ = follower.next_beat().await;
    let password = crate::world::PASSWORD;
    let again = signed_in(&sign_in(&world, &counter.login_id, password, counter.device_id, false).await);
    assert_eq!(again.fence, counter.session.fence);
    assert_ne!(again.token, counter.session.token);
    assert_eq!(code(&use_token(&world, &counter.session.token).await), (401, "signed_out"));
    let Frame::Bye(bye) = follower.last_word().await else { panic!("a good-bye was expected") };
    assert_eq!(bye.reason, ByeReason::SignedOut);

    counter.session = again;
    let mut follower = Follower::open(&world, &counter, None).await;
    let out = world.http.delete(world.url("/v1/store/sessions/current")).bearer_auth(&counter.session.token);
    assert_eq!(answer(out).await.status, 204);
    let Frame::Bye(bye) = follower.last_word().await else { panic!("a good-bye was expected") };
    assert_eq!(bye.reason, ByeReason::SignedOut);
    assert_eq!(code(&use_token(&world, &counter.session.token).await), (401, "signed_out"));
    let free = sign_in(&world, &counter.login_id, password, DeviceId::fresh(), false).await;
    assert_eq!(signed_in(&free).fence, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_thirty_days_and_a_bad_token_is_none() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    for token in ["", "x", &"y".repeat(10_000), "토큰"] {
        let request = world.http.get(world.url("/v1/store/snapshot"));
        let request = request.header("authorization", format!("Bearer {token}").into_bytes());
        assert_eq!(code(&answer(request).await), (401, "signed_out"));
    }
    world.clock.advance(Duration::from_secs(29 * 24 * 60 * 60));
    assert_eq!(use_token(&world, &counter.session.token).await.status, 200);
    world.clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
    assert_eq!(code(&use_token(&world, &counter.session.token).await), (401, "signed_out"));
    let other = DeviceId::fresh();
    let next = sign_in(&world, &counter.login_id, crate::world::PASSWORD, other, false).await;
    assert_eq!(signed_in(&next).fence, 2, "an expired session holds nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_cannot_be_read_are_refused_with_a_code() {
    let world = World::start_without_workers().await;
    for path in ["/v1/store/claim", "/v1/store/sessions"] {
        let empty = answer(world.http.post(world.url(path)).json(&json!({}))).await;
        assert_eq!(code(&empty), (400, "bad_request"));
        let large: Value = json!({"claim_code": "x".repeat(300 * 1024)});
        let large = answer(world.http.post(world.url(path)).json(&large)).await;
        assert_eq!(code(&large), (413, "body_too_large"));
    }
}
