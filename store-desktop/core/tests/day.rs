//! The store's day at the counter: with a line, without one, and when the program dies in the middle.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod world;

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use shared::Code;
use shared::availability::{Sellable, SoldOutUntil};
use shared::day::{BreakCause, DayPhase, DayState};
use shared::order::{Actor, CancelReason, Conflict, OrderCommand, PhaseName, RejectReason};
use shared::wire::CommandAction;
use store_desktop_core::CounterHost;
use store_desktop_core::alarm::AlarmSource;
use store_desktop_core::host::{ActForm, SignInForm};
use store_desktop_core::view::{CheckState, CheckWhat, DayAction, OrderCard, Suggestion, View};
use world::{FakeServer, sign_in, start, start_holding, until};

async fn begin(host: &Arc<CounterHost>, server: &FakeServer) {
    sign_in(host, &server.url).await.unwrap();
    until(host, "the first snapshot and the menu", |view| {
        view.journal.position.is_some() && view.menu_version.is_some()
    })
    .await;
}

async fn press(host: &CounterHost, name: &str, arguments: Value) {
    host.call(name, arguments).await.unwrap();
}

fn state(view: &View) -> Option<DayState> {
    view.day.as_ref().map(|day| day.state())
}

fn is_caught_up(server: &FakeServer, view: &View) -> bool {
    view.outbox.waiting == 0 && view.journal.position == Some(server.head().to_string())
}

