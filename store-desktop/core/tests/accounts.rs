//! Signing in as the counter does it: proving the device, waiting to be let in, renewing, going on under a lease, people and devices.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod world;

use std::sync::Arc;

use serde_json::json;
use shared::Code;
use shared::wire::{CommandAction, SessionKind};
use store_desktop_core::CounterHost;
use store_desktop_core::host::{ActForm, SignInForm};
use store_desktop_core::sync::link::{Light, LinkCause};
use store_desktop_core::view::{Screen, View};
use world::accounts::{confirmation, desk_of, device_request, terms};
use world::{BOUND, FakeServer, sign_in, start, until};

async fn begin(host: &Arc<CounterHost>, server: &FakeServer) {
    sign_in(host, &server.url).await.unwrap();
    until(host, "the first snapshot", |view| view.journal.position.is_some()).await;
}

async fn wait(wanted: impl Fn() -> bool, what: &str) {
    let began = std::time::Instant::now();
    while !wanted() {
        assert!(began.elapsed() < BOUND, "{what} did not happen");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_proves_the_device_and_the_key_stays() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    server.with(|inner| inner.accounts.demands_proof = true);
    begin(&host, &server).await;
    server.place();
    until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    let head = server.head();
    wait(|| server.with(|inner| inner.acks.last() == Some(&head)), "the acknowledgement").await;
    let (key, seen) = server.with(|inner| (inner.accounts.key, inner.accounts.seen.clone()));
    let with_token: Vec<_> = seen.iter().filter(|seen| seen.token.is_some()).collect();
    assert!(with_token.iter().all(|seen| seen.proved), "{with_token:?}");
    for path in ["snapshot", "events", "acks", "desk"] {
        let path = format!("/v1/store/{path}");
        assert!(with_token.iter().any(|seen| seen.path == path), "{path}");
    }
    drop(host);
    let host = start(folder.path()).await;
    server.place();
    until(&host, "the next order", |view| view.lanes.fresh.len() == 2).await;
    sign_in(&host, &server.url).await.unwrap();
    assert_eq!(server.with(|inner| inner.accounts.key), key, "one key for the life of the device");
    // Nobody finds it in what is exported.
    let seed = std::fs::read(folder.path().join("device_key")).unwrap();
    let journal = std::fs::read(folder.path().join("journal.db")).unwrap();
    assert!(!journal.windows(seed.len()).any(|part| part == seed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_happens_by_itself_and_the_stream_goes_on() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    server.with(|inner| inner.accounts.terms = Some(terms(-1, false)));
    begin(&host, &server).await;
    wait(|| server.with(|inner| inner.accounts.renewals == 1), "the renewal").await;
    let kept = || std::fs::read_to_string(folder.path().join("session.json")).unwrap();
    wait(|| kept().contains("renewed-1"), "the token on the disk").await;
    server.with(|inner| inner.accounts.refused.insert("token-1".to_owned()));
    let streams = server.with(|inner| inner.resumed_from.len());
    server.place();
    until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    let head = server.head();
    wait(|| server.with(|inner| inner.acks.last() == Some(&head)), "an acknowledgement with the new token")
        .await;
    assert_eq!(server.with(|inner| inner.resumed_from.len()), streams, "the stream was not opened anew");
    let account = host.view().account.unwrap();
    assert!(!account.leased && account.failed_renewals == 0 && account.expires_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_fails_stops_nothing() {
    for code in [Code::Internal, Code::SignInAgain] {
        let server = FakeServer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let host = start(folder.path()).await;
        server.with(|inner| {
            inner.accounts.terms = Some(terms(-1, false));
            inner.accounts.renewal_fails = Some(code);
        });
        begin(&host, &server).await;
        until(&host, "the failed renewal", |view| {
            view.account.as_ref().is_some_and(|account| account.failed_renewals > 0)
        })
        .await;
        server.place();
        let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
        let order = &view.lanes.fresh[0].order;
        let accept = CommandAction::Accept { prep_minutes: 5 };
        let form = ActForm { order_id: order.id, expected_version: Some(order.version), action: accept };
        host.act(form).await.unwrap();
        until(&host, "the confirmation", |view| view.outbox.waiting == 0 && !view.lanes.cooking.is_empty())
            .await;
        assert_eq!(host.view().screen, Screen::Counter);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_goes_on_under_its_lease_or_ends() {
    for refused in [None, Some(Code::SignedOut)] {
        let server = FakeServer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let host = start(folder.path()).await;
        server.with(|inner| {
            inner.accounts.terms = Some(terms(3_600_000, false));
            inner.accounts.lease_fails = refused;
        });
        begin(&host, &server).await;
        // The server forgets the token, and the connection breaks.
        server.stop().await;
        server.with(|inner| inner.accounts.refused.insert("token-1".to_owned()));
        server.start_again().await;
        if refused.is_some() {
            let view = until(&host, "the end", |view| view.screen == Screen::SignIn).await;
            assert_eq!(view.sign_in_problem.unwrap().code, Code::SignedOut);
        } else {
            server.place();
            let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
            assert!(view.account.unwrap().leased, "a person should sign in again");
            assert!(std::fs::read_to_string(folder.path().join("session.json")).unwrap().contains("leased"));
        }
        assert_eq!(server.with(|inner| inner.accounts.leases), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_waits_and_goes_on_by_itself() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    server.with(|inner| inner.accounts.confirmation = Some(confirmation("427")));
    let asked = sign_in(&host, &server.url).await.unwrap_err();
    assert_eq!(asked.code, "device_unconfirmed");
    let pending = host.view().pending_sign_in.expect("the window shows the number");
    assert_eq!((pending.number.as_str(), pending.by_counter, pending.by_second_factor), ("427", true, true));
    let wrong = host.call("confirm_sign_in", json!({"second_factor": "000000"})).await.unwrap_err();
    assert_eq!(wrong.code, "second_factor_wrong");
    assert!(host.view().pending_sign_in.is_some(), "there may be another try");
    // Somebody at the counter allows it.
    server.with(|inner| inner.accounts.decided = Some(Ok(())));
    let view = until(&host, "the session", |view| view.screen == Screen::Counter).await;
    assert!(view.pending_sign_in.is_none());
    host.sign_out().await.unwrap();

    // With a code there is nobody to wait for.
    server.with(|inner| inner.accounts.decided = None);
    sign_in(&host, &server.url).await.unwrap_err();
    host.call("confirm_sign_in", json!({"second_factor": "123456"})).await.unwrap();
    assert_eq!(host.view().screen, Screen::Counter);
    host.sign_out().await.unwrap();

    // Denied, it is told.
    server.with(|inner| inner.accounts.decided = Some(Err(Code::DeviceDenied)));
    sign_in(&host, &server.url).await.unwrap_err();
    let view = until(&host, "the end of the wait", |view| view.pending_sign_in.is_none()).await;
    assert_eq!(view.sign_in_problem.unwrap().code, Code::DeviceDenied);
    let late = host.call("confirm_sign_in", json!({"second_factor": "123456"})).await.unwrap_err();
    assert_eq!(late.code, "confirmation_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_requests_are_shown_when_the_beat_says_so() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    let staff_id = host.counter().state().session.as_ref().unwrap().signed_in.staff_id;
    let request = device_request("913", staff_id);
    server.with(|inner| {
        inner.accounts.desk = Some(desk_of("김사장", staff_id, vec![request.clone()]));
        inner.accounts.desk_number += 1;
    });
    let view = until(&host, "the request", |view| view.desk.is_some()).await;
    assert_eq!(view.desk.unwrap().requests[0].number, "913");
    assert_eq!(view.account.unwrap().name.as_deref(), Some("김사장"));
    let decision = json!({"confirmation_id": request.confirmation_id, "allow": true, "number": "913"});
    host.call("decide_device", decision).await.unwrap();
    let posts = server.with(|inner| inner.accounts.posts.clone());
    let path = format!("/v1/store/devices/requests/{}", request.confirmation_id);
    assert_eq!(posts, [(path, json!({"allow": true, "number": "913"}))]);
    server.with(|inner| {
        inner.accounts.desk = Some(desk_of("김사장", staff_id, Vec::new()));
        inner.accounts.desk_number += 1;
    });
    until(&host, "the request is gone", |view| {
        view.desk.as_ref().is_some_and(|desk| desk.requests.is_empty())
    })
    .await;
    // Names are there without the server.
    server.stop().await;
    drop(host);
    let host = start(folder.path()).await;
    assert_eq!(host.view().account.unwrap().name.as_deref(), Some("김사장"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_are_asked_of_the_server_and_only_there() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    assert_eq!(host.call("reviews", json!({})).await.unwrap_err().code, "not_signed_in");
    server.with(|inner| inner.accounts.demands_proof = true);
    begin(&host, &server).await;
    let page = host.call("reviews", json!({})).await.unwrap();
    let order = page["reviews"][0]["order_id"].clone();
    host.call("reviews", json!({"before": order})).await.unwrap();
    let reply = json!({"order_id": order, "text": "고맙습니다"});
    let changed = host.call("reply_to_review", reply).await.unwrap();
    assert_eq!((&changed["order_id"], &changed["reply"]), (&order, &json!("고맙습니다")));
    let hide = json!({"order_id": order, "reason": "other", "why": "다른 가게"});
    host.call("hide_review", hide).await.unwrap();
    host.call("hide_review", json!({"order_id": order, "reason": null})).await.unwrap();
    let asked = server.with(|inner| inner.accounts.posts.clone());
    let older = format!("/v1/store/reviews?before={}", order.as_str().unwrap());
    let expected = [
        ("/v1/store/reviews".to_owned(), json!(null)),
        (older, json!(null)),
        ("reply".to_owned(), json!({"text": "고맙습니다"})),
        ("hiding".to_owned(), json!({"reason": "other", "why": "다른 가게"})),
        ("hiding".to_owned(), json!({"reason": null})),
    ];
    assert_eq!(asked, expected);
    for (call, arguments) in [
        ("reply_to_review", json!({"order_id": order})),
        ("hide_review", json!({"order_id": order, "reason": "ugly"})),
    ] {
        assert_eq!(host.call(call, arguments).await.unwrap_err().code, "bad_call", "{call}");
    }
    server.stop().await;
    assert_eq!(host.call("reviews", json!({})).await.unwrap_err().code, "server_unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_goes_by_the_servers() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    server.with(|inner| {
        inner.accounts.demands_proof = true;
        inner.accounts.ahead_ms = 2 * 60 * 60 * 1000;
    });
    begin(&host, &server).await;
    server.place();
    until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_only_looks_on() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    let form = SignInForm {
        server_url: server.url.clone(),
        login_id: "owner".to_owned(),
        password: "long enough".to_owned(),
        kind: SessionKind::Viewer,
        ..SignInForm::default()
    };
    host.sign_in(form).await.unwrap();
    let id = server.place();
    let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    assert_eq!((view.account.unwrap().kind, view.alarm.sounding), (SessionKind::Viewer, false));
    let accept = CommandAction::Accept { prep_minutes: 5 };
    let refused =
        host.act(ActForm { order_id: id, expected_version: None, action: accept }).await.unwrap_err();
    assert_eq!(refused.code, "read_only_session");
    assert_eq!(host.view().outbox.waiting, 0);
    // What it prints, or has printed, is a change like any other.
    let id = id.to_string();
    for (name, arguments) in [
        ("set_printers", json!({ "printers": [] })),
        ("reprint", json!({ "order_id": id, "kind": "kitchen" })),
        ("test_print", json!({ "printer": "kitchen" })),
        ("printer_status", json!({ "printer": "kitchen" })),
        ("print_held", json!({})),
        ("discard_prints", json!({})),
        ("sales_print", json!({})),
        ("certificate_print", json!({ "day_id": id })),
    ] {
        assert_eq!(host.call(name, arguments).await.unwrap_err().code, "read_only_session", "{name}");
    }
    assert_eq!(host.call("printers", json!({})).await.unwrap(), json!({ "printers": [] }));
    assert_eq!(host.call("order_prints", json!({ "order_id": id })).await.unwrap(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_says_that_no_counter_is_connected_and_comes_back_with_one() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    let form = SignInForm {
        server_url: server.url.clone(),
        login_id: "owner".to_owned(),
        password: "long enough".to_owned(),
        kind: SessionKind::Viewer,
        ..SignInForm::default()
    };
    host.sign_in(form).await.unwrap();
    until(&host, "a green light", |view| view.link.light == Light::Green).await;
    server.with(|inner| inner.faults.unauthorized = Some(Code::CounterNotConnected));
    server.place();
    let gone = |view: &View| view.link.cause == LinkCause::CounterNotConnected;
    let view = until(&host, "the counter is gone", gone).await;
    assert!(view.sign_in_problem.is_none() && view.screen == Screen::Counter, "its session is not over");
    server.with(|inner| inner.faults.unauthorized = None);
    until(&host, "the order that came meanwhile", |view| {
        view.lanes.fresh.len() == 1 && view.link.light == Light::Green
    })
    .await;
    server.stop().await;
    until(&host, "no line", |view| view.link.cause == LinkCause::ServerUnreachable).await;
}
