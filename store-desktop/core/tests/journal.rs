//! The journal by itself: what it refuses, what survives.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod world;

use proptest::prelude::*;
use rusqlite::Connection;
use shared::TimeMs;
use shared::id::{DayId, OrderId, StoreId};
use shared::log::{ChainHash, GENESIS, Position, chain};
use shared::wire::{CommandAction, CommandAnswer, LogEntry, LogFrame, Outcome, Private, Snapshot, StoreCard};
use store_desktop_core::Counter;
use store_desktop_core::counter::Options;
use store_desktop_core::fold::Ledger;
use store_desktop_core::journal::{FILE_NAME, Fate, Journal, JournalError, Stop, verify};
use store_desktop_core::place::Place;

const NOW: TimeMs = TimeMs(1_763_683_200_000);

fn snapshot(day_id: DayId, seq: i64, hash: ChainHash) -> Snapshot {
    Snapshot {
        position: Position::new(1, seq, &hash),
        head_hash: hash.hex(),
        server_time: NOW,
        store: StoreCard {
            store_id: StoreId::fresh(),
            name: "시험 분식".to_owned(),
            branch: "본점".to_owned(),
            prep_minutes_default: 15,
            business: None,
        },
        day: world::open_day(day_id, NOW),
        availability: Default::default(),
        menu_version: 0,
        schedule_version: 0,
        orders: Vec::new(),
    }
}

/// `count` placed orders after event `after`, whose hash is `hash`.
fn orders(day_id: DayId, after: i64, hash: ChainHash, count: i64) -> Vec<LogEntry> {
    let mut hash = hash;
    let mut entry = |seq| {
        let body = world::placed(day_id, OrderId::fresh(), u32::try_from(seq).unwrap());
        let body = String::from_utf8(body.to_bytes()).unwrap();
        hash = chain(hash, seq, body.as_bytes());
        let private = Some(Private { request: Some(format!("요청 {seq}")), phone_last4: None });
        LogEntry { position: Position::new(1, seq, &hash), frame: LogFrame { body, private } }
    };
    (after + 1..=after + count).map(&mut entry).collect()
}

async fn journal_with(folder: &std::path::Path, count: i64) -> (Journal, Vec<LogEntry>, DayId) {
    let journal = Journal::open(folder).unwrap();
    let day = DayId::fresh();
    journal.rebase(snapshot(day, 0, GENESIS), "first", NOW).await.unwrap();
    let entries = orders(day, 0, GENESIS, count);
    let appended = journal.append(entries.clone(), NOW).await.unwrap();
    assert_eq!(appended.stored.len() as i64, count);
    (journal, entries, day)
}

#[tokio::test]
async fn takes_only_what_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, entries, day) = journal_with(folder.path(), 3).await;
    let again = journal.append(entries.clone(), NOW).await.unwrap();
    assert_eq!((again.stored.len(), again.duplicates, again.stopped), (0, 3, None));

    let mut other = entries[1].clone();
    other.position.hash8 = "0123456789abcdef".to_owned();
    let forked = journal.append(vec![other], NOW).await.unwrap();
    assert!(matches!(forked.stopped, Some(Stop::ChainBroken { seq: 2, .. })));

    let last = entries[2].position.clone();
    let hash = {
        let mut hash = GENESIS;
        for (seq, entry) in (1..).zip(&entries) {
            hash = chain(hash, seq, entry.frame.body.as_bytes());
        }
        hash
    };
    let more = orders(day, 3, hash, 3);
    let gap = journal.append(vec![more[0].clone(), more[2].clone()], NOW).await.unwrap();
    assert_eq!(gap.stored.len(), 1);
    assert_eq!(gap.stopped, Some(Stop::Gap { expected: 5, found: 6 }));
    let mut epoch = more[1].clone();
    epoch.position.epoch = 2;
    let stopped = journal.append(vec![epoch], NOW).await.unwrap().stopped;
    assert_eq!(stopped, Some(Stop::OtherEpoch { seq: 5, expected: 1, found: 2 }));
    let mut spoiled = more[1].clone();
    spoiled.frame.body.push(' ');
    assert!(matches!(
        journal.append(vec![spoiled], NOW).await.unwrap().stopped,
        Some(Stop::ChainBroken { seq: 5, .. })
    ));
    assert_eq!(journal.head().await.unwrap().unwrap(), more[0].position);
    assert_ne!(journal.head().await.unwrap().unwrap(), last);
    assert_eq!(verify(folder.path()).unwrap().unwrap().events, 4);
}

