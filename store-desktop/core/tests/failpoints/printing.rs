//! A counter that dies, waits or fails around the bytes of a ticket: nothing is printed twice without a mark, and what was not begun is
//! not lost.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use store_desktop_core::journal::FILE_NAME;

use super::fake_printer::{FakePrinter, Mood, only, printer};
use super::program::{Running, login};
use super::world::FakeServer;
use super::{EXIT, FAULTS, accept, open, until};

/// A test for each failpoint of printing, and the list of them all.
macro_rules! walks {
    ($($step:ident),* $(,)?) => {
        mod print {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $step() {
                super::walk(concat!("print.", stringify!($step))).await;
            })*
        }
        pub const NAMES: &[&str] = &[$(concat!("print.", stringify!($step)),)*];
    };
}

walks! {
    before_note_commit, after_note_commit, before_bytes, after_bytes,
}

async fn walk(name: &str) {
    for fault in FAULTS {
        eprintln!("{name}: {fault}");
        one(name, fault).await;
    }
}

async fn one(name: &str, fault: &str) {
    let (server, paper) = (FakeServer::start().await, FakePrinter::start(Mood::Well).await);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    login(folder, &server.url);
    let settings = serde_json::to_string(&only(printer("kitchen", &paper.address))).unwrap();
    let journal = open(folder).await;
    journal.put_fact("printers", settings).await.unwrap();
    drop(journal);
    let mut running = Running::start(folder, &format!("{name}={fault}"));
    until("the journal begins", || running.has_ended() || running.has_begun()).await;
    let first = server.place();
    accept(&server, folder, first, Some(&running)).await;
    if fault == EXIT {
        until("the program dies at the failpoint", || running.was_aborted()).await;
        running = Running::start(folder, "");
        until("the counter runs again", || running.has_begun()).await;
    } else {
        until("the failpoint is reached", || running.has_failed_at(name)).await;
    }
    let rests = |jobs: usize| {
        let states = states(folder);
        states.len() == jobs
            && states.iter().all(|state| matches!(state.as_str(), "printed" | "held maybe_printed"))
    };
    until("the ticket's fate", || rests(1)).await;
    let second = server.place();
    accept(&server, folder, second, None).await;
    until("the next ticket", || rests(2)).await;
    let states = states(folder);
    assert_eq!(states[1], "printed");
    let whole = paper.whole();
    assert_eq!(paper.printed("재출력"), 0, "nobody asked for one");
    if states[0] == "printed" {
        assert_eq!(whole, 2, "each once");
    } else {
        assert!((1..=2).contains(&whole), "never twice, and the doubt is told");
        assert_ne!(name, "print.before_note_commit", "nothing had begun: there is no doubt");
    }
    assert_eq!(paper.tickets().len(), whole);
}

fn states(folder: &Path) -> Vec<String> {
    let file = folder.join(FILE_NAME);
    let read = || {
        let journal = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sql = "SELECT state || coalesce(' ' || code, '') FROM print_job ORDER BY id";
        let mut statement = journal.prepare(sql)?;
        let states = statement.query_map([], |row| row.get(0))?;
        states.collect::<Result<_, rusqlite::Error>>()
    };
    read().unwrap_or_default()
}
