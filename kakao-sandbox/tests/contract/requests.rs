//! The `requests` vectors: what the skill server receives for each act of a customer.

use serde_json::{Value, json};

use super::world::{Script, World, chatbot_vectors, find, list};

/// Two people appear in the vectors.
async fn person(world: &World, body: &Value) -> String {
    let properties = &body["userRequest"]["user"]["properties"];
    world
        .customer(&json!({
            "bot_user_key": properties["botUserKey"],
            "plusfriend_user_key": properties["plusfriendUserKey"],
            "app_user_id": properties["appUserId"],
            "friend": properties["isFriend"].is_boolean(),
            "surface": body["userRequest"]["params"]["surface"],
        }))
        .await
}

/// An answer whose controls lead from `from` to the act of the vector.
fn answer_with(body: &Value) -> Value {
    let block = &body["intent"]["id"];
    let says = &body["userRequest"]["utterance"];
    let extra = &body["action"]["clientExtra"];
    let to_block = json!({"label": says, "title": says, "action": "block", "blockId": block, "messageText": says, "extra": extra});
    let to_words = json!({"label": says, "action": "message", "messageText": says});
    let mut template = json!({"outputs": [{"simpleText": {"text": "고르세요"}}]});
    match body["flow"]["trigger"]["type"].as_str().unwrap_or_default() {
        "LIST_ITEM_BLOCK" => {
            template["outputs"] = json!([{"listCard": {"header": {"title": "매장"}, "items": [to_block]}}]);
        }
        "CARD_BUTTON_BLOCK" => {
            template["outputs"] = json!([{"textCard": {"title": "메뉴", "buttons": [to_block]}}]);
        }
        "QUICKREPLY_BUTTON_BLOCK" => template["quickReplies"] = json!([to_block]),
        "QUICKREPLY_BUTTON_MESSAGE" => template["quickReplies"] = json!([to_words]),
        _ => {}
    }
    json!({"version": "2.0", "template": template})
}

/// Optional fields that a vector leaves out or adds.
fn shape(id: &str) -> Value {
    match id {
        "REQ-08" => json!({"omit_flow": true, "omit_reason": true, "null_extra": true}),
        "REQ-07" => json!({"omit_flow": true}),
        "REQ-14" => json!({"omit_flow": true}),
        "REQ-17" => json!({"omit_flow": true, "unknown_fields": true}),
        _ => json!({}),
    }
}

async fn play(world: &World, vector: &Value) -> Value {
    let id = vector["id"].as_str().unwrap();
    let body = &vector["body"];
    let customer = person(world, body).await;
    if let Some(last) = body["flow"]["lastBlock"]["id"].as_str() {
        world.answer(Script::json(&answer_with(body)));
        world.tap(&customer, &json!({"block": last, "utterance": "먼저"})).await;
        world.answer(Script::text("네"));
    }
    let says = &body["userRequest"]["utterance"];
    let trigger = body["flow"]["trigger"]["type"].as_str().unwrap_or("TEXT_INPUT");
    let answer = if trigger == "TEXT_INPUT" {
        // What Kakao's language understanding would extract is given; the block is found by name or words.
        let block = &body["intent"];
        let typed = json!({
            "text": says,
            "params": body["action"]["params"],
            "detail_params": body["action"]["detailParams"],
            "shape": shape(id),
        });
        let by_words = says == &block["name"] || says == "시작" || block["name"] == "폴백 블록";
        if by_words {
            world.post(&format!("/control/chat/{customer}/send"), &typed).await
        } else {
            let path = format!("/control/chat/{customer}/send");
            let mut typed = typed;
            typed["block"] = block["id"].clone();
            world.post(&path, &typed).await
        }
    } else {
        world.tap(&customer, &json!({"label": says, "shape": shape(id)})).await
    };
    assert!(answer["messages"].is_array(), "{id}: {answer}");
    world.payloads().pop().unwrap()
}

#[tokio::test]
async fn every_request_vector_is_what_the_sandbox_sends() {
    let vectors = chatbot_vectors();
    for vector in list(&vectors, "requests") {
        let id = vector["id"].as_str().unwrap();
        // Played in `event_api.rs`, where the Event API is.
        if id == "REQ-13" {
            continue;
        }
        let world = World::start().await;
        let mut sent = play(&world, vector).await;
        let mut wanted = vector["body"].clone();
        // The callback address is the sandbox's own, with a token of its own.
        let callback = sent["userRequest"]["callbackUrl"].take();
        let wanted_callback = wanted["userRequest"]["callbackUrl"].take();
        assert_eq!(callback.is_string(), wanted_callback.is_string(), "{id}");
        assert_eq!(sent, wanted, "{id}");
    }
}

#[tokio::test]
async fn headers_are_kakaos() {
    let vectors = chatbot_vectors();
    let world = World::start().await;
    world.send("c1", "시작").await;
    let headers = world.last_headers();
    let wanted = &find(&vectors, "requests", "REQ-01")["headers"];
    for name in ["Content-Type", "Accept", "User-Agent"] {
        assert_eq!(headers[name].to_str().unwrap(), wanted[name], "{name}");
    }
    for name in ["X-Request-Id", "X-Chappie-Footprint"] {
        let id = headers[name].to_str().unwrap().strip_prefix("chp-").unwrap();
        assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()), "{name}");
    }
    assert_eq!(headers["X-Skill-Secret"], "sandbox-secret");
}

#[tokio::test]
async fn contexts_come_back_wrapped_and_grow_old() {
    let world = World::start().await;
    let values = json!([{"name": "order_draft", "lifeSpan": 2, "ttl": 540, "params": {"cartId": "ct_77"}}]);
    world.answer(Script::json(&json!({
        "version": "2.0",
        "template": {"outputs": [{"simpleText": {"text": "담았어요"}}]},
        "context": {"values": values},
    })));
    world.send("c1", "담기").await;
    world.answer(Script::text("네"));
    world.send("c1", "다음").await;
    let context = &world.payloads()[1]["contexts"][0];
    assert_eq!(context["lifespan"], 2);
    assert_eq!(context["params"], json!({"cartId": {"value": "ct_77", "resolvedValue": "ct_77"}}));
    world.advance(600).await;
    world.send("c1", "늦게").await;
    assert_eq!(world.payloads()[2]["contexts"], json!([]));
}
