//! Tickets of a running counter: printed once, by itself, and never in the way of an order.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::id::OrderId;
use shared::order::{Actor, CancelReason, OrderCommand};
use shared::wire::CommandAction;
use store_desktop_core::CounterHost;
use store_desktop_core::host::ActForm;
use store_desktop_core::journal::JobState;
use store_desktop_core::print::{PrintCode, Settings};
use store_desktop_core::view::View;

use super::fake_printer::{FakePrinter, Mood, only, printer};
use super::world::{FakeServer, sign_in, start, until};

/// A counter that is signed in and has one printer.
pub struct Kitchen {
    pub server: FakeServer,
    pub printer: FakePrinter,
    pub folder: tempfile::TempDir,
    pub host: Arc<CounterHost>,
}

impl Kitchen {
    pub async fn open(mood: Mood) -> Self {
        let (server, printer) = (FakeServer::start().await, FakePrinter::start(mood).await);
        let folder = tempfile::tempdir().unwrap();
        let host = start(folder.path()).await;
        sign_in(&host, &server.url).await.unwrap();
        let kitchen = Self { server, printer, folder, host };
        kitchen.use_printers(only(super::fake_printer::printer("kitchen", &kitchen.printer.address))).await;
        kitchen
    }

    pub async fn use_printers(&self, settings: Settings) {
        self.host.counter().set_printers(settings).await.unwrap();
    }

    /// An order that is here.
    pub async fn order(&self) -> OrderId {
        let id = self.server.place();
        until(&self.host, "the order", |view| view.lanes.fresh.iter().any(|card| card.order.id == id)).await;
        id
    }

    pub async fn accept(&self, id: OrderId) {
        self.act(id, CommandAction::Accept { prep_minutes: 15 }).await;
    }

    pub async fn act(&self, id: OrderId, action: CommandAction) {
        self.host.act(ActForm { order_id: id, expected_version: None, action }).await.unwrap();
    }

    pub async fn accepted(&self) -> OrderId {
        let id = self.order().await;
        self.accept(id).await;
        id
    }