#[tokio::test]
async fn commands_are_numbered_without_holes_and_keep_their_first_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _, _) = journal_with(folder.path(), 1).await;
    let order = OrderId::fresh();
    let first = journal.queue(order, Some(1), CommandAction::Cooking, NOW).await.unwrap();
    drop(journal);
    let journal = Journal::open(folder.path()).unwrap();
    let second = journal.queue(order, None, CommandAction::Ready, NOW).await.unwrap();
    assert_eq!((first.device_seq, second.device_seq), (1, 2));
    assert_eq!(journal.take_to_send(10).await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(
        journal.take_to_send(1).await.unwrap(),
        std::slice::from_ref(&first),
        "sent again until answered"
    );
    let refused = CommandAnswer {
        key: Some(first.key),
        outcome: Outcome::Refused,
        code: Some(shared::Code::OrderTooLate),
        position: None,
    };
    let applied = CommandAnswer {
        outcome: Outcome::Applied,
        code: None,
        position: Some(Position { seq: 2, ..journal.head().await.unwrap().unwrap() }),
        ..refused.clone()
    };
    journal.answer(vec![refused], NOW).await.unwrap();
    journal.answer(vec![applied.clone()], NOW).await.unwrap();
    let kept = journal.command(first.key).await.unwrap().unwrap();
    assert!(matches!(kept.fate, Fate::Refused { code: shared::Code::OrderTooLate, .. }));
    journal.answer(vec![CommandAnswer { key: Some(second.key), ..applied }], NOW).await.unwrap();
    assert_eq!(journal.take_to_send(10).await.unwrap(), []);
    assert_eq!(journal.waiting().await.unwrap().len(), 2, "the log has not caught up with the second");
}

#[tokio::test]
async fn personal_data_can_be_erased_and_the_chain_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, entries, _) = journal_with(folder.path(), 2).await;
    let body = shared::log::LogBody::parse(entries[0].frame.body.as_bytes()).unwrap();
    let id = body.order_id().unwrap();
    let other = shared::log::LogBody::parse(entries[1].frame.body.as_bytes()).unwrap().order_id().unwrap();
    assert!(journal.beside(vec![id]).await.unwrap().private.contains_key(&id));
    journal.erase_private(id).await.unwrap();
    let beside = journal.beside(vec![id, other]).await.unwrap();
    assert!(!beside.private.contains_key(&id));
    assert_eq!(beside.private.len(), 1);
    assert!(verify(folder.path()).unwrap().is_ok());
}

#[tokio::test]
async fn a_journal_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(journal_with(folder.path(), 1).await);
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Journal::open(folder.path()).err().unwrap();
    assert!(matches!(error, JournalError::TooNew { found: 99, .. }));
    assert!(error.to_string().contains("update this one"));
}

#[tokio::test]
async fn two_processes_cannot_write_one_journal() {
    let folder = tempfile::tempdir().unwrap();
    let counter = Counter::open(folder.path(), Options::default()).await.unwrap();
    let second = Counter::open(folder.path(), Options::default()).await;
    assert!(matches!(second.err(), Some(JournalError::Busy { .. })));
    // Looking is allowed.
    assert!(verify(folder.path()).unwrap().is_ok());
    drop(counter);
}

#[tokio::test]
async fn a_changed_event_is_found_and_waiting_commands_are_carried_over() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _, _) = journal_with(folder.path(), 20).await;
    journal.queue(OrderId::fresh(), None, CommandAction::Ready, NOW).await.unwrap();
    let waiting = journal.queue(OrderId::fresh(), None, CommandAction::Cooking, NOW).await.unwrap();
    drop(journal);
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let changed = "UPDATE event SET body = CAST(replace(body, '9000', '9001') AS BLOB) WHERE seq = 7";
    connection.execute(changed, []).unwrap();
    drop(connection);
    let fault = verify(folder.path()).unwrap().unwrap_err();
    assert_eq!(fault.to_string(), "branch 1: the chain breaks at event 7");
    let journal = Journal::open(folder.path()).unwrap();
    assert!(journal.set_aside().unwrap().file.exists());
    assert!(journal.head().await.unwrap().is_none(), "the server's snapshot fills the new one");
    let carried = journal.take_to_send(10).await.unwrap();
    assert_eq!(carried.len(), 2);
    assert_eq!(carried[1], waiting);
    let next = journal.queue(OrderId::fresh(), None, CommandAction::Ready, NOW).await.unwrap();
    assert_eq!(next.device_seq, 3);
}

