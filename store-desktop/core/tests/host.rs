//! The doors of the counter: HTTP on this computer, and the socket in the data folder.

mod world;

use std::time::Duration;

use shared::wire::{CommandAction, Outcome};
use store_desktop_core::host::{GiveForm, door, http};
use tokio::net::TcpListener;
use world::{FakeServer, sign_in, start, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_on_this_computer_works_the_counter() {
    let dist = tempfile::tempdir().unwrap();
    std::fs::write(dist.path().join("index.html"), "<title>간편주문</title>").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let dist_path = dist.path().to_owned();
    let serving = tokio::spawn(async move { http::serve(host, listener, Some(&dist_path)).await });

    store_desktop_core::install_tls();
    let client = reqwest::Client::new();
    let view: serde_json::Value = client
        .post(format!("{url}/host/view"))
        .json(&serde_json::json!({}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(view["screen"], "sign_in");
    let wrong = client.post(format!("{url}/host/act")).json(&serde_json::json!({})).send().await.unwrap();
    assert_eq!(wrong.status(), 422);
    let wrong: serde_json::Value = wrong.json().await.unwrap();
    assert_eq!(wrong["code"], "bad_call");
    let language = serde_json::json!({ "language": "en" });
    client.post(format!("{url}/host/set_language")).json(&language).send().await.unwrap();
    let page = client.get(format!("{url}/any/address")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("간편주문"));
    let elsewhere = client.get(&url).header("Origin", "https://evil.example").send().await.unwrap();
    assert_eq!(elsewhere.status(), 403);

    let mut events = client.get(format!("{url}/host/events")).send().await.unwrap();
    let mut text = String::new();
    while !text.contains("\n\n") {
        let chunk =
            tokio::time::timeout(Duration::from_secs(5), events.chunk()).await.unwrap().unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(text.contains("event: view") && text.contains("\"language\":\"en\""));
    serving.abort();
}

#[tokio::test]
async fn other_computers_are_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = http::serve(host, listener, None).await.unwrap_err();
    assert!(refused.to_string().contains("bind 127.0.0.1"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn another_process_gives_commands_through_the_door() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    let id = server.place();
    let form = |action| GiveForm { order_id: Some(id), expected_version: None, action, wait_seconds: 10 };
    assert!(door::give(folder.path(), &form(CommandAction::Ready)).await.is_none(), "the door is closed");
    door::open(&host);
    let nobody = door::give(folder.path(), &form(CommandAction::Ready)).await.unwrap().unwrap_err();
    assert_eq!(nobody.code, "not_signed_in");
    sign_in(&host, &server.url).await.unwrap();
    until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    let accept = form(CommandAction::Accept { prep_minutes: 10 });
    let given = door::give(folder.path(), &accept).await.unwrap().unwrap();
    assert_eq!(given.answer.unwrap().outcome, Outcome::Applied);
    let again = door::give(folder.path(), &accept).await.unwrap().unwrap();
    assert_eq!(again.answer.unwrap().outcome, Outcome::Refused);
    server.stop().await;
    let kept = GiveForm { wait_seconds: 0, ..form(CommandAction::Cooking) };
    assert!(door::give(folder.path(), &kept).await.unwrap().unwrap().answer.is_none());
    assert_eq!(host.view().outbox.waiting, 1);
}
