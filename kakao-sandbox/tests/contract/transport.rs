//! The `transport` vectors: when the skill is slow, broken or gone. Real time: Kakao's five seconds are the point.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::world::{Script, World, chatbot_vectors, find, list};

async fn play(vectors: Value, vector: Value) {
    let id = vector["id"].as_str().unwrap();
    let world = World::start().await;
    if vector["connection"] == "refused" {
        // Port 9 is discard: nothing listens there.
        world.post("/control/config", &json!({"skill_url": "http://127.0.0.1:9/kakao/skill"})).await;
    }
    let body = vector["body"]
        .as_str()
        .map_or(String::new(), |id| find(&vectors, "valid", id)["response"].to_string());
    world.answer(Script {
        status: u16::try_from(vector["http"].as_u64().unwrap_or(200)).unwrap(),
        delay: Duration::from_millis(vector["delay_ms"].as_u64().unwrap_or(0)),
        body,
    });
    let answer = world.send("c1", "시작").await;
    let (outcome, failure, code) = match id {
        "TR-01" => ("rendered", None, None),
        "TR-02" => ("no_answer", Some("skill.timeout"), Some(1001)),
        "TR-03" | "TR-04" => ("no_answer", Some("skill.http"), Some(1003)),
        "TR-05" => ("no_answer", Some("skill.connection"), Some(1002)),
        other => panic!("a new transport vector {other}"),
    };
    assert_eq!(answer["outcome"], outcome, "{id}");
    assert_eq!(answer["failure"].as_str(), failure, "{id}");
    let entries = world.get("/control/bot-log").await;
    assert_eq!(entries["entries"][0]["code"].as_u64(), code, "{id}: {entries}");
    let kinds: Vec<&Value> = answer["messages"].as_array().unwrap().iter().map(|m| &m["kind"]).collect();
    let second = if failure.is_some() { "system" } else { "simpleText" };
    assert_eq!(kinds, ["text", second], "{id}: nothing else is rendered");
    let calls = world.get("/control/skill-calls").await;
    assert_eq!(calls["count"], 1);
    assert!(calls["max_ms"].as_f64().unwrap() < 5_500.0, "{id}: the timer is hard");
}

#[tokio::test]
async fn every_transport_vector_ends_as_described() {
    let vectors = chatbot_vectors();
    let all = list(&vectors, "transport").iter().map(|vector| play(vectors.clone(), vector.clone()));
    join_all(all).await;
}
