//! The `eventApi` vectors, and REQ-13 which they lead to.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{Script, World, chatbot_vectors, find};

const KEY: &str = "3f9c2a7be1d04c58a6b7c8d9e0f11223344556677889900aabbccddeeff001122a";
const PATIENCE: Duration = Duration::from_secs(10);

async fn world() -> World {
    let world = World::start().await;
    world.customer(&json!({"bot_user_key": KEY, "plusfriend_user_key": "Xk3nV9sQ2LmA"})).await;
    world
}

async fn talk(world: &World, path: &str, body: &Value) -> (u16, Value) {
    let request = world.client.post(world.url(path)).header("Authorization", "KakaoAK test-key").json(body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Delivery goes on after SUCCESS: asks until every receiver is counted.
async fn finished(world: &World, task: &str) -> Value {
    let asked = async {
        loop {
            let answer = world.get(&format!("/v1/tasks/{task}")).await;
            let count = |key: &str| answer[key].as_u64().unwrap_or(0);
            if count("successCount") + answer["fail"]["count"].as_u64().unwrap() >= count("allRequestCount") {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("the task ends")
}

fn request(vectors: &Value) -> Value {
    find(vectors, "eventApi", "EV-01")["request"]["body"].clone()
}

#[tokio::test]
async fn ev_01_and_req_13_accepted_and_delivered() {
    let vectors = chatbot_vectors();
    let world = world().await;
    let vector = find(&vectors, "eventApi", "EV-01");
    let (status, answer) =
        talk(&world, vector["request"]["path"].as_str().unwrap(), &request(&vectors)).await;
    assert_eq!(status, 200);
    assert_eq!((&answer["status"], &answer["message"]), (&json!("SUCCESS"), &json!("OK")));
    assert!(answer["taskId"].is_string() && answer["timestamp"].is_i64());
    let done = finished(&world, answer["taskId"].as_str().unwrap()).await;
    assert_eq!(done["status"], "ALL SUCCESS");
    assert_eq!(world.payloads()[0], find(&vectors, "requests", "REQ-13")["body"]);
}

#[tokio::test]
async fn ev_02_and_03_are_refused() {
    let vectors = chatbot_vectors();
    let world = world().await;
    let path = "/v2/bots/66f0a1b2c3d4e5f600000001/talk";
    let mut many = request(&vectors);
    many["user"] = Value::Array(vec![many["user"][0].clone(); 101]);
    let mut wrong = request(&vectors);
    wrong["user"] = find(&vectors, "eventApi", "EV-03")["request"]["user"].clone();
    for body in [many, wrong] {
        let (status, answer) = talk(&world, path, &body).await;
        assert_eq!((status, &answer["status"]), (400, &json!("FAIL")), "{answer}");
    }
    let unauthorised = world.client.post(world.url(path)).json(&request(&vectors)).send().await.unwrap();
    assert_eq!(unauthorised.status(), 401);
}

#[tokio::test]
async fn ev_04_an_unknown_person_only_counts() {
    let vectors = chatbot_vectors();
    let world = world().await;
    let mut body = request(&vectors);
    let mut stranger = body["user"][0].clone();
    stranger["id"] = json!("0000");
    body["user"].as_array_mut().unwrap().push(stranger);
    let (_, answer) = talk(&world, "/v2/bots/66f0a1b2c3d4e5f600000001/talk", &body).await;
    let mut done = finished(&world, answer["taskId"].as_str().unwrap()).await;
    done["taskId"] = find(&vectors, "eventApi", "EV-04")["response"]["taskId"].clone();
    assert_eq!(done, find(&vectors, "eventApi", "EV-04")["response"]);
}

#[tokio::test]
async fn ev_05_a_broken_skill_is_told_per_person() {
    let vectors = chatbot_vectors();
    let world = world().await;
    world.answer(Script { status: 500, ..Script::text("x") });
    let (_, answer) = talk(&world, "/v2/bots/66f0a1b2c3d4e5f600000001/talk", &request(&vectors)).await;
    let mut done = finished(&world, answer["taskId"].as_str().unwrap()).await;
    let wanted = &find(&vectors, "eventApi", "EV-05")["response"];
    done["taskId"] = wanted["taskId"].clone();
    done["fail"]["list"][0]["createdAt"] = wanted["fail"]["list"][0]["createdAt"].clone();
    assert_eq!(&done, wanted);
}

#[tokio::test]
async fn ev_06_the_development_channel_has_a_mark() {
    let vectors = chatbot_vectors();
    let world = world().await;
    let path = find(&vectors, "eventApi", "EV-06")["path"].as_str().unwrap();
    let (status, answer) = talk(&world, path, &request(&vectors)).await;
    assert_eq!(status, 200);
    finished(&world, answer["taskId"].as_str().unwrap()).await;
    assert_eq!(world.payloads()[0]["bot"]["id"], "66f0a1b2c3d4e5f600000001!");
}