#[tokio::test]
async fn a_missing_event_is_found() {
    let folder = tempfile::tempdir().unwrap();
    drop(journal_with(folder.path(), 5).await);
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    connection.execute("DELETE FROM event WHERE seq = 3", []).unwrap();
    drop(connection);
    let fault = verify(folder.path()).unwrap().unwrap_err();
    assert_eq!(fault.to_string(), "branch 1: event 3 is missing, 4 follows");
}

#[tokio::test]
async fn a_fold_from_a_checkpoint_is_the_fold_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _, _) = journal_with(folder.path(), 2_500).await;
    let loaded = journal.load().await.unwrap();
    let branch = loaded.branch.unwrap();
    let events = journal.events(0, 10_000).await.unwrap();
    let mut whole = Ledger::from_snapshot(&branch.snapshot, branch.started_at);
    for event in &events {
        whole.apply(event);
    }
    let beside = journal.beside(whole.orders.keys().copied().collect()).await.unwrap();
    whole.attach_private(beside.private);
    drop(journal);
    let counter = reopened(folder.path()).await;
    assert_eq!(counter.state().ledger, whole);
    let saved = counter.journal().load().await.unwrap().branch.unwrap();
    assert_eq!((saved.checkpoint.is_some(), saved.folded_to), (true, 2_500));
    let more = orders(branch.snapshot.day.id, 2_500, hash_of(&events), 3);
    counter.append(more).await.unwrap();
    let expected = counter.state().ledger.clone();
    drop(counter);
    assert_eq!(reopened(folder.path()).await.state().ledger, expected);
}

fn hash_of(events: &[store_desktop_core::journal::StoredEvent]) -> ChainHash {
    let mut hash = GENESIS;
    for event in events {
        hash = chain(hash, event.position.seq, &event.body);
    }
    hash
}

async fn reopened(folder: &std::path::Path) -> Counter {
    let began = std::time::Instant::now();
    loop {
        match Counter::open(folder, Options::default()).await {
            Ok(counter) => return counter,
            Err(error) if began.elapsed() > world::BOUND => panic!("{error}"),
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[test]
fn the_lock_is_free_when_its_owner_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    drop(Place::take(folder.path()).unwrap());
    Place::take(folder.path()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However the frames are cut into batches, repeated, and interrupted by a restart, the journal holds exactly the
    /// log, and its fold is the fold of the log.
    #[test]
    fn any_delivery_gives_the_same_journal(
        count in 1..40_i64,
        steps in prop::collection::vec((0..45_usize, 1..12_usize, any::<bool>()), 1..25),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let day = DayId::fresh();
            let entries = orders(day, 0, GENESIS, count);
            let mut journal = Journal::open(folder.path()).unwrap();
            journal.rebase(snapshot(day, 0, GENESIS), "first", NOW).await.unwrap();
            let mut known = 0_usize;
            for (from, length, restart) in steps {
                let from = from.min(entries.len());
                let to = (from + length).min(entries.len());
                let appended = journal.append(entries[from..to].to_vec(), NOW).await.unwrap();
                // A model in three lines: what begins at or before the end and reaches beyond it extends it.
                if from <= known && to > known {
                    prop_assert_eq!(appended.stored.len(), to - known);
                    known = to;
                } else {
                    prop_assert!(appended.stored.is_empty());
                    prop_assert_eq!(appended.stopped.is_some(), from > known && to > from);
                }
                if restart {
                    drop(journal);
                    journal = Journal::open(folder.path()).unwrap();
                }
                prop_assert_eq!(journal.head().await.unwrap().unwrap().seq, known as i64);
            }
            let rest = journal.append(entries[known..].to_vec(), NOW).await.unwrap();
            prop_assert_eq!(rest.stopped, None);
            let stored = journal.events(0, 1_000).await.unwrap();
            let bodies: Vec<Vec<u8>> = stored.into_iter().map(|event| event.body).collect();
            let sent: Vec<Vec<u8>> = entries.iter().map(|entry| entry.frame.body.clone().into_bytes()).collect();
            prop_assert_eq!(bodies, sent);
            prop_assert!(verify(folder.path()).unwrap().is_ok());
            Ok(())
        })?;
    }
}
