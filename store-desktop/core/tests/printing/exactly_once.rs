//! One key, one piece of paper: through repeated plans, restarts, crashes in the middle and old queues.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use shared::TimeMs;
use shared::id::OrderId;
use store_desktop_core::clock;
use store_desktop_core::journal::{JobState, Journal, NewPrint};
use store_desktop_core::print::{PrintCode, PrinterId, TicketKind};

use super::fake_printer::Mood;
use super::queue::Kitchen;

fn wanted(key: &str) -> NewPrint {
    NewPrint {
        key: key.to_owned(),
        printer: PrinterId("kitchen".to_owned()),
        kind: TicketKind::Kitchen,
        order_id: Some(OrderId::fresh()),
        revision: 1,
        copy: 1,
        copies: 1,
        reprint: 0,
        document: None,
        made_at: clock::now(),
        released: false,
        held: None,
    }
}

/// What may happen to one job, in any order, with the program ending anywhere.
#[derive(Debug, Clone, Copy)]
enum Step {
    Want,
    Start,
    Finish,
    Fail,
    Crash,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn bytes_leave_once_for_a_key_whatever_happens(steps in prop::collection::vec(
        prop::sample::select(vec![Step::Want, Step::Start, Step::Finish, Step::Fail, Step::Crash]), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let mut journal = Journal::open_here(folder.path()).unwrap();
            let mut left = 0;
            let mut running = None;
            for step in steps {
                let now = clock::now();
                match step {
                    Step::Want => drop(journal.add_prints(vec![wanted("one")], now).await.unwrap()),
                    Step::Start => {
                        let queued = journal.begin_or_read(&running).await;
                        for job in queued {
                            if let Some(started) = journal.start_print(job.id, now).await.unwrap() {
                                left += 1;
                                running = Some(started);
                            }
                        }
                    }
                    Step::Finish => if let Some(mut job) = running.take() {
                        job.state = JobState::Printed;
                        assert!(journal.note_print(job, JobState::Printing).await.unwrap().is_some());
                    },
                    Step::Fail => if let Some(mut job) = running.take() {
                        (job.state, job.code) = (JobState::Held, Some(PrintCode::MaybePrinted));
                        journal.note_print(job, JobState::Printing).await.unwrap();
                    },
                    Step::Crash => {
                        drop(journal);
                        running = None;
                        journal = Journal::open_here(folder.path()).unwrap();
                        let jobs = journal.begin_prints(now).await.unwrap();
                        assert!(jobs.iter().all(|job| job.state != JobState::Printing));
                    }
                }
            }
            assert!(left <= 1, "{left} times");
        });
    }
}

/// For the property: the jobs as a worker sees them.
trait Look {
    async fn begin_or_read(
        &self,
        running: &Option<store_desktop_core::journal::PrintJob>,
    ) -> Vec<store_desktop_core::journal::PrintJob>;
}

impl Look for Journal {
    async fn begin_or_read(
        &self,
        running: &Option<store_desktop_core::journal::PrintJob>,
    ) -> Vec<store_desktop_core::journal::PrintJob> {
        // `begin_prints` is for a start, when nothing is being printed.
        if running.is_some() {
            return Vec::new();
        }
        self.begin_prints(clock::now()).await.unwrap()
    }
}

