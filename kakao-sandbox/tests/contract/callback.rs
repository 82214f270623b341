//! The `callback` vectors: one use, one minute, only after `useCallback`.

use serde_json::{Value, json};

use super::world::{Script, World, chatbot_vectors, list};

const AI_BLOCK: &str = "66f0a1b2c3d4e5f600000090";

/// A fresh callback address, after the skill answered as the vector says.
async fn path(world: &World, vector: &Value) -> String {
    let default = json!({"version": "2.0", "useCallback": true, "data": {"text": "고르고 있어요"}});
    let acknowledgement = vector.get("skillAck").unwrap_or(&default);
    world.answer(Script::json(acknowledgement));
    let surface = vector.get("surface").cloned().unwrap_or(json!("Kakaotalk.plusfriend"));
    let customer = world.customer(&json!({"surface": surface})).await;
    world.tap(&customer, &json!({"block": AI_BLOCK, "utterance": "추천해줘"})).await;
    let payload = world.payloads().pop().unwrap();
    let url = payload["userRequest"]["callbackUrl"].as_str().unwrap().to_owned();
    url.strip_prefix(world.sandbox.url()).unwrap().to_owned()
}

#[tokio::test]
async fn every_callback_vector_is_answered_as_described() {
    let vectors = chatbot_vectors();
    for vector in list(&vectors, "callback") {
        let id = vector["id"].as_str().unwrap();
        let world = World::start().await;
        let path = path(&world, vector).await;
        world.advance(vector["after_ms"].as_i64().unwrap_or(1_000) / 1_000).await;
        if id == "CB-02" {
            let first = world.post(&path, &vector["post"]).await;
            assert_eq!(first["status"], "SUCCESS", "{id}");
        }
        let answer = world.post(&path, &vector["post"]).await;
        for (key, wanted) in vector["expect"].as_object().unwrap() {
            assert_eq!(&answer[key], wanted, "{id}: {answer}");
        }
        assert!(answer["taskId"].is_string() && answer["timestamp"].is_i64(), "{id}: {answer}");
    }
}

#[tokio::test]
async fn the_late_answer_appears_under_the_waiting_words() {
    let world = World::start().await;
    let path = path(&world, &json!({})).await;
    let late = json!({"version": "2.0", "template": {"outputs": [{"simpleText": {"text": "칼국수요!"}}]}});
    world.post(&path, &late).await;
    let chat = world.get("/control/chat/c4").await;
    let texts: Vec<&Value> =
        chat["messages"].as_array().unwrap().iter().map(|m| &m["content"]["text"]).collect();
    assert_eq!(texts, ["추천해줘", "고르고 있어요", "칼국수요!"]);
}
