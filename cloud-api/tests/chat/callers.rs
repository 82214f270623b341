//! Who may call the skill, and with what.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bot::{BOT_ID, Bot, SECRET, payload, send};
use crate::world::{PATIENCE, World};

#[tokio::test(flavor = "multi_thread")]
async fn only_kakao_is_answered() {
    let world = World::start_without_workers().await;
    let good = payload(BOT_ID, "u", "시작", json!({})).to_string();
    for (secret, body, status, code) in [
        ("wrong-secret", good.clone(), 401, "signed_out"),
        ("", good.clone(), 401, "signed_out"),
        (SECRET, payload("another-bot", "u", "시작", json!({})).to_string(), 403, "not_allowed"),
        (SECRET, String::new(), 400, "bad_request"),
        (SECRET, "{".repeat(1_000), 400, "bad_request"),
        (SECRET, "[]".to_owned(), 400, "bad_request"),
        (SECRET, json!({"bot": {"id": BOT_ID}}).to_string(), 400, "bad_request"),
        (SECRET, "x".repeat(70 * 1024), 413, "body_too_large"),
    ] {
        let response = send(&world, secret, body).await;
        assert_eq!(response.status().as_u16(), status, "{code}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["code"], code);
    }
    let development = payload(&format!("{BOT_ID}!"), "u", "시작", json!({})).to_string();
    assert_eq!(send(&world, SECRET, development).await.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_breaks_off_is_no_large_one() {
    let world = World::start_without_workers().await;
    let address = world.url("").trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&address).await.unwrap();
    // The second piece is none.
    let request = format!(
        "POST /kakao/skill HTTP/1.1\r\nHost: {address}\r\nX-Skill-Secret: {SECRET}\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"bot\r\nnothing\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = tokio::time::timeout(PATIENCE, connection.read_to_string(&mut answer));
    reading.await.expect("an answer in time").unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("bad_request"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_request_is_answered() {
    let world = World::start_without_workers().await;
    let all: Value =
        serde_json::from_str(include_str!("../../../kakao-sandbox/fixtures/kakao-chatbot.json")).unwrap();
    for request in all["requests"].as_array().unwrap() {
        let response = send(&world, SECRET, request["body"].to_string()).await;
        assert_eq!(response.status().as_u16(), 200, "{}", request["id"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_malformed_and_old_buttons_get_a_clear_answer() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let id = uuid::Uuid::nil();
    for extra in [
        json!({"a": "no_such_thing"}),
        json!({"storeId": "st_101"}),
        json!({"a": "item", "s": "not-an-id", "i": 7}),
        json!({"a": "place", "v": "x", "t": -1}),
        json!([1, 2]),
        json!("시작"),
        json!(7),
    ] {
        let said = bot.post("버튼", extra.clone()).await;
        assert!(said.says("지난 메시지의 버튼이에요"), "{extra}: {}", said.text());
    }
    for extra in [
        json!({"a": "menu", "s": id, "p": 0}),
        json!({"a": "item", "s": id, "i": "americano"}),
        json!({"a": "item", "s": world.coffee.store_id, "i": "gone"}),
        json!({"a": "category", "s": world.coffee.store_id, "c": "gone", "p": 4_000_000_000_u32}),
        json!({"a": "stores", "p": 4_000_000_000_u32}),
        json!({"a": "line", "v": "1-1", "l": id}),
        json!({"a": "quantity", "v": "1-1", "l": id, "q": 4_000_000_000_u32}),
        json!({"a": "clear", "v": "1-1"}),
        json!({"a": "ask_request", "v": "1-1"}),
        json!({"a": "place", "v": "1-1", "t": 100}),
        json!({"a": "order", "s": id, "o": id}),
        json!({"a": "cancel", "s": id, "o": id}),
        json!({"a": "choose", "d": {"s": world.coffee.store_id, "i": "gone", "f": ""}, "g": 0, "o": 0, "n": 1}),
        json!({"a": "find", "q": "", "p": 0}),
    ] {
        bot.post("버튼", extra).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_text_is_answered() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    for text in [
        "",
        " ",
        "😀",
        "\u{0}\u{7}",
        "'; drop table orders; --",
        "%",
        "_",
        "\\",
        "가\n나\t다",
        "٣",
        "-1",
        "99999999999999999999",
        &"가".repeat(2_000),
        &"😀".repeat(500),
        "\u{202e}거꾸로",
        "e\u{301}",
        "<b>굵게</b>",
        "{\"a\":\"home\"}",
    ] {
        bot.say(text).await;
    }
}
