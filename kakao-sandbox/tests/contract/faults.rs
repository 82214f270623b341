//! What goes wrong on demand, and what is true afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::world::{World, find, kakaopay_vectors};

const PATIENCE: Duration = Duration::from_secs(10);

async fn call(world: &World, operation: &str, body: &Value) -> Option<Value> {
    let request = world.client.post(world.url(&format!("/online/v1/payment/{operation}")));
    let response = request.header("Authorization", "SECRET_KEY k").json(body).send().await.ok()?;
    Some(response.json().await.unwrap())
}

async fn ready(world: &World) -> Value {
    let body = find(&kakaopay_vectors(), "vectors", "R01")["request"]["body"].clone();
    call(world, "ready", &body).await.unwrap()["tid"].clone()
}

async fn authenticated(world: &World) -> Value {
    let tid = ready(world).await;
    let answer = world.post("/control/authenticate", &json!({"tid": tid, "method": "card"})).await;
    let url = answer["redirect_url"].as_str().unwrap();
    json!({
        "cid": "TC0ONETIME", "tid": tid, "pg_token": url.split_once("pg_token=").unwrap().1,
        "partner_order_id": "ord-20261120-0001", "partner_user_id": "u-7f3a", "total_amount": 15000,
    })
}

async fn captured(world: &World) -> Value {
    world.get("/control/ledger").await["totals"]["captured"].clone()
}

#[tokio::test]
async fn a_request_dropped_before_did_nothing_and_one_dropped_after_did_everything() {
    let world = World::start().await;
    let approve = authenticated(&world).await;
    world.fault(json!({"target": "pay.approve", "kind": "drop_before"})).await;
    assert!(call(&world, "approve", &approve).await.is_none());
    assert_eq!(captured(&world).await, 0);
    world.fault(json!({"target": "pay.approve", "kind": "drop_after_commit"})).await;
    assert!(call(&world, "approve", &approve).await.is_none());
    assert_eq!(captured(&world).await, 15_000);
    assert_eq!(call(&world, "approve", &approve).await.unwrap()["error_code"], -702);
}

#[tokio::test]
async fn while_an_approve_is_under_way_another_is_refused() {
    let world = World::start().await;
    let approve = authenticated(&world).await;
    world.fault(json!({"target": "pay.approve", "kind": "delay", "delay_ms": 300})).await;
    let (first, second) = tokio::join!(call(&world, "approve", &approve), call(&world, "approve", &approve));
    let codes = [first.unwrap()["error_code"].clone(), second.unwrap()["error_code"].clone()];
    assert!(codes.contains(&Value::Null) && codes.contains(&json!(-785)), "{codes:?}");
    assert_eq!(captured(&world).await, 15_000);
}

#[tokio::test]
async fn the_money_moves_even_when_the_merchant_hangs_up() {
    let world = World::start().await;
    let approve = authenticated(&world).await;
    world.fault(json!({"target": "pay.approve", "kind": "delay", "delay_ms": 200})).await;
    let hung_up = world
        .client
        .post(world.url("/online/v1/payment/approve"))
        .header("Authorization", "SECRET_KEY k")
        .timeout(Duration::from_millis(50))
        .json(&approve)
        .send()
        .await;
    assert!(hung_up.is_err());
    let settled = async {
        while captured(&world).await != 15_000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("the provider finishes what it started");
}

#[tokio::test]
async fn an_unknown_bank_answer_may_hide_a_capture() {
    let world = World::start().await;
    let approve = authenticated(&world).await;
    world.fault(json!({"target": "pay.approve", "kind": "bank_unknown", "captured": true})).await;
    let answer = call(&world, "approve", &approve).await.unwrap();
    assert_eq!(answer["extras"]["method_result_code"], "BANK_FIRM_UNKNOWN");
    assert_eq!(captured(&world).await, 15_000);
}

#[tokio::test]
async fn a_fault_lasts_as_long_as_it_was_told() {
    let world = World::start().await;
    world
        .fault(json!([
            {"target": "pay.ready", "kind": "quota", "times": 2},
            {"target": "pay.order", "kind": "maintenance", "times": null},
        ]))
        .await;
    let ready = find(&kakaopay_vectors(), "vectors", "R01")["request"]["body"].clone();
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(call(&world, "ready", &ready).await.unwrap()["error_code"].clone());
    }
    assert_eq!(codes, [json!(-429), json!(-429), Value::Null]);
    for _ in 0..3 {
        assert_eq!(
            call(&world, "order", &json!({"cid": "x", "tid": "x"})).await.unwrap()["error_code"],
            -503
        );
    }
    let cleared = world.client.delete(world.url("/control/faults")).send().await.unwrap();
    assert_eq!(cleared.status(), 200);
    assert_eq!(world.get("/control/faults").await["faults"], json!([]));
}

#[tokio::test]
async fn a_tampered_amount_is_only_in_the_answer() {
    let world = World::start().await;
    let approve = authenticated(&world).await;
    world.fault(json!({"target": "pay.approve", "kind": "tamper_amount", "amount": 1})).await;
    assert_eq!(call(&world, "approve", &approve).await.unwrap()["amount"]["total"], 1);
    assert_eq!(captured(&world).await, 15_000);
}

#[tokio::test]
async fn a_nervous_browser_returns_more_than_once() {
    let world = World::start().await;
    let seen = Arc::new((AtomicUsize::new(0), Notify::new()));
    let count = Arc::clone(&seen);
    let shop = Router::new().route(
        "/approved",
        get(move || async move {
            count.0.fetch_add(1, Ordering::SeqCst);
            count.1.notify_one();
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, shop).await.unwrap() });
    let mut body = find(&kakaopay_vectors(), "vectors", "R01")["request"]["body"].clone();
    body["approval_url"] = json!(format!("http://{address}/approved"));
    let tid = call(&world, "ready", &body).await.unwrap()["tid"].clone();
    world.fault(json!({"target": "pay.approve", "kind": "duplicate_callback"})).await;
    world.post("/control/authenticate", &json!({"tid": tid, "method": "money"})).await;
    let both = async {
        while seen.0.load(Ordering::SeqCst) < 2 {
            seen.1.notified().await;
        }
    };
    tokio::time::timeout(PATIENCE, both).await.expect("the sandbox calls twice by itself");
}

#[tokio::test]
async fn a_skill_request_may_arrive_twice_or_never() {
    let world = World::start().await;
    world.fault(json!({"target": "skill", "kind": "duplicate_callback"})).await;
    assert_eq!(world.send("c1", "안녕").await["outcome"], "rendered");
    assert_eq!(world.payloads().len(), 2);
    world.fault(json!({"target": "skill", "kind": "drop_before"})).await;
    assert_eq!(world.send("c1", "안녕").await["failure"], "skill.connection");
    world.fault(json!({"target": "skill", "kind": "drop_after_commit"})).await;
    assert_eq!(world.send("c1", "안녕").await["failure"], "skill.timeout");
    assert_eq!(world.payloads().len(), 3);
}
