//! What a browser gets, without a browser.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{World, find, kakaopay_vectors};

const PATIENCE: Duration = Duration::from_secs(10);

/// Reads a stream of events until `wanted` appears.
async fn read_until(response: &mut reqwest::Response, wanted: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while !text.contains(wanted) {
            let chunk = response.chunk().await.unwrap().expect("the stream is open");
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("no {wanted} in the stream"));
    text
}

#[tokio::test]
async fn an_open_page_hears_what_happens_and_resumes_where_it_was() {
    let world = World::start().await;
    world.send("c1", "첫 번째").await;
    let mut stream = world.client.get(world.url("/chat/c1/events")).send().await.unwrap();
    let past = read_until(&mut stream, "event: rooms").await;
    assert!(past.contains("첫 번째") && past.contains("id: 2"));
    world.send("c1", "두 번째").await;
    let live = read_until(&mut stream, "id: 4").await;
    assert!(live.contains("두 번째") && live.contains(r#"{"on":true}"#), "{live}");
    let mut resumed =
        world.client.get(world.url("/chat/c1/events")).header("Last-Event-ID", "3").send().await.unwrap();
    let rest = read_until(&mut resumed, "event: rooms").await;
    assert!(rest.contains("id: 4") && !rest.contains("id: 3"), "{rest}");
}

#[tokio::test]
async fn open_streams_do_not_keep_a_sandbox_alive() {
    let world = World::start().await;
    let mut stream = world.client.get(world.url("/chat/c1/events")).send().await.unwrap();
    read_until(&mut stream, "event: rooms").await;
    tokio::time::timeout(PATIENCE, world.sandbox.shutdown()).await.expect("shutdown is bounded");
    let gone = async { while let Ok(Some(_)) = stream.chunk().await {} };
    tokio::time::timeout(PATIENCE, gone).await.expect("the stream ends");
}

#[tokio::test]
async fn pages_are_korean_and_need_nothing_from_elsewhere() {
    let world = World::start().await;
    for path in ["/", "/chat/c1", "/?customer=c2", "/assets/chat.js", "/assets/chat.css"] {
        let response = world.client.get(world.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let text = response.text().await.unwrap().replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("https://") && !text.contains("http://"), "{path} reaches out");
    }
}

#[tokio::test]
async fn the_payment_page_shows_the_order_and_escapes_it() {
    let world = World::start().await;
    let mut body = find(&kakaopay_vectors(), "vectors", "R01")["request"]["body"].clone();
    body["item_name"] = json!("<b>김치찌개</b> 외 1건");
    let ready =
        world.client.post(world.url("/online/v1/payment/ready")).header("Authorization", "SECRET_KEY k");
    let ready: Value = ready.json(&body).send().await.unwrap().json().await.unwrap();
    let page = world.client.get(ready["next_redirect_mobile_url"].as_str().unwrap()).send().await.unwrap();
    let html = page.text().await.unwrap();
    assert!(html.contains("&lt;b&gt;김치찌개&lt;/b&gt; 외 1건") && html.contains("15,000"));
    for id in ["pay-money", "pay-card", "pay-cancel", "pay-fail"] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    let ledger = world.get("/control/ledger").await;
    assert_eq!(ledger["payments"][0]["status"], "OPEN_PAYMENT");
}
