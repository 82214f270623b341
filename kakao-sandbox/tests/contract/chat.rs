//! Walking the chat without a browser.

use serde_json::{Value, json};

use super::world::{Script, World};

const ORDER_BLOCK: &str = "66f0a1b2c3d4e5f600000020";

fn answer(version: u64) -> Value {
    json!({"version": "2.0", "template": {
        "outputs": [{"carousel": {"type": "textCard", "items": [
            {"title": "김밥", "buttons": [
                {"label": "담기", "action": "block", "blockId": ORDER_BLOCK, "extra": {"menu": "gimbap", "v": version}},
                {"label": "보기", "action": "webLink", "webLinkUrl": "https://shop.example/gimbap"},
            ]},
            {"title": "라면", "buttons": [
                {"label": "담기", "action": "block", "blockId": ORDER_BLOCK, "extra": {"menu": "ramen", "v": version}},
                {"label": "전화", "action": "phone", "phoneNumber": "02-000-0000"},
            ]},
        ]}}],
        "quickReplies": [{"label": "장바구니", "action": "block", "blockId": ORDER_BLOCK, "extra": {"do": "cart"}}],
    }})
}

#[tokio::test]
async fn a_tap_carries_the_extra_of_its_own_card() {
    let world = World::start().await;
    world.answer(Script::json(&answer(1)));
    world.send("c1", "메뉴").await;
    world.tap("c1", &json!({"label": "담기", "card": 1})).await;
    let payload = &world.payloads()[1];
    assert_eq!(payload["action"]["clientExtra"], json!({"menu": "ramen", "v": 1}));
    assert_eq!(payload["userRequest"]["utterance"], "담기");
    assert_eq!(payload["userRequest"]["block"]["id"], ORDER_BLOCK);
    assert_eq!(payload["flow"]["trigger"]["type"], "CARD_BUTTON_BLOCK");
}

#[tokio::test]
async fn an_old_bubble_replays_its_stale_extra_but_old_quick_replies_are_gone() {
    let world = World::start().await;
    world.answer(Script::json(&answer(1)));
    let first = world.send("c1", "메뉴").await;
    let seq = &first["messages"][1]["seq"];
    world.answer(Script::json(&answer(2)));
    world.tap("c1", &json!({"label": "장바구니"})).await;
    world.tap("c1", &json!({"seq": seq, "label": "담기"})).await;
    assert_eq!(world.payloads()[2]["action"]["clientExtra"]["v"], 1);
    let (status, gone) =
        world.post_with_status("/control/chat/c1/tap", &json!({"seq": seq, "label": "장바구니"})).await;
    assert_eq!((status, &gone["code"]), (409, &json!("quick_reply_gone")));
}

#[tokio::test]
async fn links_and_phones_never_reach_the_skill() {
    let world = World::start().await;
    world.answer(Script::json(&answer(1)));
    world.send("c1", "메뉴").await;
    let link = world.tap("c1", &json!({"label": "보기"})).await;
    assert_eq!(link["open_url"], "https://shop.example/gimbap");
    let phone = world.tap("c1", &json!({"label": "전화"})).await;
    assert_eq!(phone["call"], "02-000-0000");
    assert_eq!(world.payloads().len(), 1);
}

#[tokio::test]
async fn a_broken_rule_shows_a_line_and_no_bubble() {
    let world = World::start().await;
    let four = vec![json!({"simpleText": {"text": "x"}}); 4];
    world.answer(Script::json(&json!({"version": "2.0", "template": {"outputs": four}})));
    let outcome = world.send("c1", "안녕").await;
    assert_eq!(outcome["outcome"], "no_answer");
    assert_eq!(outcome["violations"][0]["rule"], "outputs.tooMany");
    let line = outcome["messages"][1]["content"]["text"].as_str().unwrap();
    assert!(line.starts_with("챗봇이 답하지 않았어요 (규칙 outputs.tooMany"), "{line}");
    let log = world.get("/control/bot-log").await;
    let entry = &log["entries"][0];
    assert_eq!((&entry["rule"], &entry["customer"]), (&json!("outputs.tooMany"), &json!("c1")));
}

#[tokio::test]
async fn lenient_mode_cuts_and_answers() {
    let world = World::start().await;
    world.post("/control/config", &json!({"mode": "lenient"})).await;
    world.answer(Script::text(&"가".repeat(1_001)));
    let outcome = world.send("c1", "안녕").await;
    assert_eq!(outcome["outcome"], "rendered");
    assert_eq!(outcome["messages"][1]["content"]["text"].as_str().unwrap().chars().count(), 1_000);
    assert_eq!(outcome["violations"][0]["severity"], "strict");
}

#[tokio::test]
async fn two_taps_at_once_are_two_requests_and_one_transcript() {
    let world = World::start().await;
    world.answer(Script::json(&answer(1)));
    world.send("c1", "메뉴").await;
    let pick = json!({"label": "담기", "card": 0});
    tokio::join!(world.tap("c1", &pick), world.tap("c1", &pick));
    assert_eq!(world.payloads().len(), 3);
    let chat = world.get("/control/chat/c1").await;
    let seqs: Vec<u64> =
        chat["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=6).collect::<Vec<u64>>());
    assert_eq!(chat["typing"], false);
}

#[tokio::test]
async fn mistakes_of_the_caller_are_told_in_words() {
    let world = World::start().await;
    for (path, body, status, code) in [
        ("/control/chat/c99/send", json!({"text": "안녕"}), 404, "customer_unknown"),
        ("/control/chat/c1/send", json!({"text": "  "}), 400, "text_length"),
        ("/control/chat/c1/tap", json!({}), 400, "tap_unclear"),
        ("/control/chat/c1/tap", json!({"label": "없는 버튼"}), 404, "control_unknown"),
        ("/control/customers", json!({"phone": "hello"}), 400, "customer_refused"),
        ("/control/faults", json!({"target": "pay.nothing", "kind": "delay"}), 400, "fault_invalid"),
        ("/control/authenticate", json!({"tid": "T0"}), 404, "payment_unknown"),
        ("/nowhere", json!({}), 404, "path_unknown"),
        ("/control/clock", json!({"advance": 5}), 422, "body_invalid"),
    ] {
        let (got, answer) = world.post_with_status(path, &body).await;
        assert_eq!((got, answer["code"].as_str()), (status, Some(code)), "{path}: {answer}");
        assert!(answer["message"].as_str().is_some_and(|message| message.len() > 10), "{path}");
    }
    let large = json!({"text": "x".repeat(70_000)});
    assert_eq!(world.post_with_status("/control/chat/c1/send", &large).await.0, 413);
}

#[tokio::test]
async fn a_reset_starts_over_with_new_people() {
    let world = World::start().await;
    world.send("c1", "안녕").await;
    let before = world.get("/control/customers").await["customers"][0]["botUserKey"].clone();
    world.post("/control/reset", &json!({})).await;
    let chat = world.get("/control/chat/c1").await;
    assert_eq!(chat["messages"], json!([]));
    assert_ne!(chat["customer"]["botUserKey"], before);
    world.send("c1", "다시").await;
    assert_eq!(world.payloads().len(), 2, "the skill address survives a reset");
}
