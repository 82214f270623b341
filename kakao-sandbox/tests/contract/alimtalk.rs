//! AlimTalk: templates, idempotency, per-recipient results, and the card in the chat.

use serde_json::{Value, json};

use super::world::World;

const PATH: &str = "/alimtalk/v2.3/appkeys/appkey/messages";

async fn world() -> World {
    let world = World::start().await;
    world
        .post(
            "/control/templates",
            &json!([{
                "templateCode": "ORDER_COOKING",
                "templateName": "조리 시작",
                "templateContent": "#{매장명}에서 조리를 시작했어요. 주문번호 #{주문번호}",
                "buttons": [{"type": "WL", "name": "주문 보기", "linkMo": "https://shop.example/o/#{토큰}"}],
            }]),
        )
        .await;
    world
}

fn to(phone: &str) -> Value {
    json!({"recipientNo": phone, "templateParameter": {"매장명": "역삼김밥", "주문번호": "A-1", "토큰": "t1"}})
}

async fn send(world: &World, key: &str, template: &str, recipients: Value) -> Option<Value> {
    let body = json!({"senderKey": "s", "templateCode": template, "recipientList": recipients});
    let request = world
        .client
        .post(world.url(PATH))
        .header("X-Secret-Key", "secret")
        .header("X-NC-API-IDEMPOTENCY-KEY", key)
        .json(&body);
    Some(request.send().await.ok()?.json().await.unwrap())
}

fn code(answer: &Option<Value>) -> i64 {
    answer.as_ref().unwrap()["header"]["resultCode"].as_i64().unwrap()
}

#[tokio::test]
async fn a_message_is_filled_and_appears_in_the_chat_of_its_phone() {
    let world = world().await;
    let answer = send(&world, "k1", "ORDER_COOKING", json!([to("01000000002")])).await.unwrap();
    assert_eq!(answer["header"]["isSuccessful"], true);
    let chat = world.get("/control/chat/c2").await;
    let card = &chat["messages"][0];
    assert_eq!((&card["role"], &card["kind"]), (&json!("alimtalk"), &json!("alimtalk")));
    assert_eq!(card["content"]["text"], "역삼김밥에서 조리를 시작했어요. 주문번호 A-1");
    let opened = world.tap("c2", &json!({"label": "주문 보기"})).await;
    assert_eq!(opened["open_url"], "https://shop.example/o/t1");
    let log = world.get("/control/messages?to=010-0000-0002").await;
    let entry = &log["messages"][0];
    assert_eq!((&entry["idempotency_key"], &entry["customer"]), (&json!("k1"), &json!("c2")));
    let path = format!("{PATH}/{}/1", answer["message"]["requestId"].as_str().unwrap());
    let one = world.client.get(world.url(&path)).header("X-Secret-Key", "secret").send().await.unwrap();
    let one: Value = one.json().await.unwrap();
    assert_eq!(
        (&one["message"]["messageStatus"], &one["message"]["resultCode"]),
        (&json!("COMPLETED"), &json!("1000"))
    );
}

#[tokio::test]
async fn a_typed_phone_belongs_to_the_one_who_typed_it() {
    let world = world().await;
    world.send("c1", "010-0000-7777").await;
    send(&world, "k1", "ORDER_COOKING", json!([to("01000007777")])).await;
    let chat = world.get("/control/chat/c1").await;
    assert_eq!(chat["messages"].as_array().unwrap().last().unwrap()["kind"], "alimtalk");
}

#[tokio::test]
async fn a_key_is_refused_for_ten_minutes_even_when_the_answer_was_lost() {
    let world = world().await;
    world.fault(json!({"target": "alimtalk", "kind": "drop_after_commit"})).await;
    assert!(send(&world, "k1", "ORDER_COOKING", json!([to("01000000001")])).await.is_none());
    assert_eq!(code(&send(&world, "k1", "ORDER_COOKING", json!([to("01000000001")])).await), -1005);
    assert_eq!(world.get("/control/messages").await["messages"].as_array().unwrap().len(), 1);
    world.advance(601).await;
    assert_eq!(code(&send(&world, "k1", "ORDER_COOKING", json!([to("01000000001")])).await), 0);
}