    pub async fn until(&self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let began = std::time::Instant::now();
        while !wanted(self) {
            assert!(
                began.elapsed() < Duration::from_secs(40),
                "{what} did not happen: {:#?}\n{} tickets",
                self.host.view().print,
                self.printer.tickets().len()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn states(&self) -> Vec<JobState> {
        self.host.counter().state().print.jobs.values().map(|job| job.state).collect()
    }

    pub fn is_calm(&self) -> bool {
        !self.states().is_empty()
            && self.states().iter().all(|state| matches!(state, JobState::Printed | JobState::Discarded))
    }

    pub async fn call(&self, name: &str, arguments: Value) -> Value {
        self.host.call(name, arguments).await.unwrap()
    }

    pub fn codes(&self) -> Vec<PrintCode> {
        self.host.view().print.jobs.iter().filter_map(|job| job.note.as_ref().map(|note| note.code)).collect()
    }

    /// The program ends, however it does, and is started again.
    pub async fn restart(self) -> Self {
        let Self { server, printer, folder, host } = self;
        drop(host);
        let host = start(folder.path()).await;
        Self { server, printer, folder, host }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_order_is_printed_once_and_a_cancelled_one_is_called_back() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let id = kitchen.accepted().await;
    kitchen.until("the kitchen ticket", |kitchen| kitchen.printer.whole() == 1).await;
    assert_eq!(kitchen.printer.printed("맵지 않게"), 1, "the request is on it");
    kitchen.act(id, CommandAction::Cooking).await;
    kitchen.server.act(id, &OrderCommand::Cancel { reason: CancelReason::Operator }, Actor::Operator);
    kitchen.until("the cancel ticket", |kitchen| kitchen.printer.whole() == 2).await;
    assert_eq!(kitchen.printer.printed("만들지 마세요"), 1);
    kitchen.until("rest", Kitchen::is_calm).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(kitchen.printer.tickets().len(), 2);
    let jobs = kitchen.call("order_prints", json!({ "order_id": id })).await;
    assert_eq!(jobs.as_array().unwrap().len(), 2);
    assert!(jobs[0]["state"] == "printed" && jobs[0]["sequence"] == 1 && jobs[1]["sequence"] == 2, "{jobs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_never_accepted_costs_no_paper() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let id = kitchen.order().await;
    kitchen.server.act(id, &OrderCommand::Cancel { reason: CancelReason::NotAccepted }, Actor::Timer);
    until(&kitchen.host, "the end", |view| view.lanes.fresh.is_empty()).await;
    let other = kitchen.accepted().await;
    kitchen.until("the other's ticket", |kitchen| kitchen.printer.whole() == 1).await;
    assert_eq!(
        kitchen.host.counter().state().print.jobs.values().filter_map(|job| job.order_id).collect::<Vec<_>>(),
        [other]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reprint_has_its_mark_and_each_has_another() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let id = kitchen.accepted().await;
    kitchen.until("the ticket", Kitchen::is_calm).await;
    assert_eq!(kitchen.printer.printed("재출력"), 0);
    for times in 1..=2 {
        kitchen.call("reprint", json!({ "order_id": id, "kind": "kitchen" })).await;
        kitchen.until("the reprint", |kitchen| kitchen.printer.whole() == 1 + times).await;
        assert_eq!(kitchen.printer.printed(&format!("재출력 {times}회")), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_line_the_ticket_is_printed_and_says_so() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let id = kitchen.order().await;
    kitchen.server.stop().await;
    until(&kitchen.host, "the light", |view| view.link.light != store_desktop_core::sync::link::Light::Green)
        .await;
    kitchen.accept(id).await;
    kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == 1).await;
    assert_eq!(kitchen.printer.printed("서버 확인 전"), 1);
    kitchen.server.start_again().await;
    until(&kitchen.host, "the server's word", |view| {
        view.outbox.waiting == 0 && view.lanes.cooking.len() == 1
    })
    .await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(kitchen.printer.tickets().len(), 1, "the confirmed order is the same ticket");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_acceptance_that_the_server_refuses_is_called_back() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let id = kitchen.order().await;
    kitchen.server.stop().await;
    until(&kitchen.host, "the light", |view| view.link.light != store_desktop_core::sync::link::Light::Green)
        .await;
    kitchen.accept(id).await;
    kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == 1).await;
    kitchen.server.act(id, &OrderCommand::Cancel { reason: CancelReason::NotAccepted }, Actor::Timer);
    kitchen.server.start_again().await;
    kitchen.until("the cancel ticket", |kitchen| kitchen.printer.printed("만들지 마세요") == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_paper_is_on_the_screen_and_holds_up_nothing() {
    let kitchen = Kitchen::open(Mood::NoPaper).await;
    let id = kitchen.accepted().await;
    kitchen
        .until("the word", |kitchen| {
            kitchen
                .host
                .view()
                .print
                .printers
                .iter()
                .any(|one| one.problem.as_ref().is_some_and(|note| note.code == PrintCode::PaperOut))
        })
        .await;
    kitchen.act(id, CommandAction::Cooking).await;
    kitchen.act(id, CommandAction::Ready).await;
    until(&kitchen.host, "the order goes on", |view| view.lanes.ready.len() == 1).await;
    assert!(kitchen.printer.tickets().is_empty());
    assert_eq!(kitchen.host.view().print.queued, 1);
    kitchen.printer.feels(Mood::Well);
    let status = kitchen.call("printer_status", json!({ "printer": "kitchen" })).await;
    assert_eq!(status["ready"], true, "{status}");
    kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == 1).await;
    kitchen.until("rest", Kitchen::is_calm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_dead_printer_does_not_hold_up_another() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let dead = FakePrinter::start(Mood::Well).await;
    dead.stop().await;
    let printers = vec![printer("dead", &dead.address), printer("kitchen", &kitchen.printer.address)];
    kitchen.use_printers(Settings { printers }).await;
    for count in 1..=3 {
        kitchen.accepted().await;
        kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == count).await;
    }
    assert_eq!(kitchen.host.view().print.queued, 3, "those of the dead one wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_stops_in_the_middle_is_asked_about_and_printed_again_with_a_mark() {
    for mood in [Mood::DiesAfter(200), Mood::EmptiesAfter(200)] {
        let kitchen = Kitchen::open(mood).await;
        kitchen.accepted().await;
        kitchen.until("the doubt", |kitchen| kitchen.codes().contains(&PrintCode::MaybePrinted)).await;
        kitchen.printer.feels(Mood::Well);
        tokio::time::sleep(Duration::from_millis(800)).await;
        assert_eq!(kitchen.printer.tickets().len(), 1, "nothing is repeated silently");
        let held = kitchen.call("held_prints", json!({})).await;
        assert_eq!(held.as_array().unwrap().len(), 1);
        kitchen.call("print_held", json!({ "ids": [held[0]["id"]] })).await;
        kitchen.until("the second one", |kitchen| kitchen.printer.tickets().len() == 2).await;
        assert_eq!(kitchen.printer.printed("재출력 1회"), 1, "{mood:?}");
        kitchen.until("rest", Kitchen::is_calm).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn test_print_and_preview_answer() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let id = kitchen.order().await;
    let printed = kitchen.call("test_print", json!({ "printer": "kitchen" })).await;
    assert_eq!(printed["state"], "printed", "{printed}");
    let preview =
        kitchen.call("print_preview", json!({ "kind": "kitchen", "order_id": id, "paper": "mm58" })).await;
    assert!(preview["png"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert!(preview["text"].as_str().unwrap().contains("맵지 않게"), "{preview}");
    let kept = kitchen.call("printers", json!({})).await;
    assert_eq!(kept["printers"][0]["id"], "kitchen");
    let wrong = kitchen.host.call(
        "set_printers",
        json!({ "printers": [{ "id": "", "name": "", "transport": { "via": "tcp", "address": "" } }] }),
    );
    assert_eq!(wrong.await.unwrap_err().code, "printer_settings_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_is_added_prints_from_then_on() {
    let kitchen = Kitchen::open(Mood::Well).await;
    kitchen.use_printers(Settings::default()).await;
    let before = kitchen.accepted().await;
    let confirmed = |view: &View| view.lanes.cooking.iter().any(|card| !card.provisional);
    until(&kitchen.host, "the acceptance", confirmed).await;
    kitchen.use_printers(only(printer("new", &kitchen.printer.address))).await;
    let after = kitchen.accepted().await;
    kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == 1).await;
    kitchen.until("rest", Kitchen::is_calm).await;
    let printed: Vec<OrderId> =
        kitchen.host.counter().state().print.jobs.values().filter_map(|job| job.order_id).collect();
    assert_eq!(printed, [after], "and not {before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_is_taken_back_costs_no_paper_and_the_next_one_is_printed() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let Kitchen { server, printer, folder, host } = kitchen;
    drop(host);
    let host = super::world::start_holding(folder.path(), Duration::from_millis(1_500)).await;
    let kitchen = Kitchen { server, printer, folder, host };
    let id = kitchen.order().await;
    kitchen.accept(id).await;
    let view = until(&kitchen.host, "the undo", |view| view.undo.is_some()).await;
    kitchen.call("undo", json!({ "key": view.undo.unwrap().key })).await;
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    assert!(kitchen.printer.tickets().is_empty() && kitchen.states().is_empty());
    kitchen.accept(id).await;
    kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == 1).await;
    assert_eq!(kitchen.printer.printed("서버 확인 전"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_not_needed_is_printed_when_it_is() {
    let kitchen = Kitchen::open(Mood::Well).await;
    kitchen.printer.stop().await;
    let id = kitchen.order().await;
    kitchen.server.stop().await;
    kitchen.accept(id).await;
    kitchen.until("the job", |kitchen| kitchen.states() == [JobState::Queued]).await;
    let counter = kitchen.host.counter();
    // As after an acceptance that the server refused, before it was given again.
    let job = counter.state().print.jobs.values().next().cloned().unwrap();
    let mut unneeded = job.clone();
    (unneeded.state, unneeded.code) = (JobState::Discarded, Some(PrintCode::NotNeeded));
    let noted = counter.journal().note_print(unneeded, JobState::Queued).await.unwrap().unwrap();
    counter.state().print.note(noted);
    kitchen.printer.start_again().await;
    kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == 1).await;
    assert_eq!(kitchen.printer.printed("재출력"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sheets_come_out_where_tickets_do() {
    let kitchen = Kitchen::open(Mood::Well).await;
    kitchen.accepted().await;
    kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == 1).await;
    kitchen.call("sales_print", json!({})).await;
    kitchen.until("the sheet", |kitchen| kitchen.printer.whole() == 2).await;
    assert_eq!(kitchen.printer.printed("남은 매출"), 1);
}
