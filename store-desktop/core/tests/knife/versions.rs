//! Journals of other versions of the program.

use std::fs;

use rusqlite::Connection;
use store_desktop_core::journal::{FILE_NAME, Fate, Journal, JournalError, verify};
use store_desktop_core::{Counter, HostError};

use super::store::{Log, NOW, action, begin, close};

#[tokio::test]
async fn a_newer_journal_is_not_touched_and_the_person_is_told_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::new(3);
    let journal = begin(folder.path(), &log).await;
    journal.append(log.entries.clone(), NOW).await.unwrap();
    let given = journal.queue(log.orders[0], None, action(0), NOW).await.unwrap();
    close(journal, folder.path()).await;
    let path = folder.path().join(FILE_NAME);
    let connection = Connection::open(&path).unwrap();
    let known: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "user_version", known + 3).unwrap();
    drop(connection);
    let before = fs::read(&path).unwrap();

    let error = Counter::open(folder.path(), super::world::quick()).await.err().unwrap();
    assert!(matches!(error, JournalError::TooNew { .. }), "{error}");
    let told = HostError::from(error);
    assert_eq!(told.code, "journal_too_new");
    assert!(told.korean.contains("최신으로") && told.english.contains("update this one"), "{told:?}");
    assert_eq!(fs::read(&path).unwrap(), before, "not one byte is changed");
    let beside: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(beside.iter().all(|name| !name.to_string_lossy().contains("damaged")), "{beside:?}");

    // The right program finds everything.
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", known).unwrap();
    drop(connection);
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(journal.take_to_send(10).await.unwrap(), [given]);
    assert!(log.begins_with(&journal.events(0, 10).await.unwrap()));
}

#[tokio::test]
async fn an_older_journal_is_brought_forward_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::new(5);
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    connection.execute_batch(include_str!("version_1.sql")).unwrap();
    let snapshot = serde_json::to_string(&log.snapshot()).unwrap();
    connection
        .execute("INSERT INTO branch VALUES (1, 1, 0, zeroblob(32), ?, 'first', 0, NULL)", [snapshot])
        .unwrap();
    let mut hash = shared::log::GENESIS;
    for entry in &log.entries {
        hash = shared::log::chain(hash, entry.position.seq, entry.frame.body.as_bytes());
        connection
            .execute(
                "INSERT INTO event (branch, seq, epoch, hash, body, received_at) VALUES (1, ?, 1, ?, ?, 0)",
                rusqlite::params![entry.position.seq, hash.0, entry.frame.body.as_bytes()],
            )
            .unwrap();
    }
    let command = r#"{"key":"0193b3a0-0000-7000-8000-000000000001","device_seq":1,"made_at":5,
        "order_id":"0193b3a0-0000-7000-8000-000000000002","kind":"ready"}"#;
    connection
        .execute(
            "INSERT INTO command (device_seq, key, order_id, made_at, json, state)
             VALUES (1, '0193b3a0-0000-7000-8000-000000000001', '0193b3a0-0000-7000-8000-000000000002', 5, ?, 'sent')",
            [command],
        )
        .unwrap();
    drop(connection);

    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(journal.set_aside(), None);
    assert!(log.begins_with(&journal.events(0, 10).await.unwrap()));
    let waiting = journal.waiting().await.unwrap();
    assert_eq!((waiting.len(), &waiting[0].fate), (1, &Fate::Unanswered));
    assert!(waiting[0].command.incarnation.is_none());
    let sent = serde_json::to_value(&waiting[0].command).unwrap();
    assert_eq!(sent, serde_json::from_str::<serde_json::Value>(command).unwrap(), "its words do not change");
    journal.examine(NOW).await.unwrap();
    assert!(verify(folder.path()).unwrap().is_ok());
}
