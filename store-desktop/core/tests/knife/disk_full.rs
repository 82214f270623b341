//! The disk is full: the reserve goes to the journal, and after that nothing is shown as done that only memory knows.

use std::time::Duration;

use disk_fault::Plan;
use shared::id::CommandKey;
use shared::wire::CommandAction;
use store_desktop_core::Counter;
use store_desktop_core::counter::Options;
use store_desktop_core::host::ActForm;
use store_desktop_core::journal::{Fate, Journal, JournalError, verify};
use store_desktop_core::print::PrinterId;
use store_desktop_core::view::JournalNote;

use super::fake_printer::{only, printer};
use super::store::{Log, action, cases, close, weather};
use super::world::{FakeServer, sign_in, start, until};

/// The disk is full after each of so many different amounts; `KNIFE` makes them more.
const OFFSETS: usize = 80;
/// Bytes of room over which they are spread.
const SPAN: u64 = 300_000;
const BALLAST: u64 = 64 * 1024;
/// More commits than any of the offsets has room for.
const COMMITS: usize = 400;
/// How many commits a counter makes on a disk that takes nothing.
const REFUSALS: usize = 2;

#[derive(Default)]
struct Told {
    events: usize,
    keys: Vec<CommandKey>,
    refused: usize,
}

#[tokio::test]
async fn a_disk_that_fills_up_anywhere_loses_nothing_and_nothing_is_pretended() {
    let _weather = weather().await;
    let scratch = super::store::scratch();
    let offsets = cases(OFFSETS);
    for offset in 0..offsets {
        let folder = scratch.path().join(format!("full{offset}"));
        let options = Options { ballast_bytes: BALLAST, ..Options::default() };
        let counter = Counter::open(&folder, options).await.unwrap();
        let mut log = Log::new(1);
        counter.start_over(log.snapshot(), "first").await.unwrap();
        counter.lay_ballast().await.unwrap();
        let path = format!("full{offset}/");
        disk_fault::set(Plan { path, room: Some(offset as u64 * SPAN / offsets as u64), ..Plan::default() });
        let told = fill(&counter, &mut log).await;
        assert!(told.refused > 0 && !folder.join("ballast").exists(), "offset {offset}: it was never full");
        compare(&counter, &told, &format!("offset {offset}")).await;
        disk_fault::clear();
        recover(&counter, &mut log, &told, &format!("offset {offset}, room again")).await;
        drop(counter);
        let journal = Journal::open(&folder).unwrap();
        assert_eq!(journal.set_aside(), None);
        assert!(log.begins_with(&journal.events(0, 10_000).await.unwrap()));
        assert!(verify(&folder).unwrap().is_ok());
        close(journal, &folder).await;
    }
}

async fn fill(counter: &Counter, log: &mut Log) -> Told {
    let mut told = Told::default();
    for number in 0..COMMITS {
        if number % 2 == 0 {
            if log.entries.len() == told.events {
                log.grow();
            }
            match counter.append(log.entries[told.events..].to_vec()).await {
                Ok(_) => told.events = log.entries.len(),
                Err(error) => refused(counter, &mut told, &error),
            }
        } else {
            let given = counter.give(log.orders[0], None, action(number));
            // Nobody answers here, and a person would wait longer.
            match tokio::time::timeout(Duration::from_millis(20), given).await {
                Ok(Ok(command)) => told.keys.push(command.key),
                Ok(Err(error)) => refused(counter, &mut told, &error),
                Err(_) => told.refused += 1,
            }
        }
        if told.refused >= REFUSALS {
            break;
        }
    }
    told
}

fn refused(counter: &Counter, told: &mut Told, error: &JournalError) {
    assert!(counter.state().writes_through(), "the counter knows that the disk takes nothing");
    assert!(matches!(error, JournalError::DiskFull | JournalError::Unkept), "{error}");
    told.refused += 1;
}

