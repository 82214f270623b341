//! Commands about the store through a program that dies: each is on the disk or was not given, and has one effect.

use shared::day::DayState;
use store_desktop_core::journal;

use super::program::{Running, kept_kinds, login, press_store};
use super::until;
use super::world::FakeServer;

/// Where a command's way can be cut.
const POINTS: [&str; 4] = ["pc.before_key_commit", "pc.after_key_commit", "pc.before_send", "pc.after_send"];
/// An afternoon at the store.
const PRESSES: [&[&str]; 4] = [
    &["busy_set", "--extra-minutes", "10"],
    &["sold_out", "--item", "eel"],
    &["break_start", "--cause", "ingredients"],
    &["closing_start"],
];

#[tokio::test(flavor = "multi_thread")]
async fn the_stores_commands_survive_a_program_that_dies() {
    for point in POINTS {
        eprintln!("{point}");
        one(point).await;
    }
}

async fn one(point: &str) {
    let server = FakeServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    login(folder, &server.url);
    let mut running = Running::start(folder, &format!("{point}=return(exit)"));
    until("the journal begins", || running.has_begun()).await;
    for press in PRESSES {
        let kind = press[0];
        let began = std::time::Instant::now();
        while server.with(|inner| inner.received.iter().all(|one| one.action.kind() != kind))
            || running.has_ended()
        {
            assert!(began.elapsed() < super::BOUND, "{kind} does not arrive");
            if running.has_ended() {
                running = Running::start(folder, "");
                until("the counter runs again", || running.has_begun()).await;
            }
            if !kept_kinds(folder).iter().any(|kept| kept == kind) {
                press_store(folder, press);
            }
            tokio::time::sleep(super::POLL).await;
        }
    }
    until("the server's day closes", || server.with(|inner| inner.day.state() == DayState::Closing)).await;
    let head = server.head();
    until("the disk has everything", || server.with(|inner| inner.acks.last() == Some(&head))).await;
    drop(running);
    let kinds: Vec<&str> = PRESSES.iter().map(|press| press[0]).collect();
    assert_eq!(kept_kinds(folder), kinds, "one command each, in order");
    let (events, keys) = server.with(|inner| {
        let keys: std::collections::BTreeSet<_> = inner.received.iter().map(|one| one.key).collect();
        (inner.log.len(), keys.len())
    });
    assert_eq!((events, keys), (PRESSES.len(), PRESSES.len()), "one effect each");
    assert_eq!(journal::verify(folder).unwrap().unwrap().head, Some(head));
}
