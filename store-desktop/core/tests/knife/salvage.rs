//! Putting a damaged journal away is cut off anywhere: it begins again, and nothing that waited is lost without a word.

use std::fs;
use std::path::Path;

use disk_fault::{Call, Failure, Plan, What};
use shared::wire::Command;
use store_desktop_core::Counter;
use store_desktop_core::counter::Options;
use store_desktop_core::journal::{FILE_NAME, Journal, JournalError};

use super::store::{Log, NOW, action, begin, close, copy_journal, weather};

const WAITING: usize = 3;
/// More calls than putting a journal away takes.
const MOST_CALLS: u64 = 400;
/// Room that a successor and what SQLite puts beside a file need.
const BALLAST: u64 = 1024 * 1024;

/// A journal with commands that wait, whose seventh event is not as it was written.
async fn damaged(folder: &Path) -> Vec<Command> {
    fs::create_dir_all(folder).unwrap();
    let log = Log::new(20);
    let journal = begin(folder, &log).await;
    journal.append(log.entries.clone(), NOW).await.unwrap();
    let mut given = Vec::new();
    for number in 0..WAITING {
        given.push(journal.queue(log.orders[number], None, action(number), NOW).await.unwrap());
    }
    close(journal, folder).await;
    let connection = rusqlite::Connection::open(folder.join(FILE_NAME)).unwrap();
    connection.execute("UPDATE event SET hash = zeroblob(32) WHERE seq = 7", []).unwrap();
    given
}

async fn assert_carried(folder: &Path, given: &[Command], what: &str) {
    let journal = Journal::open(folder).unwrap_or_else(|error| panic!("{what}: {error}"));
    let aside = journal.set_aside().unwrap_or_else(|| panic!("{what}: nobody is told"));
    assert!(aside.file.exists(), "{what}: the damaged file is kept");
    assert_eq!((aside.carried, aside.lost), (WAITING, 0), "{what}");
    assert_eq!(journal.take_to_send(10).await.unwrap(), given, "{what}");
    assert!(journal.head().await.unwrap().is_none(), "{what}: the new journal wants a snapshot");
    close(journal, folder).await;
    let left: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("building") || name.contains("successor"))
        .collect();
    assert!(left.is_empty(), "{what}: {left:?} is left over");
}

#[tokio::test]
async fn each_write_and_each_sync_may_fail_while_a_journal_is_put_away() {
    let _weather = weather().await;
    let scratch = super::store::scratch();
    let image = scratch.path().join("image");
    let given = damaged(&image).await;
    for (call, errno) in [(Call::Write, libc::EIO), (Call::Write, libc::ENOSPC), (Call::Sync, libc::EIO)] {
        let mut failed = 0;
        for nth in 1..=MOST_CALLS {
            let what = format!("{call:?} {nth} fails with {errno}");
            let name = format!("{call:?}{errno}-{nth}");
            let folder = scratch.path().join(&name);
            copy_journal(&image, &folder);
            let failure = Failure { call, nth, lasting: false, what: What::Errno(errno) };
            disk_fault::set(Plan { path: format!("{name}/"), failure: Some(failure), ..Plan::default() });
            let opened = Journal::open(&folder);
            let (syncs, writes) = disk_fault::clear();
            failed += usize::from(opened.is_err());
            if let Ok(journal) = opened {
                close(journal, &folder).await;
            }
            assert_carried(&folder, &given, &what).await;
            fs::remove_dir_all(&folder).unwrap();
            let made = if call == Call::Sync { syncs } else { writes };
            if made < nth {
                break;
            }
            assert!(nth < MOST_CALLS, "putting it away takes more calls than are tried");
        }
        assert!(failed > 0, "no failing {call:?} was noticed");
    }
}

#[tokio::test]
async fn a_program_that_died_between_two_names_goes_on_with_the_next_start() {
    let _weather = weather().await;
    let scratch = super::store::scratch();
    let folder = scratch.path().join("data");
    let given = damaged(&folder).await;
    let image = scratch.path().join("image");
    copy_journal(&folder, &image);
    assert_carried(&folder, &given, "whole").await;
    let aside = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let aside = aside.into_iter().find(|path| path.to_string_lossy().contains("damaged-")).unwrap();
    let name = aside.file_name().unwrap().to_string_lossy().replace("damaged", "successor");

    // The damaged one is away, its successor has not its name yet.
    fs::rename(folder.join(FILE_NAME), folder.join(&name)).unwrap();
    assert_carried(&folder, &given, "no journal").await;
    // The successor is whole, and the damaged one has all its names; half a successor of an earlier try lies there too.
    fs::rename(folder.join(FILE_NAME), folder.join(&name)).unwrap();
    fs::remove_file(&aside).unwrap();
    copy_journal(&image, &folder);
    fs::write(folder.join("journal.building.db"), b"half").unwrap();
    let journal = Journal::open(&folder).unwrap();
    assert_eq!(journal.set_aside().map(|aside| aside.carried), Some(WAITING));
    close(journal, &folder).await;
    // Nobody was told of the first one: it is told again, until there is a snapshot.
    let journal = Journal::open(&folder).unwrap();
    assert!(journal.set_aside().is_some());
    journal.rebase(Log::new(1).snapshot(), "first", NOW).await.unwrap();
    close(journal, &folder).await;
    assert_eq!(Journal::open(&folder).unwrap().set_aside(), None);
}

#[tokio::test]
async fn on_a_full_disk_the_reserve_is_given_for_the_successor() {
    let _weather = weather().await;
    let scratch = super::store::scratch();
    for room in [8, 40_000, 80_000, 120_000] {
        let folder = scratch.path().join(format!("room{room}"));
        let given = damaged(&folder).await;
        fs::write(folder.join("ballast"), vec![0; BALLAST as usize]).unwrap();
        let options = Options { ballast_bytes: BALLAST, ..Options::default() };
        disk_fault::set(Plan { path: format!("room{room}/"), room: Some(room), ..Plan::default() });
        let counter = Counter::open(&folder, options).await;
        disk_fault::clear();
        let counter = counter.unwrap_or_else(|error: JournalError| panic!("{room} bytes: {error}"));
        let aside = counter.state().set_aside.clone().unwrap();
        assert_eq!((aside.carried, aside.lost), (WAITING, 0), "{room} bytes");
        let keys: Vec<_> = counter.state().waiting.iter().map(|one| one.command.key).collect();
        assert_eq!(keys, given.iter().map(|command| command.key).collect::<Vec<_>>());
    }
}