#[tokio::test]
async fn words_must_match_the_template() {
    let world = world().await;
    assert_eq!(code(&send(&world, "a", "NOBODY_KNOWS", json!([to("01000000001")])).await), -3003);
    let mut missing = to("01000000001");
    missing["templateParameter"].as_object_mut().unwrap().remove("토큰");
    let mut unknown = to("01000000001");
    unknown["templateParameter"]["쿠폰"] = json!("x");
    let answer =
        send(&world, "b", "ORDER_COOKING", json!([missing, unknown, to("123"), to("01000000001")])).await;
    let results = answer.as_ref().unwrap()["message"]["sendResults"].as_array().unwrap().clone();
    let codes: Vec<i64> = results.iter().map(|result| result["resultCode"].as_i64().unwrap()).collect();
    assert_eq!(codes, [-3004, -3049, -5000, 0]);
    assert_eq!(code(&answer), 0, "one recipient is enough");
    assert_eq!(code(&send(&world, "c", "ORDER_COOKING", json!([to("123")])).await), -1031);
}

#[tokio::test]
async fn failures_on_demand() {
    let world = world().await;
    world.fault(json!({"target": "alimtalk", "kind": "error", "code": -1027})).await;
    assert_eq!(code(&send(&world, "a", "ORDER_COOKING", json!([to("01000000001")])).await), -1027);
    world.fault(json!({"target": "alimtalk", "kind": "decline", "code": 3020})).await;
    assert_eq!(code(&send(&world, "b", "ORDER_COOKING", json!([to("01000000001")])).await), 0);
    let log = world.get("/control/messages").await;
    assert_eq!((&log["messages"][0]["code"], &log["messages"][0]["customer"]), (&json!(3020), &Value::Null));
    assert_eq!(world.get("/control/chat/c1").await["messages"], json!([]));
}

/// With a short message for the case that Kakao fails.
fn with_sms(phone: &str, text: &str) -> Value {
    let mut recipient = to(phone);
    recipient["resendParameter"] =
        json!({"isResend": true, "resendType": "SMS", "resendContent": text, "resendSendNo": "0200000000"});
    recipient
}

async fn query(world: &World, answer: &Value) -> Value {
    let path = format!("{PATH}/{}/1", answer["message"]["requestId"].as_str().unwrap());
    let one = world.client.get(world.url(&path)).header("X-Secret-Key", "secret").send().await.unwrap();
    one.json::<Value>().await.unwrap()["message"].clone()
}

#[tokio::test]
async fn who_blocked_the_channel_gets_the_short_message() {
    let world = world().await;
    let text = "[역삼김밥] A-1 조리 시작";
    let shown = send(&world, "a", "ORDER_COOKING", json!([with_sms("01000000001", text)])).await.unwrap();
    assert_eq!(query(&world, &shown).await["resendStatus"], "RSC01");
    world.post("/control/chat/c1/block", &json!({"blocked": true})).await;
    let resent = send(&world, "b", "ORDER_COOKING", json!([with_sms("01000000001", text)])).await.unwrap();
    let line = query(&world, &resent).await;
    assert_eq!((&line["messageStatus"], &line["resultCode"]), (&json!("FAILED"), &json!("3020")));
    assert_eq!(line["resendStatus"], "RSC04");
    let chat = world.get("/control/chat/c1").await;
    let last = chat["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["role"], &last["content"]["text"]), (&json!("sms"), &json!(text)));
    let alone = send(&world, "c", "ORDER_COOKING", json!([to("01000000001")])).await.unwrap();
    assert_eq!(query(&world, &alone).await["resendStatus"], "RSC01");
    let odd =
        send(&world, "d", "ORDER_COOKING", json!([with_sms("01000000001", "왔어요 😀")])).await.unwrap();
    assert_eq!(query(&world, &odd).await["resendStatus"], "RSC05");
    assert_eq!(world.get("/control/chat/c1").await["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_short_message_needs_a_number_to_come_from() {
    let world = world().await;
    let mut recipient = with_sms("01000000001", "왔어요");
    recipient["resendParameter"]["resendSendNo"] = json!("");
    let answer = send(&world, "a", "ORDER_COOKING", json!([recipient])).await;
    assert_eq!(answer.unwrap()["message"]["sendResults"][0]["resultCode"], -1003);
}
