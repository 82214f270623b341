//! A counter whose program dies, waits or fails at every failpoint: the real `counter` against the fake server. Afterwards every event
//! of the log is on the disk once, every command took effect once, and nothing was ever shown that the disk did not have.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod closing;
#[path = "../closing/server.rs"]
mod closing_server;
#[path = "../print/fake_printer.rs"]
mod fake_printer;
mod printing;
mod program;
#[path = "../../../../shared/tests/failpoints/source.rs"]
mod source;
#[path = "../closing/store.rs"]
mod store;
mod store_day;
#[path = "../world/mod.rs"]
mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use shared::id::{CommandKey, OrderId};
use shared::log::{LogBody, Position};
use shared::order::PhaseName;
use store_desktop_core::journal::{self, Journal};

use program::{Running, kept_commands, login, press};
use world::{BOUND, FakeServer};

const POLL: Duration = Duration::from_millis(10);
const EXIT: &str = "return(exit)";
/// What goes wrong, once.
const FAULTS: [&str; 3] = [EXIT, "1*sleep(300)", "1*return(error)"];

/// A test for each failpoint, and the list of them all.
macro_rules! walks {
    ($($step:ident),* $(,)?) => {
        mod pc {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $step() {
                super::walk(concat!("pc.", stringify!($step))).await;
            })*
        }
        const PC: &[&str] = &[$(concat!("pc.", stringify!($step)),)*];
    };
}

/// Every failpoint of the counter.
static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| [PC, closing::NAMES, printing::NAMES].concat());

walks! {
    before_key_commit, after_key_commit, before_send, after_send, before_event_commit, after_event_commit, before_ack,
}

async fn walk(name: &str) {
    for fault in FAULTS {
        eprintln!("{name}: {fault}");
        one(name, fault).await;
    }
}

/// An evening: an order of before, one that comes while the counter runs, both accepted; and one more after the trouble.
async fn one(name: &str, fault: &str) {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    login(folder, &server.url);
    let mut orders = vec![server.place()];
    let mut running = Running::start(folder, &format!("{name}={fault}"));
    // With the first snapshot in the journal, what comes next comes as an event; a point before that may end the program.
    until("the journal begins", || running.has_ended() || running.has_begun()).await;
    orders.push(server.place());
    let seen = || running.shown("log") > 0 || running.has_failed_at(name);
    until("the order arrives", || running.has_ended() || seen()).await;
    accept(&server, folder, orders[0], Some(&running)).await;
    if fault == EXIT {
        until("the program dies at the failpoint", || running.was_aborted()).await;
        let shown = running.everything_shown();
        nothing_shown_before_the_disk(folder, &shown).await;
        running = Running::start(folder, "");
        // A press before that would take the folder itself.
        until("the counter runs again", || running.has_begun()).await;
    } else {
        until("the failpoint is reached", || running.has_failed_at(name)).await;
    }
    orders.push(server.place());
    for order in &orders {
        accept(&server, folder, *order, None).await;
    }
    let head = server.head();
    until("the server hears that the disk has everything", || {
        server.with(|inner| inner.acks.last() == Some(&head))
    })
    .await;
    let shown = running.everything_shown();
    drop(running);
    nothing_shown_before_the_disk(folder, &shown).await;
    everything_once(&server, folder, &orders);
}

/// Somebody accepts an order, and presses again when the counter said that it did not work and nothing is on the disk. A command that is
/// on the disk must be delivered without another press. While `dying` runs, its death ends the wait.
async fn accept(server: &FakeServer, folder: &Path, order: OrderId, dying: Option<&Running>) {
    let began = Instant::now();
    while !is_accepted(server, order) {
        if dying.is_some_and(Running::has_ended) {
            return;
        }
        assert!(began.elapsed() < BOUND, "the command is on the disk or can be given, and is not delivered");
        if !kept_commands(folder).iter().any(|kept| kept == &order.to_string()) {
            press(folder, order);
        }
        tokio::time::sleep(POLL).await;
    }
}

fn is_accepted(server: &FakeServer, order: OrderId) -> bool {
    server.with(|inner| inner.orders[&order].phase.name() == PhaseName::Accepted)
}

/// Every event and command that was printed can be read from the disk.
async fn nothing_shown_before_the_disk(folder: &Path, shown: &[serde_json::Value]) {
    let journal = open(folder).await;
    let head = journal.head().await.unwrap();
    for line in shown {
        match line["type"].as_str() {
            Some("log" | "baseline") => {
                let position: Position = line["position"].as_str().unwrap().parse().unwrap();
                let head = head.as_ref().expect("what was shown is in the journal");
                assert!(position.seq <= head.seq, "{line} was shown, the disk ends at {head}");
            }
            Some("command") => {
                let key: CommandKey = line["key"].as_str().unwrap().parse().unwrap();
                assert!(
                    journal.command(key).await.unwrap().is_some(),
                    "{line} was shown and is not on the disk"
                );
            }
            _ => {}
        }
    }
}

/// The journal of a program that has ended; its last handle may still be closing.
async fn open(folder: &Path) -> Journal {
    let began = Instant::now();
    loop {
        match Journal::open(folder) {
            Ok(journal) => return journal,
            Err(error) if began.elapsed() > BOUND => panic!("the journal cannot be opened: {error}"),
            Err(_) => tokio::time::sleep(POLL).await,
        }
    }
}

/// The journal is the server's log to its end, and each order was accepted once, by one command.
fn everything_once(server: &FakeServer, folder: &Path, orders: &[OrderId]) {
    let verified = journal::verify(folder).unwrap().expect("the chain is whole");
    let (head, accepted, commands) = server.with(|inner| {
        let bodies = inner.log.iter().map(|(text, _, _)| LogBody::parse(text.as_bytes()).unwrap());
        let accepted: Vec<OrderId> = bodies
            .filter(|body| body.kind() == "order_accepted")
            .filter_map(|body| body.order_id())
            .collect();
        let commands: BTreeSet<(Option<OrderId>, CommandKey)> =
            inner.received.iter().map(|command| (command.order_id, command.key)).collect();
        (inner.position(), accepted, commands)
    });
    assert_eq!(verified.head, Some(head), "no event is missing");
    let wanted: BTreeSet<OrderId> = orders.iter().copied().collect();
    assert_eq!(accepted.iter().copied().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(accepted.len(), orders.len(), "each order was accepted once");
    assert_eq!(commands.len(), orders.len(), "one command for each order: {commands:?}");
    assert_eq!(kept_commands(folder).len(), orders.len(), "and as many on the disk");
}

async fn until(what: &str, wanted: impl Fn() -> bool) {
    let began = Instant::now();
    while !wanted() {
        assert!(began.elapsed() < BOUND, "{what}: not in {BOUND:?}");
        tokio::time::sleep(POLL).await;
    }
}
