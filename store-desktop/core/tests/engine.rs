//! The whole counter against a fake server: what arrives, what is sent, what survives.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod world;

use shared::Code;
use shared::id::CommandKey;
use shared::order::{Actor, CancelReason, OrderCommand, Phase, PhaseName};
use shared::wire::{CommandAction, Outcome};
use store_desktop_core::CounterHost;
use store_desktop_core::alarm::Sound;
use store_desktop_core::host::ActForm;
use store_desktop_core::sync::link::{Light, LinkCause};
use store_desktop_core::view::{Screen, View};
use world::{FakeServer, Faults, Recorder, sign_in, start, start_with, until};

/// Signs in and waits until the journal has its first snapshot, so that what comes next comes as events.
async fn begin(host: &std::sync::Arc<CounterHost>, server: &FakeServer) {
    sign_in(host, &server.url).await.unwrap();
    until(host, "the first snapshot", |view| view.journal.position.is_some()).await;
}

async fn act(host: &CounterHost, card: &shared::order::Order, action: CommandAction) {
    host.act(ActForm { order_id: card.id, expected_version: Some(card.version), action }).await.unwrap();
}

fn is_caught_up(server: &FakeServer, view: &View) -> bool {
    view.journal.position == Some(server.head().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_shown_worked_and_confirmed() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    assert_eq!(host.view().screen, Screen::SignIn);
    begin(&host, &server).await;
    let id = server.place();
    let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    let card = &view.lanes.fresh[0];
    assert_eq!(card.order.id, id);
    assert_eq!(card.private.as_ref().unwrap().phone_last4.as_deref(), Some("0000"));
    assert_eq!(card.events[0].kind, "order_placed");

    act(&host, &card.order, CommandAction::Accept { prep_minutes: 20 }).await;
    let view = until(&host, "the confirmation", |view| {
        view.outbox.waiting == 0 && view.lanes.cooking.iter().any(|card| !card.provisional)
    })
    .await;
    assert!(matches!(view.lanes.cooking[0].order.phase, Phase::Accepted { prep_minutes: 20, .. }));
    for action in [CommandAction::Cooking, CommandAction::Ready, CommandAction::HandedOver] {
        let order = server.with(|inner| inner.orders[&id].clone());
        act(&host, &order, action).await;
    }
    until(&host, "the end", |view| {
        view.lanes.done.iter().any(|card| !card.provisional && card.pending.is_empty())
    })
    .await;
    let kinds: Vec<String> =
        host.view().lanes.done[0].events.iter().map(|event| event.kind.clone()).collect();
    assert_eq!(
        kinds,
        ["order_placed", "order_accepted", "cooking_started", "order_ready", "order_handed_over"]
    );
    until(&host, "a green light", |view| view.link.light == Light::Green).await;
    let head = server.head();
    world_until(|| server.with(|inner| inner.acks.last() == Some(&head)), "the acknowledgement").await;
}

async fn world_until(wanted: impl Fn() -> bool, what: &str) {
    let began = std::time::Instant::now();
    while !wanted() {
        assert!(began.elapsed() < world::BOUND, "{what} did not happen");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn works_without_the_server_from_the_start() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    let id = server.place();
    until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    server.stop().await;
    drop(host);

    let host = start(folder.path()).await;
    let view = host.view();
    assert_eq!((view.screen, view.lanes.fresh.len()), (Screen::Counter, 1));
    assert_eq!(view.lanes.fresh[0].private.as_ref().unwrap().request.as_deref(), Some("맵지 않게"));
    act(&host, &view.lanes.fresh[0].order, CommandAction::Accept { prep_minutes: 5 }).await;
    let view = host.view();
    let card = &view.lanes.cooking[0];
    assert!(card.provisional && card.events.last().unwrap().provisional);
    assert_eq!(card.pending, [CommandAction::Accept { prep_minutes: 5 }]);
    act(&host, &card.order, CommandAction::Cooking).await;
    assert_eq!(host.view().outbox.waiting, 2);
    let refused = host.sign_out().await.unwrap_err();
    assert_eq!(refused.code, "outbox_not_empty");
    until(&host, "the cause", |view| view.link.cause == LinkCause::ServerUnreachable).await;
    drop(host);

    server.start_again().await;
    let host = start(folder.path()).await;
    until(&host, "the delivery", |view| {
        view.outbox.waiting == 0 && view.lanes.cooking.iter().any(|card| !card.provisional)
    })
    .await;
    let received = server.with(|inner| inner.received.clone());
    assert_eq!(received.iter().map(|command| command.device_seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(server.with(|inner| inner.orders[&id].phase.name()), PhaseName::Cooking);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    server.place();
    let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    server.with(|inner| inner.faults.drop_answers = 3);
    let mut occurrences = host.counter().occurrences();
    act(&host, &view.lanes.fresh[0].order, CommandAction::Accept { prep_minutes: 5 }).await;
    until(&host, "the answer", |view| view.outbox.waiting == 0).await;
    let keys: Vec<CommandKey> =
        server.with(|inner| inner.received.iter().map(|command| command.key).collect());
    assert_eq!(keys.len(), 4);
    assert!(keys.iter().all(|key| *key == keys[0]));
    let mut outcomes = Vec::new();
    while let Ok(one) = occurrences.try_recv() {
        if let store_desktop_core::counter::Occurrence::Answer { outcome, .. } = one {
            outcomes.push(outcome);
        }
    }
    assert_eq!(outcomes, [Outcome::AlreadyApplied]);
    until(&host, "the event", |view| is_caught_up(&server, view)).await;
    assert_eq!(server.with(|inner| inner.log.len()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_stays_until_dismissed_also_over_a_restart() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    let id = server.place();
    let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    server.stop().await;
    server.act(id, &OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind }, Actor::Customer);
    act(&host, &view.lanes.fresh[0].order, CommandAction::Accept { prep_minutes: 5 }).await;
    server.start_again().await;
    let view = until(&host, "the refusal", |view| view.refusals.len() == 1).await;
    let refusal = &view.refusals[0];
    assert_eq!((refusal.code, refusal.number), (Code::OrderAlreadyCancelled, Some(1)));
    until(&host, "the truth", |view| view.lanes.done.len() == 1 && view.lanes.cooking.is_empty()).await;
    let key = refusal.key;
    drop(host);
    let host = start(folder.path()).await;
    assert_eq!(host.view().refusals.len(), 1);
    host.dismiss_refusal(key).await.unwrap();
    assert!(host.view().refusals.is_empty());
    drop(host);
    assert!(start(folder.path()).await.view().refusals.is_empty());
}

/// Whatever the stream does, the journal ends where the server's log ends, with the same hash.
#[tokio::test(flavor = "multi_thread")]
async fn the_journal_converges_under_every_fault_of_the_stream() {
    let faults = [
        ("cut", Faults { cut_after: Some(3), ..Faults::default() }),
        ("skip", Faults { skip: Some(5), ..Faults::default() }),
        ("duplicate", Faults { duplicate: true, ..Faults::default() }),
        ("mute", Faults { mute: true, ..Faults::default() }),
    ];
    for (name, faults) in faults {
        let server = FakeServer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let host = start(folder.path()).await;
        begin(&host, &server).await;
        until(&host, "the connection", |view| view.link.light == Light::Green).await;
        server.with(|inner| inner.faults = faults.clone());
        for _ in 0..12 {
            server.place();
        }
        let view = until(&host, name, |view| is_caught_up(&server, view)).await;
        assert_eq!(view.lanes.fresh.len(), 12, "{name}");
        assert!(view.journal.healthy, "{name}");
        let folded: Vec<_> =
            host.counter().state().ledger.orders.values().map(|entry| entry.order.clone()).collect();
        assert_eq!(folded, server.with(|inner| inner.orders.values().cloned().collect::<Vec<_>>()), "{name}");
        assert_eq!(store_desktop_core::journal::verify(folder.path()).unwrap().unwrap().events, 12, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_connection_is_noticed_by_its_silence() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    server.with(|inner| inner.faults.silent = true);
    sign_in(&host, &server.url).await.unwrap();
    world_until(|| server.with(|inner| inner.resumed_from.len() >= 2), "the second connection").await;
    server.with(|inner| inner.faults.silent = false);
    server.place();
    until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoiled_event_is_never_taken_and_is_said_aloud() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    until(&host, "the connection", |view| view.link.light == Light::Green).await;
    server.with(|inner| inner.faults.spoil = Some(2));
    server.place();
    server.place();
    let view = until(&host, "the alarm", |view| !view.journal.healthy).await;
    assert!(view.journal.problem.unwrap().contains("chain breaks at event 2"));
    assert_eq!(host.view().lanes.fresh.len(), 1);
    server.with(|inner| inner.faults.spoil = None);
    let view = until(&host, "the cure", |view| is_caught_up(&server, view)).await;
    assert!(view.journal.healthy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_starts_a_new_branch_and_keeps_the_old_one() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    for _ in 0..5 {
        server.place();
    }
    until(&host, "the orders", |view| view.lanes.fresh.len() == 5).await;
    server.stop().await;
    server.with(|inner| inner.restore_to(2, 2));
    server.start_again().await;
    until(&host, "the new branch", |view| is_caught_up(&server, view) && view.lanes.fresh.len() == 2).await;
    server.place();
    until(&host, "the next order", |view| view.lanes.fresh.len() == 3 && is_caught_up(&server, view)).await;
    let verified = store_desktop_core::journal::verify(folder.path()).unwrap().unwrap();
    assert_eq!((verified.branches, verified.events), (2, 6));
    let mut exported = Vec::new();
    store_desktop_core::journal::export(folder.path(), &mut exported).unwrap();
    let exported = String::from_utf8(exported).unwrap();
    assert_eq!(exported.matches("\"orphaned\":true").count(), 5);
    assert!(!exported.contains("맵지"), "personal data must not leave with the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_same_epoch_fork_is_noticed_by_its_hash() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    for _ in 0..3 {
        server.place();
    }
    until(&host, "the orders", |view| view.lanes.fresh.len() == 3).await;
    server.with(|inner| inner.restore_to(1, 1));
    let ids: Vec<_> = (0..4).map(|_| server.place()).collect();
    let view = until(&host, "the other branch", |view| is_caught_up(&server, view)).await;
    assert_eq!(view.lanes.fresh.len(), 5);
    assert!(ids.iter().all(|id| view.lanes.fresh.iter().any(|card| card.order.id == *id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_later_server_are_kept_and_do_not_stop_the_others() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    let id = server.place();
    server.append_raw(
        "{\"kind\":\"drone_sent\",\"order_id\":\"ORDER\"}".replace("ORDER", &id.to_string()).as_str(),
    );
    server.append_raw("not even JSON");
    server.place();
    let view = until(&host, "both orders", |view| view.lanes.fresh.len() == 2).await;
    assert!(view.lanes.fresh[0].provisional, "what is shown of it may be old");
    assert!(is_caught_up(&server, &view) && view.journal.healthy);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_device_takes_over_and_nothing_is_lost() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    server.place();
    let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    server.stop().await;
    act(&host, &view.lanes.fresh[0].order, CommandAction::Accept { prep_minutes: 5 }).await;
    server.with(|inner| inner.faults.unauthorized = Some(Code::SessionTakenOver));
    server.start_again().await;
    let view = until(&host, "the sign-in screen", |view| view.screen == Screen::SignIn).await;
    assert_eq!(view.sign_in_problem.unwrap().code, Code::SessionTakenOver);
    assert_eq!((view.link.light, view.link.cause), (Light::Red, LinkCause::TakenOver));
    assert!(view.lanes.fresh.is_empty() && view.lanes.cooking.is_empty());
    assert_eq!(view.outbox.waiting, 1);
    server.with(|inner| inner.faults.unauthorized = None);
    begin(&host, &server).await;
    until(&host, "the delivery", |view| view.outbox.waiting == 0 && view.lanes.cooking.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_says_who_holds_the_counter_and_signs_out() {
    let server = FakeServer::start().await;
    server.with(|inner| inner.signed_in = 1);
    let folder = tempfile::tempdir().unwrap();
    let options = world::quick();
    let host =
        CounterHost::start(folder.path(), options, Some("other".to_owned()), Box::new(Recorder::default()))
            .await
            .unwrap();
    let held = sign_in(&host, &server.url).await.unwrap_err();
    assert_eq!(
        (held.code.as_str(), held.holder.unwrap().device_name.as_str()),
        ("counter_session_held", "다른 기기")
    );
    let form = serde_json::json!({
        "server_url": server.url, "login_id": "owner", "password": "long enough", "take_over": true,
    });
    host.call("sign_in", form).await.unwrap();
    host.call("sign_out", serde_json::json!({})).await.unwrap();
    assert_eq!(server.with(|inner| inner.signed_out), 1);
    assert_eq!(host.view().screen, Screen::SignIn);
    assert_eq!(host.call("fly", serde_json::json!({})).await.unwrap_err().code, "bad_call");
    let nowhere = serde_json::json!({ "server_url": "http://127.0.0.1:9", "login_id": "a", "password": "b" });
    assert_eq!(host.call("sign_in", nowhere).await.unwrap_err().code, "server_unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn sounds_until_that_order_is_looked_at() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::default();
    let host = start_with(folder.path(), recorder.clone()).await;
    begin(&host, &server).await;
    let first = server.place();
    let second = server.place();
    until(&host, "the sound", |view| view.alarm.order_ids.len() == 2).await;
    world_until(|| recorder.0.lock().unwrap().contains(&Sound::Fresh), "the sound").await;
    host.acknowledge(first).await.unwrap();
    until(&host, "one caller", |view| view.alarm.order_ids == [second] && view.alarm.sounding).await;
    let card = host.view().lanes.fresh.into_iter().find(|card| card.order.id == second).unwrap();
    assert!(!card.acknowledged);
    act(&host, &card.order, CommandAction::Accept { prep_minutes: 5 }).await;
    until(&host, "silence", |view| !view.alarm.sounding).await;
    until(&host, "the confirmation", |view| view.lanes.cooking.iter().any(|card| !card.provisional)).await;
    server.act(second, &OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind }, Actor::Customer);
    until(&host, "the cancellation", |view| view.alarm.order_ids == [second]).await;
    world_until(|| recorder.0.lock().unwrap().contains(&Sound::Cancelled), "the other sound").await;
    host.acknowledge(second).await.unwrap();
    until(&host, "silence again", |view| !view.alarm.sounding).await;
}