/// Memory shows what the disk has, and not more.
async fn compare(counter: &Counter, told: &Told, what: &str) {
    let on_disk = counter.journal().waiting().await.unwrap();
    let events = counter.journal().events(0, 10_000).await.unwrap().len();
    let state = counter.state();
    assert_eq!(events, told.events, "{what}: events");
    assert_eq!(state.head.as_ref().map(|head| head.seq), Some(events as i64), "{what}: the head");
    for key in &told.keys {
        assert!(on_disk.iter().any(|one| one.command.key == *key), "{what}: a command that was kept is gone");
    }
    for one in state.proven().iter() {
        let kept = on_disk.iter().any(|kept| kept.command.key == one.command.key);
        assert!(kept, "{what}: a command is shown as done that only memory knows");
    }
    assert!(!state.unkept.is_empty() || told.refused > 0, "{what}");
}

/// Room again: what was held in memory goes to the disk at the next write.
async fn recover(counter: &Counter, log: &mut Log, told: &Told, what: &str) {
    let held: Vec<CommandKey> = counter.state().unkept.iter().map(|command| command.key).collect();
    log.grow();
    let appended = counter.append(log.entries[told.events..].to_vec()).await.unwrap();
    assert_eq!(appended.stopped, None, "{what}");
    let on_disk = counter.journal().waiting().await.unwrap();
    for key in held.iter().chain(&told.keys) {
        assert!(on_disk.iter().any(|one| one.command.key == *key), "{what}: {key} is not on the disk");
    }
    let state = counter.state();
    assert!(state.unkept.is_empty() && !state.writes_through(), "{what}");
    assert!(state.waiting.iter().all(|one| one.fate == Fate::Unanswered), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_a_press_counts_when_the_server_says_so() {
    let _weather = weather().await;
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    sign_in(&host, &server.url).await.unwrap();
    until(&host, "the first snapshot", |view| view.journal.position.is_some()).await;
    let id = server.place();
    let view = until(&host, "the order", |view| view.lanes.fresh.len() == 1).await;
    let path = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    disk_fault::set(Plan { path, room: Some(0), ..Plan::default() });

    let press = |action| ActForm { order_id: id, expected_version: None, action };
    let card = &view.lanes.fresh[0];
    let accept = CommandAction::Accept { prep_minutes: 20 };
    host.act(ActForm { expected_version: Some(card.order.version), ..press(accept) }).await.unwrap();
    let view = host.view();
    assert!(view.journal.notes.contains(&JournalNote::DiskFull), "{:?}", view.journal.notes);
    assert_eq!(server.with(|inner| inner.received.len()), 1, "one command, sent once");
    assert_eq!(view.lanes.cooking.len(), 1, "the server has it, so it is shown");

    // Without the server it is neither here nor there, and the person is told.
    server.stop().await;
    let told = host.act(press(CommandAction::Cooking)).await.unwrap_err();
    assert_eq!(told.code, "not_kept");
    let card = &host.view().lanes.cooking[0];
    assert!(!card.events.iter().any(|event| event.kind == "cooking_started"), "it is not shown as done");
    assert_eq!(host.view().outbox.waiting, 1, "it is still being sent");

    // Room and server come back: everything ends on the disk and at the server, once.
    disk_fault::clear();
    server.start_again().await;
    until(&host, "the confirmation", |view| {
        view.outbox.waiting == 0
            && view.lanes.cooking.iter().any(|card| !card.provisional && card.pending.is_empty())
            && view.journal.healthy
    })
    .await;
    let log = server.with(|inner| inner.log.len());
    assert_eq!(log, 3, "placed, accepted, cooking: each once");
}

#[tokio::test]
async fn the_counter_starts_on_a_full_disk_with_the_room_of_its_reserve() {
    let _weather = weather().await;
    let scratch = super::store::scratch();
    let folder = scratch.path().join("starts");
    let options = || Options { ballast_bytes: 4 * BALLAST, ..Options::default() };
    let counter = Counter::open(&folder, options()).await.unwrap();
    let log = Log::new(3);
    counter.start_over(log.snapshot(), "first").await.unwrap();
    counter.append(log.entries.clone()).await.unwrap();
    let given = counter.give(log.orders[0], None, action(0)).await.unwrap();
    counter.lay_ballast().await.unwrap();
    drop(counter);
    close(Journal::open(&folder).unwrap(), &folder).await;

    // So little that the write-ahead log's index cannot grow.
    disk_fault::set(Plan { path: "starts/".to_owned(), room: Some(5), ..Plan::default() });
    let opened = Counter::open(&folder, options()).await;
    disk_fault::clear();
    let counter = opened.unwrap_or_else(|error| panic!("{error}"));
    assert!(!folder.join("ballast").exists(), "the reserve was given");
    assert_eq!(counter.head(), log.entries.last().map(|entry| entry.position.clone()));
    assert_eq!(counter.state().waiting.iter().map(|one| one.command.key).collect::<Vec<_>>(), [given.key]);
}

#[tokio::test]
async fn what_was_kept_although_nobody_heard_of_it_is_kept_once() {
    let _weather = weather().await;
    let scratch = super::store::scratch();
    let folder = scratch.path().join("unheard");
    let counter = Counter::open(&folder, Options { ballast_bytes: 0, ..Options::default() }).await.unwrap();
    let mut log = Log::new(1);
    counter.start_over(log.snapshot(), "first").await.unwrap();
    counter.append(log.entries.clone()).await.unwrap();
    disk_fault::set(Plan { path: "unheard/".to_owned(), room: Some(0), ..Plan::default() });
    // Until nothing more fits, so that one of them is in memory only.
    for number in 0..COMMITS {
        let given = counter.give(log.orders[0], None, action(number));
        let _ = tokio::time::timeout(Duration::from_millis(20), given).await;
        if !counter.state().unkept.is_empty() {
            break;
        }
    }
    disk_fault::clear();
    let unkept = counter.state().unkept.clone();
    assert!(!unkept.is_empty());
    // It was written, and whoever wrote it was gone before hearing of it.
    counter.journal().keep(unkept.clone()).await.unwrap();
    for _ in 0..2 {
        let entry = log.grow();
        assert_eq!(counter.append(vec![entry.clone()]).await.unwrap().head, entry.position);
        let state = counter.state();
        assert!(state.unkept.is_empty() && !state.writes_through() && state.journal_problem.is_none());
    }
    assert_eq!(counter.journal().set_aside(), None);
    let key = unkept[0].key;
    let times = |waiting: &[store_desktop_core::journal::Waiting]| {
        waiting.iter().filter(|one| one.command.key == key).count()
    };
    assert_eq!(times(&counter.journal().waiting().await.unwrap()), 1);
    assert_eq!(times(&counter.state().waiting), 1);
    // Another command under its key is no repetition.
    let other = shared::wire::Command { action: CommandAction::Ready, ..unkept[0].clone() };
    let other = shared::wire::Command { order_id: Some(shared::id::OrderId::fresh()), ..other };
    assert!(matches!(counter.journal().keep(vec![other]).await, Err(JournalError::Damaged(_))));
}

#[tokio::test]
async fn tickets_get_the_room_of_the_reserve_too() {
    let _weather = weather().await;
    let scratch = super::store::scratch();
    let folder = scratch.path().join("tickets");
    let options = Options { ballast_bytes: 16 * BALLAST, ..Options::default() };
    let counter = Counter::open(&folder, options).await.unwrap();
    counter.set_printers(only(printer("kitchen", "127.0.0.1:9"))).await.unwrap();
    counter.lay_ballast().await.unwrap();
    disk_fault::set(Plan { path: "tickets/".to_owned(), room: Some(0), ..Plan::default() });
    let mut wanted = 0;
    while folder.join("ballast").exists() {
        wanted += 1;
        assert!(wanted < COMMITS, "the disk was never full");
        let job = counter.test_print(PrinterId("kitchen".to_owned())).await;
        assert!(job.unwrap_or_else(|error| panic!("ticket {wanted}: {error}")).is_some());
    }
    disk_fault::clear();
    assert_eq!(counter.state().print.jobs.len(), wanted, "each is written down");
}