fn eel() -> Sellable {
    Sellable::Item("eel".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_day_is_worked_without_a_line_and_comes_true() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    assert_eq!(
        host.view().day_view.actions,
        [DayAction::BreakStart, DayAction::Busy, DayAction::ClosingStart]
    );
    server.stop().await;

    press(&host, "day_busy", json!({ "extra_minutes": 10 })).await;
    press(&host, "sold_out", json!({ "what": { "item": "eel" }, "until": "end_of_day" })).await;
    press(&host, "stock_set", json!({ "item": "bibimbap", "pieces": 7 })).await;
    press(&host, "day_break_start", json!({ "cause": "ingredients" })).await;
    let view = host.view();
    assert_eq!(
        (state(&view), view.day_view.provisional, view.busy_minutes),
        (Some(DayState::OnBreak), true, 10)
    );
    assert!(view.availability.is_sold_out(&eel(), view.now));
    assert_eq!(view.store_waiting.len(), 4);
    assert_eq!(view.day_view.actions[0], DayAction::BreakEnd);
    let again = host.call("day_closing_resume", json!({})).await.unwrap_err();
    assert_eq!(again.code, "day_not_closing");
    let nothing =
        host.call("sold_out", json!({ "what": { "item": "fish" }, "until": "manual" })).await.unwrap_err();
    assert_eq!(nothing.code, "menu_entry_unknown");
    // The power goes.
    drop(host);

    let host = start(folder.path()).await;
    let view = host.view();
    assert_eq!((state(&view), view.day_view.provisional), (Some(DayState::OnBreak), true));
    assert_eq!((view.busy_minutes, view.availability.stock.get(&"bibimbap".into()).copied()), (10, Some(7)));
    let menu = host.call("menu", json!({})).await.unwrap();
    assert_eq!(menu["version"], 1, "the menu is here without a line");
    press(&host, "day_break_end", json!({})).await;
    press(&host, "day_closing_start", json!({})).await;
    assert_eq!(state(&host.view()), Some(DayState::Closing));

    server.start_again().await;
    let view = until(&host, "the server has heard", |view| is_caught_up(&server, view)).await;
    assert!(!view.day_view.provisional && view.store_waiting.is_empty() && view.refusals.is_empty());
    assert_eq!(view.day, Some(server.with(|inner| inner.day.clone())));
    assert_eq!(view.availability, server.with(|inner| inner.availability.clone()));
    let received: Vec<&str> =
        vec!["busy_set", "sold_out", "stock_set", "break_start", "break_end", "closing_start"];
    let kinds: Vec<String> = server.with(|inner| {
        let mut kinds: Vec<String> = inner.received.iter().map(|one| one.action.kind().to_owned()).collect();
        kinds.dedup();
        kinds
    });
    assert_eq!(kinds, received);
    assert_eq!(server.with(|inner| inner.log.len()), 6, "each had one effect");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_does_not_take_is_listed_in_words() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    server.stop().await;
    press(&host, "day_break_start", json!({ "cause": "rest" })).await;
    server.act_store(CommandAction::ClosingStart);
    server.start_again().await;
    let view = until(&host, "the refusal", |view| view.refusals.len() == 1).await;
    let refusal = &view.refusals[0];
    assert_eq!((refusal.code, refusal.order_id), (Code::DayIsClosing, None));
    assert_eq!(refusal.suggestion, Suggestion::LookAgain);
    assert!(refusal.korean.contains("영업 재개"));
    let view = until(&host, "the server's day", |view| is_caught_up(&server, view)).await;
    assert_eq!((state(&view), view.day_view.provisional), (Some(DayState::Closing), false));
    press(&host, "dismiss_refusal", json!({ "key": refusal.key })).await;
    assert!(host.view().refusals.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_day_begins_without_a_line_under_the_id_that_it_keeps() {
    let server = FakeServer::start().await;
    server.with(|inner| inner.day.phase = DayPhase::Closed { at: inner.day.prepared_at });
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    assert_eq!(host.view().day_view.actions, [DayAction::Prepare, DayAction::Open]);
    server.stop().await;
    press(&host, "day_prepare", json!({})).await;
    press(&host, "day_open", json!({})).await;
    let expected = host.view().day.unwrap();
    assert_eq!(expected.state(), DayState::Open);
    server.start_again().await;
    let view = until(&host, "the server's day", |view| is_caught_up(&server, view)).await;
    let day = view.day.unwrap();
    assert_eq!((day.id, day.state()), (expected.id, DayState::Open));
    assert_eq!(server.with(|inner| inner.day_id), expected.id);
}

/// Any sequence of presses without a line, with the program dying in the middle, comes to what the server makes of it.
#[tokio::test(flavor = "multi_thread")]
async fn any_sequence_of_presses_converges() {
    let seed: u64 =
        std::env::var("DAY_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random);
    println!("DAY_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut host = start(folder.path()).await;
    begin(&host, &server).await;
    for _ in 0..6 {
        server.stop().await;
        for _ in 0..dice.random_range(1..12) {
            let action = any_action(&mut dice);
            // Also what makes no sense: `counter send` and an older screen give it all the same.
            host.counter().give(None, None, action).await.unwrap();
            if dice.random_bool(0.2) {
                drop(host);
                host = start(folder.path()).await;
            }
            if dice.random_bool(0.15) {
                let other = any_action(&mut dice);
                server.with(|inner| drop(inner.execute(&command_of(other))));
            }
        }
        server.start_again().await;
        let view = until(&host, "convergence", |view| {
            is_caught_up(&server, view) && view.menu_version == Some(server.with(|inner| inner.menu_version))
        })
        .await;
        assert_eq!(view.day, Some(server.with(|inner| inner.day.clone())));
        assert_eq!(view.availability, server.with(|inner| inner.availability.clone()));
        assert!(view.store_waiting.is_empty() && !view.day_view.provisional);
        let refused =
            server.with(|inner| inner.answers.values().filter(|answer| answer.code.is_some()).count());
        assert_eq!(view.refusals.len(), refused, "each refusal is told, and nothing else");
    }
    let commands = server.with(|inner| inner.answers.len());
    assert_eq!(host.counter().journal().waiting().await.unwrap().len(), host.view().refusals.len());
    assert!(commands > 5);
}

fn command_of(action: CommandAction) -> shared::wire::Command {
    shared::wire::Command {
        key: shared::id::CommandKey::fresh(),
        device_seq: 0,
        incarnation: shared::wire::Incarnation::NONE,
        made_at: store_desktop_core::clock::now(),
        order_id: None,
        expected_version: None,
        action,
    }
}

fn any_action(dice: &mut StdRng) -> CommandAction {
    let what = if dice.random_bool(0.5) {
        eel()
    } else {
        Sellable::Option { group: "size".into(), option: "large".into() }
    };
    match dice.random_range(0..10) {
        0 => CommandAction::DayPrepare,
        1 => CommandAction::DayOpen,
        2 => CommandAction::BreakStart { until: None, cause: BreakCause::Rest },
        3 => CommandAction::BreakEnd,
        4 => CommandAction::BusySet { extra_minutes: dice.random_range(0..40), until: None },
        5 => CommandAction::ClosingStart,
        6 => CommandAction::ClosingResume,
        7 => CommandAction::SoldOut { what, until: SoldOutUntil::Manual },
        8 => CommandAction::BackOnSale { what },
        _ => CommandAction::StockSet { item: "eel".into(), pieces: Some(dice.random_range(0..9)) },
    }
}

async fn fresh(host: &Arc<CounterHost>) -> OrderCard {
    until(host, "the order", |view| view.lanes.fresh.len() == 1).await.lanes.fresh[0].clone()
}

async fn act(host: &CounterHost, card: &OrderCard, action: CommandAction) {
    host.act(ActForm { order_id: card.order.id, expected_version: Some(card.order.version), action })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_press_is_taken_back_before_anybody_hears_of_it() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start_holding(folder.path(), Duration::from_secs(60)).await;
    begin(&host, &server).await;
    server.place();
    let card = fresh(&host).await;
    act(&host, &card, CommandAction::Reject { reason: RejectReason::TooBusy }).await;
    let view = host.view();
    let undo = view.undo.clone().unwrap();
    assert_eq!(
        (undo.order_id, &undo.action),
        (Some(card.order.id), &CommandAction::Reject { reason: RejectReason::TooBusy })
    );
    assert_eq!(view.lanes.done[0].undo, Some(undo.clone()));
    assert_eq!(view.lanes.done[0].order.phase.name(), PhaseName::Rejected, "it is shown as done at once");
    press(&host, "undo", json!({ "key": undo.key })).await;
    let view = host.view();
    assert_eq!((view.lanes.fresh.len(), view.outbox.waiting, view.undo), (1, 0, None));
    let late = host.call("undo", json!({ "key": undo.key })).await.unwrap_err();
    assert_eq!(late.code, "too_late_to_undo");
    // The next press leaves although the first never did, and nothing of the first ever left.
    act(&host, &card, CommandAction::Accept { prep_minutes: 10 }).await;
    act(&host, &host.view().lanes.cooking[0].clone(), CommandAction::Cooking).await;
    until(&host, "the delivery", |view| view.outbox.waiting == 0).await;
    let kinds = server.with(|inner| inner.received.iter().map(|one| one.action.kind()).collect::<Vec<_>>());
    assert_eq!(kinds, ["accept", "cooking"], "the next step of an order says that the one before was meant");
    drop(host);
    let host = start(folder.path()).await;
    assert!(host.view().refusals.is_empty(), "what was taken back is no refusal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_was_not_taken_back_leaves_also_when_the_program_died() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start_holding(folder.path(), Duration::from_millis(150)).await;
    begin(&host, &server).await;
    server.place();
    let card = fresh(&host).await;
    act(&host, &card, CommandAction::Accept { prep_minutes: 10 }).await;
    assert_eq!(server.with(|inner| inner.received.len()), 0);
    until(&host, "the delivery", |view| {
        view.outbox.waiting == 0 && view.lanes.cooking.iter().any(|card| !card.provisional)
    })
    .await;
    drop(host);

    let host = start_holding(folder.path(), Duration::from_secs(600)).await;
    let card = until(&host, "the order", |view| view.lanes.cooking.len() == 1).await.lanes.cooking[0].clone();
    act(&host, &card, CommandAction::Ready).await;
    assert!(host.view().undo.is_some());
    drop(host);
    let host = start_holding(folder.path(), Duration::from_secs(600)).await;
    until(&host, "the delivery", |view| {
        view.outbox.waiting == 0 && view.lanes.ready.iter().any(|card| !card.provisional)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_about_the_store_is_taken_back_by_its_opposite() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    press(&host, "sold_out", json!({ "what": { "item": "eel" }, "until": "manual" })).await;
    let undo = host.view().day_view.undo.unwrap();
    assert_eq!(undo.order_id, None);
    press(&host, "undo", json!({ "key": undo.key })).await;
    let view = until(&host, "both", |view| is_caught_up(&server, view)).await;
    assert!(view.availability.sold_out.is_empty());
    press(&host, "day_closing_start", json!({})).await;
    let undo = host.view().undo.unwrap();
    press(&host, "undo", json!({ "key": undo.key })).await;
    let view =
        until(&host, "open again", |view| is_caught_up(&server, view) && state(view) == Some(DayState::Open))
            .await;
    assert!(view.refusals.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_is_edited_at_once_and_kept() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    let revision = host.view().menu_revision;
    server.stop().await;
    let edit = json!({ "change_category": { "key": "meals", "name": "밥", "disabled": false } });
    press(&host, "act_store", json!({ "action": { "kind": "menu_edit", "edit": edit } })).await;
    assert!(host.view().menu_revision > revision);
    let name = |menu: &Value| menu["menu"]["categories"][0]["name"].clone();
    assert_eq!(name(&host.call("menu", json!({})).await.unwrap()), "밥");
    let taken = json!({ "add_category": { "key": "meals", "name": "또" } });
    let refused = host.call("menu_edit", json!({ "edit": taken })).await.unwrap_err();
    assert_eq!(refused.code, "menu_key_taken");
    server.start_again().await;
    until(&host, "the new menu", |view| view.menu_version == Some(2) && view.outbox.waiting == 0).await;
    // Somebody edits it elsewhere.
    let other = serde_json::from_value(
        json!({ "change_category": { "key": "meals", "name": "한 그릇", "disabled": false } }),
    )
    .unwrap();
    server.act_store(CommandAction::MenuEdit { edit: other });
    until(&host, "the edit from elsewhere", |view| view.menu_version == Some(3)).await;
    server.stop().await;
    drop(host);
    let host = start(folder.path()).await;
    assert_eq!(
        name(&host.call("menu", json!({})).await.unwrap()),
        "한 그릇",
        "also after a restart without a line"
    );
    let hours = host.call("schedule", json!({})).await.unwrap();
    assert_eq!(hours["schedule"]["mon"]["open"], "00:00");
    let wrong = json!({ "schedule": hours["schedule"], "holidays": ["2027-02-30"] });
    assert_eq!(host.call("set_schedule", wrong).await.unwrap_err().code, "schedule_senseless");
    let none = json!({ "enabled": true, "slot_minutes": 10, "capacity": 0 });
    let wrong = json!({ "schedule": hours["schedule"], "holidays": [], "reservations": none });
    assert_eq!(host.call("set_schedule", wrong).await.unwrap_err().code, "schedule_senseless");
    let few = json!({ "enabled": true, "slot_minutes": 15, "capacity": 3 });
    let right = json!({ "schedule": hours["schedule"], "holidays": ["2027-02-07"], "reservations": few });
    press(&host, "set_schedule", right).await;
    let hours = host.call("schedule", json!({})).await.unwrap();
    assert_eq!((&hours["holidays"], &hours["reservations"]), (&json!(["2027-02-07"]), &few));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_names_one_thing_to_do_and_goes_when_it_is_done() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    let id = server.place();
    let card = fresh(&host).await;
    server.stop().await;
    act(&host, &card, CommandAction::Cooking).await;
    server.act(id, &OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind }, Actor::Customer);
    server.start_again().await;
    let view = until(&host, "the conflict", |view| view.conflicts.len() == 1).await;
    let conflict = view.conflicts[0].clone();
    assert_eq!(
        (conflict.conflict, conflict.suggestion),
        (Conflict::CookedAfterCancel, Suggestion::StopPreparing)
    );
    let settle = conflict.settle.unwrap();
    press(&host, "act", json!({ "order_id": id, "action": settle })).await;
    until(&host, "peace", |view| view.conflicts.is_empty() && view.outbox.waiting == 0).await;
    assert_eq!(server.with(|inner| inner.orders[&id].conflict), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn past_orders_and_sales_are_found_without_a_line() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    let ids: Vec<_> = (0..5).map(|_| server.place()).collect();
    let by =
        Actor::Counter { device_id: shared::id::DeviceId::fresh(), staff_id: shared::id::StaffId::fresh() };
    server.act(ids[0], &OrderCommand::HandOver, by);
    server.act(ids[1], &OrderCommand::Reject { reason: RejectReason::SoldOut }, by);
    server.act(ids[2], &OrderCommand::Accept { prep_minutes: 10 }, by);
    until(&host, "everything", |view| is_caught_up(&server, view)).await;
    server.stop().await;

    let found = |query: &str| json!({ "query": query, "limit": 50 });
    let numbers = |page: &Value| -> Vec<i64> {
        page["orders"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["card"]["order"]["ticket"]["number"].as_i64().unwrap())
            .collect()
    };
    let page = host.call("history", found("")).await.unwrap();
    assert_eq!(numbers(&page).len(), 5);
    assert_eq!(page["more"], false);
    assert_eq!(page["orders"][0]["card"]["private"]["request"], "맵지 않게");
    assert_eq!(numbers(&host.call("history", found("2번")).await.unwrap()), [2]);
    assert_eq!(numbers(&host.call("history", found("거절")).await.unwrap()), [2]);
    assert_eq!(numbers(&host.call("history", found("9,000원 완료")).await.unwrap()), [1]);
    let name = server.with(|inner| inner.orders[&ids[3]].ticket.clone().unwrap().call_name);
    assert_eq!(numbers(&host.call("history", found(&name)).await.unwrap()), [4]);
    let page = host.call("history", json!({ "query": "", "limit": 2 })).await.unwrap();
    assert_eq!((numbers(&page).len(), &page["more"]), (2, &json!(true)));

    let story = host.call("story", json!({ "order_id": ids[0] })).await.unwrap();
    let kinds: Vec<&str> =
        story["card"]["events"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["order_placed", "order_accepted", "cooking_started", "order_ready", "order_handed_over"]
    );

    let sales = host.sales(None).await.unwrap();
    assert_eq!((sales.orders, sales.completed, sales.rejected), (5, 1, 1));
    assert_eq!((sales.captured.get(), sales.refunded.get()), (45_000, 9_000));
    assert_eq!(sales.hours.iter().map(|hour| hour.orders).sum::<u32>(), 4);
    assert!(sales.accept.unwrap().slowest >= 0);
    assert_eq!((sales.ended_early[0].kind, sales.ended_early[0].reason.as_str()), ("reject", "sold_out"));
    let days = host.call("days", json!({ "limit": 10 })).await.unwrap();
    assert_eq!(
        (&days[0]["orders"], &days[0]["captured"], &days[0]["refunded"]),
        (&json!(5), &json!(45_000), &json!(9_000))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_opening_check_is_kept_and_stops_nothing() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    begin(&host, &server).await;
    server.with(|inner| inner.day.phase = DayPhase::Closed { at: inner.day.prepared_at });
    let check = |view: &View, what| view.opening.items.iter().find(|item| item.what == what).unwrap().state;
    let view =
        until(&host, "a proof of the link", |view| check(view, CheckWhat::Link) == CheckState::Good).await;
    assert_eq!(view.opening.items.len(), 7);
    assert!(view.opening.due && view.opening.last.is_none());
    assert_eq!(check(&view, CheckWhat::Sound), CheckState::Untried);
    press(&host, "play_sound", json!({ "sound": "cancelled" })).await;
    press(&host, "sound_heard", json!({ "heard": false })).await;
    assert_eq!(check(&host.view(), CheckWhat::Sound), CheckState::Look);
    press(&host, "sound_heard", json!({ "sound": "fresh", "heard": true })).await;
    assert_eq!(check(&host.view(), CheckWhat::Sound), CheckState::Good);
    press(&host, "opening_finish", json!({})).await;
    assert!(!host.view().opening.due);
    drop(host);
    let host = start(folder.path()).await;
    let view = host.view();
    assert!(!view.opening.due && view.opening.last.unwrap().items.len() == 7);
    assert_eq!(view.sounds.heard_at.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_everything_and_presses_nothing() {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    let form = SignInForm {
        server_url: server.url.clone(),
        login_id: "owner".to_owned(),
        password: "long enough".to_owned(),
        kind: shared::wire::SessionKind::Viewer,
        ..SignInForm::default()
    };
    host.sign_in(form).await.unwrap();
    let id = server.place();
    let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    assert!(view.read_only && view.day_view.actions.is_empty());
    let refused = host.call("day_open", json!({})).await.unwrap_err();
    assert_eq!(refused.code, "read_only_session");
    let accept = json!({ "order_id": id, "action": { "kind": "accept", "prep_minutes": 5 } });
    assert_eq!(host.call("act", accept).await.unwrap_err().code, "read_only_session");
    // What the loudspeaker asks, again and again: who calls?
    let callers = std::sync::Arc::downgrade(host.counter()).callers();
    assert!(callers.is_empty() && !host.view().alarm.sounding, "the counter rings, not whoever looks on");
}