#[tokio::test]
async fn damage_in_a_job_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    journal.add_prints(vec![wanted("one")], clock::now()).await.unwrap();
    drop(journal);
    let file = folder.path().join("journal.db");
    let mut opened = None;
    for _ in 0..100 {
        match rusqlite::Connection::open(&file) {
            Ok(connection) => {
                opened = Some(connection);
                break;
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    let connection = opened.unwrap();
    connection.execute_batch("DROP TRIGGER print_job_changed; UPDATE print_job SET reprint = 1;").unwrap();
    let sql = "CREATE TRIGGER print_job_changed AFTER UPDATE OF id ON print_job BEGIN SELECT 1; END;";
    connection.execute_batch(sql).unwrap();
    drop(connection);
    // Either the opening or the reading sets the file aside; nothing is printed from it.
    let journal = Journal::open(folder.path()).unwrap();
    let jobs = journal.begin_prints(clock::now()).await.unwrap_or_default();
    assert!(jobs.is_empty() && journal.set_aside().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_middle_of_a_ticket_is_never_repeated_silently() {
    let kitchen = Kitchen::open(Mood::StallsAfter(100)).await;
    let id = kitchen.accepted().await;
    kitchen
        .until("the first bytes", |kitchen| {
            kitchen.printer.tickets().iter().any(|ticket| ticket.len() >= 100)
        })
        .await;
    assert_eq!(kitchen.states(), [JobState::Printing]);
    let kitchen = kitchen.restart().await;
    kitchen.printer.feels(Mood::Well);
    kitchen.until("the doubt", |kitchen| kitchen.codes() == [PrintCode::MaybePrinted]).await;
    assert_eq!(kitchen.states(), [JobState::Held]);
    // The worker has looked at its printer and at its jobs by then.
    let other = kitchen.accepted().await;
    kitchen.until("another order's ticket", |kitchen| kitchen.printer.whole() == 1).await;
    assert_eq!(kitchen.printer.tickets().len(), 2, "{id} was not printed again, {other} was");
    kitchen.call("discard_prints", json!({})).await;
    kitchen.until("rest", Kitchen::is_calm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_print_nothing_twice() {
    let mut kitchen = Kitchen::open(Mood::Well).await;
    for count in 1..=3 {
        kitchen.accepted().await;
        kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == count).await;
        kitchen.until("rest", Kitchen::is_calm).await;
        kitchen = kitchen.restart().await;
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(kitchen.printer.tickets().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_too_long_waits_for_a_person() {
    let kitchen = Kitchen::open(Mood::Well).await;
    kitchen.printer.stop().await;
    for _ in 0..7 {
        kitchen.accepted().await;
    }
    kitchen.until("seven jobs", |kitchen| kitchen.states().len() == 7).await;
    // Eleven minutes pass.
    for job in kitchen.host.counter().state().print.jobs.values_mut() {
        job.made_at = TimeMs(job.made_at.0 - 11 * 60_000);
    }
    kitchen.printer.start_again().await;
    kitchen.until("the question", |kitchen| kitchen.host.view().print.held == 7).await;
    assert!(kitchen.printer.tickets().is_empty(), "no flood");
    assert!(kitchen.codes().iter().all(|code| *code == PrintCode::Stale));
    let held = kitchen.call("held_prints", json!({})).await;
    kitchen.call("discard_prints", json!({ "ids": [held[0]["id"]] })).await;
    kitchen.call("print_held", json!({})).await;
    kitchen.until("six tickets", |kitchen| kitchen.printer.whole() == 6).await;
    assert_eq!(kitchen.printer.printed("재출력"), 0, "they were never printed");
    kitchen.until("rest", Kitchen::is_calm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_wait_when_the_journal_is_set_aside_are_printed_once() {
    let kitchen = Kitchen::open(Mood::Well).await;
    let printed = kitchen.accepted().await;
    kitchen.until("the first ticket", Kitchen::is_calm).await;
    kitchen.printer.stop().await;
    let waits = kitchen.accepted().await;
    kitchen
        .until("the second job", |kitchen| kitchen.states() == [JobState::Printed, JobState::Queued])
        .await;
    let counter = kitchen.host.counter();
    let boot = counter.boot().unwrap();
    let numbered = counter.journal().boots().await.unwrap().incarnation;

    let connection = rusqlite::Connection::open(kitchen.folder.path().join("journal.db")).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection
        .execute("UPDATE event SET hash = zeroblob(32) WHERE id = (SELECT min(id) FROM event)", [])
        .unwrap();
    drop(connection);
    counter.examine().await;
    assert!(counter.state().set_aside.is_some(), "the journal was set aside");
    let again = |view: &store_desktop_core::view::View| {
        view.journal.position.is_some() && view.lanes.cooking.len() == 2
    };
    super::world::until(&kitchen.host, "the new snapshot", again).await;

    // Whoever talks to the server goes on under one name; commands are numbered under another.
    assert_eq!(counter.boot(), Some(boot), "two names would be two computers to the server");
    assert_ne!(counter.journal().boots().await.unwrap().incarnation, numbered);
    kitchen.printer.start_again().await;
    kitchen.until("the ticket", |kitchen| kitchen.printer.whole() == 2).await;
    kitchen.until("rest", Kitchen::is_calm).await;
    let kitchen = kitchen.restart().await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(kitchen.printer.tickets().len(), 2, "{printed} and {waits}, each once");
    assert_eq!(kitchen.states(), [JobState::Printed, JobState::Printed]);
}
