//! The disk answers a sync with an error: what became of the commit is unknown, and nobody claims to know it.

use std::path::Path;

use disk_fault::{Call, Failure, Plan, What};
use shared::id::CommandKey;
use store_desktop_core::journal::{Journal, JournalError, verify};

use super::store::{Log, NOW, action, begin, close, copy_journal, weather};

/// Each of the first so many syncs fails once.
const SYNCS: u64 = 200;
/// After every so many of them the power goes too.
const POWER_CUTS: u64 = 10;
/// Commits after the failure.
const AFTERWARDS: usize = 5;
/// A sync that never comes would make the loop endless.
const MAX_STEPS: usize = 400;

/// What a caller was told.
#[derive(Default)]
struct Told {
    events: usize,
    keys: Vec<CommandKey>,
}

/// Every other commit is a command. Returns the first error.
async fn work(journal: &Journal, log: &mut Log, told: &mut Told, steps: usize) -> Option<JournalError> {
    for number in 0..steps {
        if number % 2 == 0 {
            if log.entries.len() == told.events {
                log.grow();
            }
            // As the sync does: from the journal's own end.
            match journal.append(log.entries[told.events..].to_vec(), NOW).await {
                Ok(appended) => assert_eq!(appended.stopped, None),
                Err(error) => return Some(error),
            }
            told.events = log.entries.len();
        } else {
            let order = log.orders[number % log.orders.len()];
            match journal.queue(order, None, action(number), NOW).await {
                Ok(command) => told.keys.push(command.key),
                Err(error) => return Some(error),
            }
        }
    }
    None
}

/// The journal has everything that was told, and at most the one commit more whose outcome was unknown.
async fn compare(folder: &Path, log: &Log, told: &Told, unknown: usize, what: &str) -> Told {
    let journal = Journal::open(folder).unwrap();
    assert_eq!(journal.set_aside(), None, "{what}");
    let found = look(&journal, log, told, unknown, what).await;
    assert!(verify(folder).unwrap().is_ok(), "{what}");
    found
}

async fn look(journal: &Journal, log: &Log, told: &Told, unknown: usize, what: &str) -> Told {
    let stored = journal.events(0, 10_000).await.unwrap();
    assert!(log.begins_with(&stored), "{what}: other events than the log's");
    let keys: Vec<CommandKey> =
        journal.waiting().await.unwrap().into_iter().map(|one| one.command.key).collect();
    assert!(stored.len() >= told.events, "{what}: {} of {} events", stored.len(), told.events);
    let missing = told.keys.iter().filter(|key| !keys.contains(key)).count();
    assert_eq!(missing, 0, "{what}: commands that were given are gone");
    let more = (stored.len() - told.events) + (keys.len() - told.keys.len());
    assert!(more <= unknown, "{what}: {more} commits that nobody was told of");
    Told { events: stored.len(), keys }
}

#[tokio::test]
async fn each_of_the_first_syncs_may_fail_once() {
    let _weather = weather().await;
    let scratch = super::store::scratch();
    for nth in 1..=SYNCS {
        let folder = scratch.path().join(format!("disk{nth}"));
        std::fs::create_dir(&folder).unwrap();
        let mut log = Log::new(1);
        let journal = begin(&folder, &log).await;
        let failure = Failure { call: Call::Sync, nth, lasting: false, what: What::Errno(libc::EIO) };
        // Keeping what was synced takes its time, so it is done for some.
        let synced = (nth % POWER_CUTS == 0).then(|| scratch.path().join(format!("synced{nth}")));
        synced.iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        let plan = Plan {
            path: format!("disk{nth}/journal.db"),
            failure: Some(failure),
            synced: synced.clone(),
            ..Plan::default()
        };
        disk_fault::set(plan);
        let mut told = Told::default();
        let error = work(&journal, &mut log, &mut told, MAX_STEPS).await.expect("the sync fails");
        assert!(error.is_disk_trouble(), "sync {nth}: {error}");
        let what = format!("sync {nth}, the program dies");
        let died = scratch.path().join("died");
        let _ = std::fs::remove_dir_all(&died);
        copy_journal(&folder, &died);
        compare(&died, &log, &told, 1, &what).await;

        let what = format!("sync {nth}, the program goes on");
        // As the counter does: what it holds in memory is read anew.
        let mut told = look(&journal, &log, &told, 1, &what).await;
        let error = work(&journal, &mut log, &mut told, AFTERWARDS).await;
        assert!(error.is_none(), "{what}: {error:?}");
        look(&journal, &log, &told, 0, &what).await;
        disk_fault::clear();
        if let Some(synced) = synced {
            // And then the power goes: only what was synced is left.
            compare(&synced, &log, &told, 0, &format!("{what}, then the power goes")).await;
        }
        close(journal, &folder).await;
    }
}
